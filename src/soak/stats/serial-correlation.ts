/** How much less neighbouring points tell than independent ones would. */
import type { Series } from '../ledger-types.js';

/** Below this many pairs of neighbours a correlation cannot be told from chance. */
const LEAST_PAIRS = 8;
/** What bends (a loss that slows down) looks correlated, too: more than threefold widening would hide it. */
const STRONGEST = 0.8;

function ranks(values: readonly number[]): number[] {
  const order = values.map((value, i) => ({ value, i })).sort((a, b) => a.value - b.value);
  const rank = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && order[to]?.value === order[from]?.value) to++;
    for (const { i } of order.slice(from, to)) rank[i] = (from + to - 1) / 2;
    from = to;
  }
  return rank;
}

/**
 * Factor, at least 1, by which serial correlation of the residuals around `slope` widens the standard deviation of a
 * rank trend: sqrt((1 + r) / (1 - r)) with r the correlation of the ranks of neighbours in a segment (Yue and Wang
 * 2004; ranks as in Hamed and Rao 1998). r is corrected for what removing a level and a trend takes away from it,
 * (n r + 2) / (n - 4); below 0 it counts as none.
 */
export function correlationFactor(segments: readonly Series[], slope: number): number {
  const residuals = segments.map(({ t, v }) => {
    const raw = v.map((value, i) => value - slope * (t[i] ?? 0));
    const level = [...raw].sort((a, b) => a - b)[raw.length >> 1] ?? 0;
    return raw.map((value) => value - level);
  });
  const all = ranks(residuals.flat());
  const mean = (all.length - 1) / 2;
  const variance = all.reduce((sum, rank) => sum + (rank - mean) ** 2, 0) / all.length;
  let pairs = 0;
  let products = 0;
  let at = 0;
  for (const { length } of residuals) {
    for (let i = at + 1; i < at + length; i++) {
      products += ((all[i - 1] ?? 0) - mean) * ((all[i] ?? 0) - mean);
      pairs++;
    }
    at += length;
  }
  if (pairs < LEAST_PAIRS || variance === 0) return 1;
  const measured = products / pairs / variance;
  const r = Math.min(STRONGEST, (pairs * measured + 2) / (pairs - 4));
  return r <= 0 ? 1 : Math.sqrt((1 + r) / (1 - r));
}
