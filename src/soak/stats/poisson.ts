/** Rates of rare events with exact Poisson statistics. They take the events as independent and the rate as constant. */
import type { RateEstimate } from '../ledger-types.js';
import { binomialTest, clopperPearson, type Interval } from './exact-tests.js';
import { gammaPInverse, gammaQInverse } from './gamma.js';

export const CONFIDENCE = 0.95;

/** Exact two-sided interval for the mean of a Poisson variable that was observed once as `events` (Garwood 1936). */
export function poissonInterval(events: number, confidence: number = CONFIDENCE): Interval {
  const tail = (1 - confidence) / 2;
  return {
    low: events === 0 ? 0 : gammaPInverse(events, tail),
    high: gammaQInverse(events + 1, tail),
  };
}

/**
 * Events an hour. With no event there is nothing to be two-sided about: the upper bound is one-sided,
 * -ln(1 - confidence) / hours, "the rule of three". With no hours nothing is known and `high` is infinite.
 */
export function rateEstimate(events: number, hours: number, confidence: number = CONFIDENCE): RateEstimate {
  if (hours <= 0) return { events, hours: 0, perHour: 0, low: 0, high: Number.POSITIVE_INFINITY, confidence };
  const { low, high } =
    events === 0 ? { low: 0, high: -Math.log(1 - confidence) } : poissonInterval(events, confidence);
  return { events, hours, perHour: events / hours, low: low / hours, high: high / hours, confidence };
}

/** Hours without an event that show, at `confidence`, a mean time between failures of at least `targetMtbfHours`. */
export function hoursWithoutEvent(targetMtbfHours: number, confidence: number = CONFIDENCE): number {
  return -targetMtbfHours * Math.log(1 - confidence);
}

/** Rate of b over rate of a; null stands for infinite, or for 0 / 0 in `value`. */
export interface RateRatio {
  readonly value: number | null;
  readonly low: number;
  readonly high: number | null;
  readonly confidence: number;
}

export interface RateComparison {
  /** Two-sided: how often equal rates would give counts at least as unequal. */
  readonly pValue: number;
  readonly ratio: RateRatio;
}

const UNKNOWN: RateComparison = { pValue: 1, ratio: { value: null, low: 0, high: null, confidence: CONFIDENCE } };

/**
 * Exact comparison of two Poisson rates, given the sum of the events: under equal rates each of them falls into `b`
 * with the probability hours(b) / hours (Przyborowski and Wilenski 1940). The interval of the ratio is the one of
 * Clopper and Pearson; it may reach 1 by a hair where the p-value is just below 0.05, as in R's `poisson.test`.
 */
export function compareRates(
  a: { readonly events: number; readonly hours: number },
  b: { readonly events: number; readonly hours: number },
  confidence: number = CONFIDENCE,
): RateComparison {
  const events = a.events + b.events;
  if (a.hours <= 0 || b.hours <= 0 || events === 0) return UNKNOWN;
  const pValue = binomialTest(b.events, events, b.hours / (a.hours + b.hours));
  const share = clopperPearson(b.events, events, confidence);
  const ratio = (p: number): number | null => (p >= 1 ? null : (p / (1 - p)) * (a.hours / b.hours));
  const value = a.events === 0 ? null : b.events / b.hours / (a.events / a.hours);
  return { pValue, ratio: { value, low: ratio(share.low) ?? 0, high: ratio(share.high), confidence } };
}
