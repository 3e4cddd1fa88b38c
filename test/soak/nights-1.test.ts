import { testNights } from '../support/night/many.js';

testNights(0, 4);
