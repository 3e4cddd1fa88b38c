import { testNights } from '../support/night/many.js';

testNights(1, 4);
