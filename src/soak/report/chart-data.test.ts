import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Series } from '../ledger-types.js';
import { MOST_POINTS, plotSeries, thinned } from './chart-data.js';

function series(size: number, value: (i: number) => number): Series {
  const t = Array.from({ length: size }, (_, i) => 1_000_000 + i * 1000);
  return { t, v: t.map((_, i) => value(i)) };
}

/** Absolute times, as the page computes them. */
function times(dt: readonly number[]): number[] {
  let t = 0;
  return dt.map((step) => {
    t += step;
    return t;
  });
}

test('a series that is small enough stays as it is', () => {
  const small = series(MOST_POINTS, (i) => i);
  assert.deepEqual(thinned(small), small);
});

test('thinning keeps the order, the bound, and every extreme', () => {
  const spikes = new Map([
    [7, -500],
    [49_999, 900],
    [30_001, 700],
    [30_500, -300],
  ]);
  const { t, v } = thinned(series(50_000, (i) => spikes.get(i) ?? i % 10));
  assert.ok(t.length <= MOST_POINTS && t.length > MOST_POINTS / 2, String(t.length));
  assert.deepEqual(
    t,
    [...t].sort((a, b) => a - b),
  );
  for (const value of spikes.values()) assert.ok(v.includes(value), String(value));
});

test('the line breaks where the board was not watched, and where nothing was measured for long', () => {
  const full = series(30, () => 5);
  const seen = (i: number): boolean => i < 10 || i > 20;
  const paused = { t: full.t.filter((_, i) => seen(i)), v: full.v.filter((_, i) => seen(i)) };
  const gap = { from: 1_003_200, to: 1_003_900, reason: 'suspended' } as const;
  const { dt, v } = plotSeries(paused, [gap]);
  const breaks = times(dt).filter((_, i) => v[i] === null);
  assert.deepEqual(breaks, [1_003_001, 1_009_001]);
  assert.deepEqual(plotSeries(full, []).v.includes(null), false);
});

test('values that are no numbers are breaks; an empty series is no series', () => {
  assert.deepEqual(
    plotSeries(
      series(3, (i) => (i === 1 ? Number.NaN : 2.345)),
      [],
    ).v,
    [2.3, null, 2.3],
  );
  assert.deepEqual(plotSeries({ t: [], v: [] }, []), { dt: [], v: [] });
});
