/** Lengths of spans that may overlap. */
import type { Span } from '../ledger-types.js';

/** Time within `within` that at least one of `spans` covers, in ms. */
export function coveredMs(spans: readonly Span[], within: Span): number {
  let covered = 0;
  let reached = within.from;
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const from = Math.max(span.from, reached);
    const to = Math.min(span.to, within.to);
    if (to <= from) continue;
    covered += to - from;
    reached = to;
  }
  return covered;
}
