import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../test/support/random.js';
import { correlationFactor } from './serial-correlation.js';

const counted = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test('values in no order do not widen, or hardly', () => {
  const random = seeded(3);
  const t = counted(10_000);
  assert.ok(correlationFactor([{ t, v: t.map(random) }], 0) < 1.04);
});

test('what alternates does not narrow', () => {
  const t = counted(40);
  assert.equal(correlationFactor([{ t, v: t.map((i) => i % 2) }], 0), 1);
});

test('slow waves widen threefold and no more', () => {
  const t = counted(60);
  assert.ok(Math.abs(correlationFactor([{ t, v: t.map((i) => Math.sin(i / 10)) }], 0) - 3) < 1e-9);
});

test('r = 1/2 for pairs of equal values: by hand', () => {
  // Ranks 0.5 0.5 2.5 2.5 ...: half of the neighbours are equal. r of the white levels is 0 on average.
  const random = seeded(11);
  const levels = counted(1000).map(random);
  const v = counted(2000).map((i) => levels[i >> 1] ?? 0);
  const factor = correlationFactor([{ t: counted(2000), v }], 0);
  assert.ok(Math.abs(factor - Math.sqrt(3)) < 0.06, `${factor}`);
});

test('a line and steps of level between segments are no correlation', () => {
  const random = seeded(4);
  const segments = counted(10).map((s) => ({
    t: counted(20).map((i) => 20 * s + i),
    v: counted(20).map((i) => 1000 * s - 7 * i + random()),
  }));
  assert.ok(correlationFactor(segments, -7) < 1.3);
});

test('a flat series and a handful of points say nothing', () => {
  assert.equal(correlationFactor([{ t: counted(30), v: counted(30).map(() => 5) }], 0), 1);
  assert.equal(correlationFactor([{ t: counted(6), v: counted(6) }], 0), 1);
});
