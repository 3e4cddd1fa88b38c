/** The incomplete beta function: what binomial probabilities are made of. */
import { logGamma } from './gamma.js';
import { increasingRoot } from './root.js';

const EPSILON = 1e-16;
const TINY = 1e-300;
const MAX_TERMS = 100_000;

const awayFromZero = (x: number): number => (Math.abs(x) < TINY ? TINY : x);

/** Continued fraction for I_x(a, b) (Abramowitz and Stegun 26.5.8) by Lentz's method; quick where x < (a + 1) / (a + b + 2). */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  const step = (numerator: number): number => {
    d = 1 / awayFromZero(1 + numerator * d);
    c = awayFromZero(1 + numerator / c);
    value *= c * d;
    return c * d;
  };
  for (let m = 1; m < MAX_TERMS; m++) {
    step((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)));
    const factor = step((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)));
    if (Math.abs(factor - 1) < 4 * EPSILON) break;
  }
  const scale = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(scale) * value) / a;
}

/** Regularised incomplete beta function I_x(a, b), for a, b > 0 and x in 0..1. */
export function betaRegularised(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return x < (a + 1) / (a + b + 2) ? fraction(x, a, b) : 1 - fraction(1 - x, b, a);
}

/** The x where I_x(a, b) = p. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  return increasingRoot((x) => betaRegularised(x, a, b) - p, 1, 1);
}
