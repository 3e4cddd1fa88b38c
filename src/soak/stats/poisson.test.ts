import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRates, hoursWithoutEvent, poissonInterval, rateEstimate } from './poisson.js';

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);
}

/**
 * 95 % limits for an observed count: F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936);
 * K. Ulm, Am. J. Epidemiol. 131 (1990).
 */
const LIMITS: readonly (readonly [number, number, number])[] = [
  [0, 0, 3.689],
  [1, 0.0253, 5.572],
  [2, 0.2422, 7.225],
  [3, 0.6187, 8.767],
  [5, 1.623, 11.668],
  [10, 4.795, 18.39],
  [20, 12.217, 30.888],
  [25, 16.18, 36.9],
  [50, 37.11, 65.92],
  [100, 81.36, 121.63],
];

test('exact Poisson limits of the printed table', () => {
  for (const [count, low, high] of LIMITS) {
    const found = poissonInterval(count);
    near(found.low, low, count < 3 ? 0.00005 : 0.0051);
    near(found.high, high, 0.0051);
  }
});

test('the interval holds its confidence: over many counts at least 95 % of outcomes lie where it covers the mean', () => {
  const limits = Array.from({ length: 80 }, (_, count) => poissonInterval(count));
  for (let mean = 0.1; mean < 30; mean += 0.7) {
    let covered = 0;
    let probability = Math.exp(-mean);
    limits.forEach(({ low, high }, count) => {
      if (low <= mean && mean <= high) covered += probability;
      probability *= mean / (count + 1);
    });
    assert.ok(covered >= 0.95 - 1e-9, `mean ${mean}: covered ${covered}`);
  }
});

test('no event: the rule of three, one-sided', () => {
  const rate = rateEstimate(0, 31.6);
  assert.equal(rate.perHour, 0);
  assert.equal(rate.low, 0);
  near(rate.high, 2.995732 / 31.6, 1e-7);
  near(1 / rate.high, 10.548, 0.001);
});

test('events: rate and interval are per hour', () => {
  const rate = rateEstimate(2, 8);
  assert.equal(rate.perHour, 0.25);
  near(rate.low, 0.2422 / 8, 0.00001);
  near(rate.high, 7.2247 / 8, 0.00001);
});

test('nothing watched: nothing known', () => {
  const rate = rateEstimate(0, 0);
  assert.equal(rate.low, 0);
  assert.equal(rate.high, Number.POSITIVE_INFINITY);
});

test('a target of a week takes three weeks without a reset', () => {
  near(hoursWithoutEvent(168), 503.283, 0.001);
  // Just then the upper bound meets the target.
  near(1 / rateEstimate(0, hoursWithoutEvent(168)).high, 168, 1e-9);
});

test("two rates: R's example, poisson.test(c(11, 6+8+7), c(800, 1083+1050+878))", () => {
  const { pValue, ratio } = compareRates({ events: 21, hours: 3011 }, { events: 11, hours: 800 });
  near(pValue, 0.07967, 0.000005);
  near(ratio.value ?? 0, 1.971488, 5e-7);
  near(ratio.low, 0.8584264, 5e-8);
  near(ratio.high ?? 0, 4.2772659, 5e-8);
});

test('two rates are compared the same way round and back', () => {
  const a = { events: 3, hours: 8 };
  const b = { events: 12, hours: 5 };
  const there = compareRates(a, b);
  const back = compareRates(b, a);
  near(there.pValue, back.pValue, 1e-12);
  near((there.ratio.value ?? 0) * (back.ratio.value ?? 0), 1, 1e-12);
  near(there.ratio.low * (back.ratio.high ?? 0), 1, 1e-9);
});

test('one side without an event: p by hand, the ratio open to one side', () => {
  const gone = compareRates({ events: 6, hours: 8 }, { events: 0, hours: 8 });
  near(gone.pValue, 2 / 64, 1e-12);
  assert.equal(gone.ratio.value, 0);
  assert.equal(gone.ratio.low, 0);
  const come = compareRates({ events: 0, hours: 8 }, { events: 6, hours: 8 });
  assert.equal(come.ratio.value, null);
  assert.equal(come.ratio.high, null);
  assert.ok(come.ratio.low > 1);
});

test('nothing to compare: p = 1', () => {
  assert.equal(compareRates({ events: 0, hours: 8 }, { events: 0, hours: 9 }).pValue, 1);
  assert.equal(compareRates({ events: 4, hours: 8 }, { events: 0, hours: 0 }).pValue, 1);
});
