import { testNights } from '../support/night/many.js';

testNights(3, 4);
