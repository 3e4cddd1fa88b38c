import assert from 'node:assert/strict';
import { test } from 'node:test';
import { betaQuantile, betaRegularised } from './beta.js';
import { binomialTest, clopperPearson, fisherExact } from './exact-tests.js';

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);
}

test('I_x(a, b) for whole numbers is a binomial tail', () => {
  // P(X >= 7) for 10 throws of a fair coin: 176 / 1024.
  near(betaRegularised(0.5, 7, 4), 176 / 1024, 1e-14);
  near(betaRegularised(0.2, 1, 5), 1 - 0.8 ** 5, 1e-14);
  near(betaRegularised(0.3, 4, 1), 0.3 ** 4, 1e-15);
  for (const x of [0.01, 0.3, 0.77]) near(betaRegularised(x, 2.5, 8) + betaRegularised(1 - x, 8, 2.5), 1, 1e-14);
});

test('beta quantiles give back what went in', () => {
  for (const [a, b] of [
    [0.5, 0.5],
    [3, 5],
    [1, 3000],
    [20_000, 300],
  ] as const) {
    for (const p of [0.025, 0.5, 0.975]) near(betaRegularised(betaQuantile(p, a, b), a, b) / p, 1, 1e-9);
  }
});

test('binomial test: the values of R', () => {
  // binom.test(7, 10): 2 · 176 / 1024.
  near(binomialTest(7, 10, 0.5), 0.34375, 1e-12);
  // R's own example, help(binom.test), after Conover (1971), p. 97: 682 of 925 against 3/4.
  near(binomialTest(682, 925, 0.75), 0.3825, 0.00005);
  assert.equal(binomialTest(5, 10, 0.5), 1);
  // All outcomes but 10 of 10 are more probable: exactly 2^-10 on each side.
  near(binomialTest(10, 10, 0.5), 2 / 1024, 1e-15);
});

test('Clopper-Pearson: the values of R', () => {
  const mendel = clopperPearson(682, 925, 0.95);
  near(mendel.low, 0.7076683, 5e-8);
  near(mendel.high, 0.7654066, 5e-8);
  assert.equal(clopperPearson(0, 10, 0.95).low, 0);
  // Closed forms at the ends: 1 - 0.025^(1/n).
  near(clopperPearson(0, 10, 0.95).high, 1 - 0.025 ** 0.1, 1e-12);
  near(clopperPearson(10, 10, 0.95).low, 0.025 ** 0.1, 1e-12);
  assert.equal(clopperPearson(10, 10, 0.95).high, 1);
});

test("Fisher's exact test", () => {
  // The lady tasting tea, 3 of 4 right (Agresti, Categorical Data Analysis, 1990, p. 61): 34 / 70.
  near(fisherExact(3, 4, 1, 4), 34 / 70, 1e-12);
  // All right: the two extreme tables of 70.
  near(fisherExact(4, 4, 0, 4), 2 / 70, 1e-12);
  // Convictions of same-sex twins (Fisher 1962, the example in R's help(fisher.test)): two-sided p = 0.0005367.
  near(fisherExact(2, 17, 10, 13), 0.0005367, 5e-8);
  assert.equal(fisherExact(0, 50, 0, 60), 1);
  assert.equal(fisherExact(50, 50, 60, 60), 1);
});
