import { testNights } from '../support/night/many.js';

testNights(2, 4);
