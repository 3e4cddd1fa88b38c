import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../test/support/random.js';
import { theilSen } from './theil-sen.js';

function near(actual: number | undefined, expected: number, tolerance: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= tolerance, `${actual} is not ${expected}`);
}

const counted = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Hollander and Wolfe, Nonparametric Statistical Methods, example 9.1: cloud seeding, double ratio over years. */
const CLOUDS = { t: [1, 2, 3, 4, 5], v: [1.26, 1.27, 1.12, 1.16, 1.03] };
/** P. K. Sen, J. Am. Stat. Assoc. 63 (1968), the worked example. */
const SEN = { t: [1, 2, 3, 4, 10, 12, 18], v: [9, 15, 19, 20, 45, 55, 78] };

test('cloud seeding: the middle of ten slopes, and ranks by the table of Kendall', () => {
  // Sorted by hand: -.15 -.13 -.08 -.07 -.0575 -.055 -.045 -.0333 .01 .04.
  const at90 = theilSen([CLOUDS], 0.9);
  near(at90?.slope, -0.05625, 1e-12);
  // P(at most 1 pair out of order) = 5 / 120 = 0.042: second from each end.
  near(at90?.interval?.low, -0.13, 1e-12);
  near(at90?.interval?.high, 0.01, 1e-12);
  // At 95 % only 1 / 120 fits into a tail: all ten.
  const at95 = theilSen([CLOUDS], 0.95);
  near(at95?.interval?.low, -0.15, 1e-12);
  near(at95?.interval?.high, 0.04, 1e-12);
});

test("Sen's example: slope 4; at 95 % from 26/7 to 35/8", () => {
  const found = theilSen([SEN], 0.95);
  assert.equal(found?.slope, 4);
  // P(at most 3 of 21 pairs out of order) = 76 / 5040: fourth from each end.
  near(found?.interval?.low, 26 / 7, 1e-12);
  near(found?.interval?.high, 35 / 8, 1e-12);
});

test('too few points give a slope without an interval, one point gives nothing', () => {
  const four = theilSen([{ t: [0, 1, 2, 3], v: [0, 2, 4, 6] }], 0.95);
  assert.equal(four?.slope, 2);
  assert.equal(four?.interval, null);
  assert.equal(theilSen([{ t: [0], v: [1] }], 0.95), null);
  assert.equal(theilSen([], 0.95), null);
});

test('a flat series is flat, with an interval of no width', () => {
  const found = theilSen([{ t: counted(30), v: counted(30).map(() => 30_000) }], 0.95);
  assert.equal(found?.slope, 0);
  assert.deepEqual(found?.interval, { low: 0, high: 0 });
});

test('a third of the points far off does not move the slope', () => {
  const t = counted(60);
  const v = t.map((x) => (x % 3 === 1 ? -5000 + ((x * 37) % 100) : 5 * x));
  const found = theilSen([{ t, v }], 0.95);
  near(found?.slope, 5, 1);
});

test('the levels of segments do not matter: a sawtooth falls', () => {
  const tooth = { v: counted(20).map((x) => 40_000 - 10 * x) };
  const segments = [0, 20, 40].map((from) => ({ t: counted(20).map((x) => from + x), v: tooth.v }));
  const found = theilSen(segments, 0.95);
  assert.equal(found?.slope, -10);
  assert.equal(found?.points, 60);
  const joined = theilSen([{ t: segments.flatMap(({ t }) => t), v: segments.flatMap(({ v }) => v) }], 0.95);
  assert.ok((joined?.slope ?? 0) > -10 / 2);
});

test('exact and approximate ranks meet where one takes over from the other', () => {
  // 63 points have 1953 pairs, 64 have 2016. The middle slopes of a line with growing steps are told apart.
  const curve = (n: number) => theilSen([{ t: counted(n), v: counted(n).map((x) => x * x) }], 0.95)?.interval;
  const exact = curve(63);
  const approximate = curve(64);
  // Slopes are i + j: their ends shift by about one from one more point.
  near(approximate?.low, exact?.low ?? 0, 2);
  near(approximate?.high, exact?.high ?? 0, 2.5);
});

test('the interval covers the true slope in 95 of 100 runs, with noise of heavy tails', () => {
  const random = seeded(20_240_101);
  const runs = 600;
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const t = counted(24);
    // Cauchy noise has no variance at all: least squares fails on it.
    const v = t.map((x) => 3 * x + Math.tan(Math.PI * (random() - 0.5)));
    const interval = theilSen(
      [
        { t: t.slice(0, 10), v: v.slice(0, 10) },
        { t: t.slice(10), v: v.slice(10) },
      ],
      0.95,
    )?.interval;
    if (interval && interval.low <= 3 && 3 <= interval.high) covered++;
  }
  assert.ok(covered / runs >= 0.94 && covered / runs <= 0.975, `covered ${covered} of ${runs}`);
});
