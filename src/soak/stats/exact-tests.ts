/**
 * Exact tests on counts. Two-sided p-values add up every outcome that is no more probable than the one observed, as
 * R's `binom.test`, `poisson.test` and `fisher.test` do, so that anybody can check them there.
 */
import { betaQuantile } from './beta.js';
import { logGamma } from './gamma.js';

/** Outcomes as probable as the observed one must not be lost to rounding; R uses the same tolerance. */
const TIE = 1 + 1e-7;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** Sum over `from..to` of the outcomes that are no more probable than `observed`. */
function noMoreProbable(from: number, to: number, observed: number, logProbability: (k: number) => number): number {
  const limit = logProbability(observed) + Math.log(TIE);
  let sum = 0;
  for (let k = from; k <= to; k++) {
    const log = logProbability(k);
    if (log <= limit) sum += Math.exp(log);
  }
  return Math.min(1, sum);
}

/** Two-sided exact binomial test: could `successes` of `trials` come from the probability `p`, 0 < p < 1? The p-value; time is linear in `trials`. */
export function binomialTest(successes: number, trials: number, p: number): number {
  const logProbability = (k: number): number => logChoose(trials, k) + k * Math.log(p) + (trials - k) * Math.log1p(-p);
  return noMoreProbable(0, trials, successes, logProbability);
}

/** Exact interval for a probability after `successes` of `trials` (Clopper and Pearson 1934). */
export function clopperPearson(successes: number, trials: number, confidence: number): Interval {
  const tail = (1 - confidence) / 2;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1),
    high: successes === trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes),
  };
}

/**
 * Fisher's exact test of two shares, `a` of `aOf` and `b` of `bOf`: the two-sided p-value. It takes the trials as
 * independent of each other.
 */
export function fisherExact(a: number, aOf: number, b: number, bOf: number): number {
  const hits = a + b;
  const all = logChoose(aOf + bOf, hits);
  const logProbability = (k: number): number => logChoose(aOf, k) + logChoose(bOf, hits - k) - all;
  return noMoreProbable(Math.max(0, hits - bOf), Math.min(aOf, hits), a, logProbability);
}
