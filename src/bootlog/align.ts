/** Alignment of received garbage with expected garbage: bytes may be wrong, missing or too many. */

import type { Received } from './receiver.js';

/** Cost of a byte that is missing, too many, or altogether different. */
export const FULL_COST = 10;
/** Cost of one bit that differs: where the sample was safe, and where it was near an edge. */
const SAFE_BIT = 4;
const FRAGILE_BIT = 1;

const BITS = new Uint8Array(256);
for (let i = 1; i < 256; i++) BITS[i] = (i & 1) + (BITS[i >> 1] ?? 0);

function substitution(want: number, fragile: number, got: number): number {
  const wrong = want ^ got;
  if (wrong === 0) return 0;
  const cost = SAFE_BIT * (BITS[wrong & ~fragile] ?? 8) + FRAGILE_BIT * (BITS[wrong & fragile] ?? 8);
  return Math.min(cost, FULL_COST);
}

export interface Place {
  readonly cost: number;
  /** Where the expected bytes begin and end in what was received. */
  readonly from: number;
  readonly to: number;
}

/** The place in `received` that fits `expected` best, with free ends on the received side. */
export function locate(expected: Received, received: Uint8Array): Place {
  const width = received.length + 1;
  let cost = new Int32Array(width);
  let from = Int32Array.from({ length: width }, (_, j) => j);
  for (let i = 1; i <= expected.bytes.length; i++) {
    const nextCost = new Int32Array(width);
    const nextFrom = new Int32Array(width);
    nextCost[0] = i * FULL_COST;
    const want = expected.bytes[i - 1] ?? 0;
    const fragile = expected.fragile[i - 1] ?? 0;
    for (let j = 1; j < width; j++) {
      const swap = (cost[j - 1] ?? 0) + substitution(want, fragile, received[j - 1] ?? 0);
      const missing = (cost[j] ?? 0) + FULL_COST;
      const extra = (nextCost[j - 1] ?? 0) + FULL_COST;
      if (swap <= missing && swap <= extra) {
        nextCost[j] = swap;
        nextFrom[j] = from[j - 1] ?? 0;
      } else if (missing <= extra) {
        nextCost[j] = missing;
        nextFrom[j] = from[j] ?? 0;
      } else {
        nextCost[j] = extra;
        nextFrom[j] = nextFrom[j - 1] ?? 0;
      }
    }
    cost = nextCost;
    from = nextFrom;
  }
  let to = 0;
  for (let j = 1; j < width; j++) if ((cost[j] ?? 0) < (cost[to] ?? 0)) to = j;
  return { cost: cost[to] ?? 0, from: from[to] ?? 0, to };
}

/** How far the two may drift apart, in bytes. */
const BAND = 4;
const FAR = 1 << 20;

/** Cost of `expected` against the beginning of `received`; what follows there is free. Scratch-free, banded. */
export function costAtStart(expected: Received, received: Uint8Array): number {
  const size = 2 * BAND + 1;
  let row = new Int32Array(size).fill(FAR);
  for (let d = BAND; d < size; d++) row[d] = (d - BAND) * FULL_COST;
  let next = new Int32Array(size);
  for (let i = 1; i <= expected.bytes.length; i++) {
    const want = expected.bytes[i - 1] ?? 0;
    const fragile = expected.fragile[i - 1] ?? 0;
    for (let d = 0; d < size; d++) {
      const j = i + d - BAND;
      let best = FAR;
      if (j >= 1 && j <= received.length) best = (row[d] ?? FAR) + substitution(want, fragile, received[j - 1] ?? 0);
      if (j >= 0 && j <= received.length && d + 1 < size) best = Math.min(best, (row[d + 1] ?? FAR) + FULL_COST);
      if (j >= 1 && j <= received.length && d > 0) best = Math.min(best, (next[d - 1] ?? FAR) + FULL_COST);
      next[d] = best;
    }
    [row, next] = [next, row];
  }
  let best = FAR;
  for (const cost of row) best = Math.min(best, cost);
  return best;
}
