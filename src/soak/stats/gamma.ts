/** Gamma function and its incomplete relatives: what Poisson and chi-square probabilities are made of. */
import { increasingRoot } from './root.js';

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360];
/** From here on the six terms of Stirling's series are exact to double precision. */
const STIRLING_FROM = 10;
const EPSILON = 1e-16;
const MAX_TERMS = 1_000_000;

/** ln Γ(x), for x > 0 (Abramowitz and Stegun 6.1.41, shifted up by 6.1.15). */
export function logGamma(x: number): number {
  let z = x;
  let shift = 0;
  for (; z < STIRLING_FROM; z++) shift += Math.log(z);
  let tail = 0;
  let power = 1 / z;
  for (const term of STIRLING) {
    tail += term * power;
    power /= z * z;
  }
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + tail - shift;
}

/** x^a e^-x / Γ(a). */
function scale(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - logGamma(a));
}

/** The lower function's series (Abramowitz and Stegun 6.5.29); quick where x < a + 1. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MAX_TERMS && term > sum * EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * scale(a, x);
}

/** The upper function's continued fraction (Abramowitz and Stegun 6.5.31) by Lentz's method; quick where x > a + 1. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < MAX_TERMS; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 4 * EPSILON) break;
  }
  return value * scale(a, x);
}

/** Regularised lower incomplete gamma function P(a, x), for a > 0 and x >= 0: 0 at x = 0, towards 1. */
export function gammaP(a: number, x: number): number {
  if (x <= 0) return 0;
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/** Q(a, x) = 1 - P(a, x), without the loss of digits where it is small. */
export function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}

/** The x where P(a, x) = p, for a > 0 and 0 <= p < 1. */
export function gammaPInverse(a: number, p: number): number {
  if (p <= 0) return 0;
  return increasingRoot((x) => gammaP(a, x) - p, a + 1);
}

/** The x where Q(a, x) = q, for a > 0 and 0 < q <= 1. */
export function gammaQInverse(a: number, q: number): number {
  if (q >= 1) return 0;
  return increasingRoot((x) => q - gammaQ(a, x), a + 1);
}

/** The value that a chi-square variable with `df` degrees of freedom stays below with probability `p`. */
export function chiSquareQuantile(p: number, df: number): number {
  return 2 * (p <= 0.5 ? gammaPInverse(df / 2, p) : gammaQInverse(df / 2, 1 - p));
}

/** z: a standard normal variable lies within ±z with probability `confidence`. */
export function normalWithin(confidence: number): number {
  return Math.sqrt(chiSquareQuantile(confidence, 1));
}
