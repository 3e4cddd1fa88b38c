import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chiSquareQuantile, gammaP, gammaPInverse, gammaQ, gammaQInverse, logGamma, normalWithin } from './gamma.js';

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);
}

test('ln Γ: factorials, and Γ(1/2) = √π', () => {
  let factorial = 1;
  for (let n = 1; n <= 20; n++) {
    near(logGamma(n), Math.log(factorial), 1e-14 * Math.max(1, Math.log(factorial)));
    factorial *= n;
  }
  near(logGamma(0.5), Math.log(Math.PI) / 2, 1e-14);
  // Abramowitz and Stegun, table 6.4: log10 Γ(101) = 157.9700036547.
  near(logGamma(101) / Math.LN10, 157.9700036547, 1e-10);
});

test('P and Q for whole a are sums of Poisson terms', () => {
  for (const a of [1, 2, 7, 40]) {
    for (const x of [0.1, 1, 5, 39, 41, 90]) {
      let term = Math.exp(-x);
      let sum = 0;
      for (let k = 0; k < a; k++) {
        sum += term;
        term *= x / (k + 1);
      }
      near(gammaQ(a, x) / sum, 1, 1e-12);
      near(gammaP(a, x) + gammaQ(a, x), 1, 1e-14);
    }
  }
});

test('the inverses give back what went in, also far out and for large a', () => {
  for (const a of [0.5, 1, 3, 50, 20_000]) {
    for (const p of [1e-9, 0.025, 0.5, 0.975]) {
      near(gammaP(a, gammaPInverse(a, p)) / p, 1, 1e-9);
      near(gammaQ(a, gammaQInverse(a, p)) / p, 1, 1e-9);
    }
  }
  assert.equal(gammaPInverse(3, 0), 0);
  assert.equal(gammaQInverse(3, 1), 0);
});

/** Rounded to three decimals, as in Pearson and Hartley, Biometrika Tables for Statisticians, vol. 1, table 8. */
const CHI_SQUARE: readonly (readonly [number, Readonly<Record<string, number>>])[] = [
  [1, { 0.5: 0.455, 0.95: 3.841, 0.975: 5.024, 0.99: 6.635, 0.995: 7.879 }],
  [2, { 0.005: 0.01, 0.025: 0.051, 0.05: 0.103, 0.5: 1.386, 0.95: 5.991, 0.975: 7.378, 0.99: 9.21, 0.995: 10.597 }],
  [5, { 0.005: 0.412, 0.025: 0.831, 0.05: 1.145, 0.5: 4.351, 0.95: 11.07, 0.975: 12.833, 0.99: 15.086, 0.995: 16.75 }],
  [10, { 0.005: 2.156, 0.025: 3.247, 0.05: 3.94, 0.5: 9.342, 0.95: 18.307, 0.975: 20.483, 0.995: 25.188 }],
  [30, { 0.005: 13.787, 0.025: 16.791, 0.05: 18.493, 0.95: 43.773, 0.975: 46.979, 0.995: 53.672 }],
  [100, { 0.005: 67.328, 0.025: 74.222, 0.05: 77.929, 0.95: 124.342, 0.975: 129.561, 0.995: 140.169 }],
];

test('chi-square quantiles of the printed table', () => {
  for (const [df, row] of CHI_SQUARE) {
    for (const [p, value] of Object.entries(row)) near(chiSquareQuantile(Number(p), df), value, 0.0005001);
  }
});

test('a normal variable lies within ±1.96 with 95 %', () => {
  near(normalWithin(0.95), 1.959963985, 1e-9);
  near(normalWithin(0.99), 2.575829304, 1e-9);
});
