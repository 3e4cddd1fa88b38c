import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText } from './units.js';

test('a span has the two units that matter', () => {
  const spans: readonly (readonly [number, string])[] = [
    [-5, '0.0 s'],
    [400, '0.4 s'],
    [9_990, '10 s'],
    [59_600, '1 m 0 s'],
    [252_000, '4 m 12 s'],
    [15_120_000, '4 h 12 m'],
    [3 * 86_400_000 + 4 * 3_600_000, '3 d 4 h'],
  ];
  for (const [ms, text] of spans) assert.equal(durationText(ms), text);
});
