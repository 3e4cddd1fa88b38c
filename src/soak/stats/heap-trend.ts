/** Does a board lose heap? The robust slope of its free heap between resets. */
import type { BoardLedger, HeapTrend, Series } from '../ledger-types.js';
import { CONFIDENCE } from './poisson.js';
import { correlationFactor } from './serial-correlation.js';
import { theilSen } from './theil-sen.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** A sketch fills its heap as it starts: Wi-Fi, TLS session, first pages. */
export const SETTLING_MS = MINUTE;
const BLOCK_MS = { shortest: MINUTE, longest: 10 * MINUTE } as const;
/** Blocks aimed at in a run that is too short for blocks of ten minutes. */
const BLOCKS_WANTED = 24;
/** So that the longest segment alone can tell something. */
const BLOCKS_A_SEGMENT = 4;
/** Bounds the pairs of slopes at 180,000. */
const MOST_BLOCKS = 600;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Stretches in which the heap can only have moved by itself: from `SETTLING_MS` after a reset, or after a time that was
 * not watched and may hide one, to the next of them.
 */
function stretches(board: BoardLedger, from: number, to: number): Stretch[] {
  const breaks = [
    ...board.resets.map(({ t }) => ({ from: t, to: t })),
    ...board.loops.map((loop) => ({ from: loop.from, to: loop.open ? Number.POSITIVE_INFINITY : loop.to })),
    ...board.gaps.filter(({ restarted }) => restarted !== false),
  ].sort((a, b) => a.from - b.from);
  const found: Stretch[] = [];
  let start = from;
  for (const pause of breaks) {
    const end = Math.min(pause.from, to);
    if (end > start) found.push({ from: start, to: end });
    start = Math.max(start, pause.to + SETTLING_MS);
  }
  if (start < to) found.push({ from: start, to });
  return found;
}

function blockLength(parts: readonly Stretch[]): number {
  const lengths = parts.map(({ from, to }) => to - from);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const longest = Math.max(0, ...lengths);
  const wanted = Math.min(total / BLOCKS_WANTED, longest / BLOCKS_A_SEGMENT, BLOCK_MS.longest);
  return Math.max(wanted, BLOCK_MS.shortest, total / MOST_BLOCKS);
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const half = values.length >> 1;
  const upper = values[half] ?? 0;
  return values.length % 2 === 1 ? upper : ((values[half - 1] ?? 0) + upper) / 2;
}

/** The stretch cut into equal blocks, none shorter than `blockMs`; blocks without a reading are left out. Times in hours. */
function blockMedians(heap: Series, { from, to }: Stretch, blockMs: number): Series {
  const count = Math.floor((to - from) / blockMs);
  const t: number[] = [];
  const v: number[] = [];
  if (count === 0) return { t, v };
  const length = (to - from) / count;
  const blocks: number[][] = Array.from({ length: count }, () => []);
  heap.t.forEach((time, i) => {
    const value = heap.v[i];
    if (value === undefined || time < from || time > to) return;
    blocks[Math.min(count - 1, Math.floor((time - from) / length))]?.push(value);
  });
  blocks.forEach((values, i) => {
    if (values.length === 0) return;
    t.push((from + (i + 0.5) * length) / HOUR);
    v.push(median(values));
  });
  return { t, v };
}

/**
 * Theil-Sen slope of the free heap in bytes an hour, pooled over the stretches between resets, at 95 %; null where the
 * readings are too few for an interval (about five minutes of them is the least).
 *
 * Readings follow each other closely and are not independent, so an interval over all of them would be far too narrow.
 * It rests on medians of blocks instead: ten minutes each from four hours on, in shorter runs down to a minute; and it
 * is widened by what correlation is left between neighbouring blocks. What moves slower than some blocks (a daily
 * rhythm of traffic) still makes it look surer than it is. A thinned series keeps minimum and maximum of each bucket:
 * the median of a block then lies between them.
 *
 * Exhaustion is counted from the last block, at the median slope, to no free heap at all; allocations fail earlier.
 */
export function heapTrend(board: BoardLedger): HeapTrend | null {
  const heap = board.series.heap;
  const first = heap?.t[0];
  const last = heap?.t.at(-1);
  if (heap === undefined || first === undefined || last === undefined) return null;
  const parts = stretches(board, first, last);
  const blockMs = blockLength(parts);
  const segments = parts.map((part) => blockMedians(heap, part, blockMs)).filter(({ t }) => t.length >= 2);
  const found = theilSen(segments, CONFIDENCE, (slope) => correlationFactor(segments, slope));
  if (found === null || found.interval === null) return null;
  const { low, high } = found.interval;
  const left = segments.at(-1)?.v.at(-1) ?? 0;
  return {
    slope: found.slope,
    low,
    high,
    confidence: CONFIDENCE,
    exhaustedInMs: high < 0 ? (left / -found.slope) * HOUR : null,
    samples: found.points,
  };
}
