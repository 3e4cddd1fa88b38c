import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hoursText, pText } from './wording.js';

test('hours are rounded so that a claim says no more than was shown', () => {
  assert.equal(hoursText(7.94), '7.9 h');
  assert.equal(hoursText(10.59, 'down'), '10.5 h');
  assert.equal(hoursText(10.51, 'up'), '10.6 h');
  assert.equal(hoursText(503.28, 'up', 'board-hours'), '504 board-hours');
  assert.equal(hoursText(0.4451, 'down'), '26 m 42 s');
  assert.equal(hoursText(Number.POSITIVE_INFINITY), 'unlimited');
  // 1 / (1 / 12.3) is a last bit below 12.3.
  assert.equal(hoursText(12.299999999999999, 'down'), '12.3 h');
});

test('probabilities', () => {
  assert.equal(pText(0.07967), 'p = 0.080');
  assert.equal(pText(0.34375), 'p = 0.34');
  assert.equal(pText(1), 'p = 1.00');
  assert.equal(pText(0.0001), 'p < 0.001');
});
