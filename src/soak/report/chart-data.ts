/** Series of a ledger, made small and honest for the plots: a gap in the watch is a gap in the line. */
import type { Gap, Series } from '../ledger-types.js';

/** Points of one series in a report. */
export const MOST_POINTS = 2000;

/** Times as differences, so that they cost few characters: the first is absolute (ms). Null values break the line. */
export interface PlotSeries {
  readonly dt: readonly number[];
  readonly v: readonly (number | null)[];
}

/** At most `most` points; the lowest and the highest of each bucket survive, in their order. */
export function thinned(series: Series, most = MOST_POINTS): Series {
  const size = Math.min(series.t.length, series.v.length);
  if (size <= most) return { t: series.t.slice(0, size), v: series.v.slice(0, size) };
  const perBucket = size / Math.floor(most / 2);
  const kept = new Set<number>();
  for (let start = 0; start < size; start += perBucket) {
    const from = Math.floor(start);
    const to = Math.min(size, Math.floor(start + perBucket));
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if ((series.v[i] ?? 0) < (series.v[low] ?? 0)) low = i;
      if ((series.v[i] ?? 0) > (series.v[high] ?? 0)) high = i;
    }
    kept.add(low).add(high);
  }
  const order = [...kept].sort((a, b) => a - b).slice(0, most);
  return { t: order.map((i) => series.t[i] ?? 0), v: order.map((i) => series.v[i] ?? 0) };
}

/** A pause this many times longer than the usual one is drawn as a gap: nobody measured there. */
const PAUSE = 6;

export function plotSeries(series: Series, gaps: readonly Gap[]): PlotSeries {
  const points = thinned(series);
  const pause = PAUSE * usualStep(points.t);
  const t: number[] = [];
  const v: (number | null)[] = [];
  points.t.forEach((time, i) => {
    const before = points.t[i - 1];
    if (before !== undefined && (time - before > pause || gaps.some((gap) => gap.from < time && gap.to > before))) {
      t.push(before + 1);
      v.push(null);
    }
    const value = points.v[i] ?? Number.NaN;
    t.push(Math.round(time));
    v.push(Number.isFinite(value) ? Math.round(value * 10) / 10 : null);
  });
  return { dt: t.map((time, i) => time - (t[i - 1] ?? 0)), v };
}

function usualStep(t: readonly number[]): number {
  const steps = t.slice(1).map((time, i) => time - (t[i] ?? 0));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? Number.POSITIVE_INFINITY;
}
