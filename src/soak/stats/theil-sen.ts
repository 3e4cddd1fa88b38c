/** Robust slope through points, with an interval that assumes nothing about the shape of the noise. */
import type { Series } from '../ledger-types.js';
import { normalWithin } from './gamma.js';

/** Pairs up to which the null distribution is computed exactly; beyond, the normal approximation differs by less than a rank or two. */
const EXACT_PAIRS = 2000;

export interface Slope {
  readonly slope: number;
  /** Null where there are too few points for an interval at this confidence. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly points: number;
}

/** All slopes between two points of one segment, sorted. */
function pairSlopes(segments: readonly Series[]): Float64Array {
  const pairs = segments.reduce((sum, { t }) => sum + (t.length * (t.length - 1)) / 2, 0);
  const slopes = new Float64Array(pairs);
  let at = 0;
  for (const { t, v } of segments) {
    for (let j = 1; j < t.length; j++) {
      for (let i = 0; i < j; i++) slopes[at++] = ((v[j] ?? 0) - (v[i] ?? 0)) / ((t[j] ?? 0) - (t[i] ?? 0));
    }
  }
  return slopes.sort();
}

function median(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

/**
 * Most slopes that may be left out at each end so that both tails together hold at most 1 - confidence, by the exact
 * distribution of the number of pairs out of order when there is no trend (Kendall 1938); -1 when not even all slopes reach it.
 */
function exactTail(sizes: readonly number[], pairs: number, confidence: number): number {
  let probability = new Float64Array(pairs + 1);
  probability[0] = 1;
  let reach = 0;
  for (const size of sizes) {
    for (let k = 2; k <= size; k++) {
      // The k-th point of a segment is out of order with 0 to k-1 points before it, each equally likely.
      const next = new Float64Array(pairs + 1);
      reach += k - 1;
      let window = 0;
      for (let n = 0; n <= reach; n++) {
        window += probability[n] ?? 0;
        if (n >= k) window -= probability[n - k] ?? 0;
        next[n] = window / k;
      }
      probability = next;
    }
  }
  const tail = (1 - confidence) / 2;
  let sum = 0;
  for (let n = 0; n <= pairs; n++) {
    sum += probability[n] ?? 0;
    // Room for rounding where a tail is meant to be met exactly.
    if (sum > tail * (1 + 1e-9)) return n - 1;
  }
  return pairs;
}

/** The same by the normal approximation: the variances of independent segments add up (Hirsch and Slack 1984). */
function normalTail(sizes: readonly number[], pairs: number, confidence: number): number {
  const variance = sizes.reduce((sum, n) => sum + (n * (n - 1) * (2 * n + 5)) / 18, 0);
  return Math.floor((pairs - normalWithin(confidence) * Math.sqrt(variance)) / 2) - 1;
}

/** The ends of an interval that leaves out `tail` slopes at each end; null where it reaches beyond all of them. */
function between(slopes: Float64Array, tail: number): Slope['interval'] {
  const low = slopes[tail];
  const high = slopes[slopes.length - 1 - tail];
  return tail < 0 || low === undefined || high === undefined ? null : { low, high };
}

/**
 * Median of all slopes between two points of the same segment (Theil 1950, Sen 1968), in units of v per unit of t, and
 * its rank interval. Levels of the segments do not matter. Times must increase within a segment. Equal values are
 * fine: they make the interval wider than need be, never narrower. Null without a pair.
 *
 * The interval takes the points as independent of each other, unless `widen` tells, given the slope, by which factor
 * the standard deviation of the ranks is to grow. Time and memory grow with the square of the points: 600 points are
 * 180,000 pairs; callers keep to some hundreds, 2000 at most.
 */
export function theilSen(
  segments: readonly Series[],
  confidence: number,
  widen: (slope: number) => number = () => 1,
): Slope | null {
  const sizes = segments.map(({ t }) => t.length);
  const slopes = pairSlopes(segments);
  const pairs = slopes.length;
  if (pairs === 0) return null;
  const slope = median(slopes);
  const tail = pairs <= EXACT_PAIRS ? exactTail(sizes, pairs, confidence) : normalTail(sizes, pairs, confidence);
  const factor = widen(slope);
  // The middle slopes that the interval spans, and as many times more of them; all of them at most.
  const wider = Math.floor((pairs - factor * (pairs - 2 * (tail + 1))) / 2) - 1;
  const widened = factor > 1 && tail > 0 ? Math.max(0, wider) : tail;
  const points = sizes.reduce((sum, n) => sum + n, 0);
  return { slope, interval: between(slopes, widened), points };
}
