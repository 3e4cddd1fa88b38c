import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bar } from '../../units.js';
import { sparkline } from './sparkline.js';

test('the lowest value is the lowest block, the highest the highest', () => {
  assert.equal(sparkline([0, 7, 14], 3), '▁▅█');
});

test('more values than columns are averaged, in order', () => {
  assert.equal(sparkline([0, 0, 0, 10, 10, 10], 2), '▁█');
  assert.equal(
    [
      ...sparkline(
        Array.from({ length: 500 }, (_, i) => i),
        40,
      ),
    ].length,
    40,
  );
});

test('equal values, no values and no room', () => {
  assert.equal(sparkline([5, 5, 5], 3), '▄▄▄');
  assert.equal(sparkline([], 10), '');
  assert.equal(sparkline([1, 2], 0), '');
  assert.equal(sparkline([Number.NaN, 1, Number.POSITIVE_INFINITY], 5), '▄');
});

test('a bar is as long as its part', () => {
  assert.equal(bar(0.5, 10), '█████░░░░░');
  assert.equal(bar(7, 4), '████');
  assert.equal(bar(Number.NaN, 4), '░░░░');
});
