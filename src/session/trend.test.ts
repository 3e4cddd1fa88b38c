import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrendSeries } from './trend.js';

test('nothing before the first value; then the values as they came', () => {
  const series = new TrendSeries('heap');
  assert.equal(series.view(), null);
  series.add(1, 20);
  series.add(2, Number.NaN);
  series.add(3, 10);
  assert.deepEqual(series.view(), {
    name: 'heap',
    points: [
      { t: 1, v: 20 },
      { t: 3, v: 10 },
    ],
    min: 10,
    max: 20,
    now: 10,
  });
});

test('the same snapshot until a value comes', () => {
  const series = new TrendSeries('rtt');
  series.add(1, 1);
  const view = series.view();
  assert.equal(series.view(), view);
  series.add(2, 1);
  assert.notEqual(series.view(), view);
});

test('however many values: at most 240 points, in order, spread evenly, no peak lost', () => {
  const series = new TrendSeries('heap');
  const peaks = new Map([
    [17, -1],
    [40_000, 99_999],
    [99_998, -2],
  ]);
  for (let t = 0; t < 100_000; t++) {
    series.add(t, peaks.get(t) ?? t % 1000);
    assert.ok((series.view()?.points.length ?? 0) <= 240);
  }
  const { points = [], min, max, now } = series.view() ?? {};
  assert.deepEqual([min, max, now], [-2, 99_999, 999]);
  for (const [t, v] of peaks)
    assert.ok(
      points.some((point) => point.t === t && point.v === v),
      `the peak at ${t}`,
    );
  const gaps = points.slice(1).map(({ t }, i) => t - (points[i]?.t ?? 0));
  assert.ok(gaps.every((gap) => gap > 0));
  assert.ok(points.length >= 100);
  assert.ok(Math.max(...gaps) <= (100_000 / points.length) * 4);
});
