import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModemLines } from './link.js';
import { lineSteps } from './modem-lines.js';

const STATES: ModemLines[] = [0, 1, 2, 3].map((n) => ({ dtr: (n & 2) !== 0, rts: (n & 1) !== 0 }));
const enLow = (lines: ModemLines): boolean => lines.rts && !lines.dtr;

/** What the wires do on a platform that moves RTS first, as Windows does. */
function wires(from: ModemLines, steps: readonly ModemLines[]): ModemLines[] {
  let now = from;
  return steps.flatMap((step) => {
    const between = { dtr: now.dtr, rts: step.rts };
    now = step;
    return [between, step];
  });
}

test('atomic platforms need one step', () => {
  for (const from of STATES) for (const to of STATES) assert.deepEqual(lineSteps(from, to, true), [to]);
});

test('one by one, EN is never low on a way between two states in which it is high', () => {
  for (const from of STATES) {
    for (const to of STATES) {
      const steps = lineSteps(from, to, false);
      assert.deepEqual(steps.at(-1), to);
      if (!enLow(from) && !enLow(to)) assert.ok(!wires(from, steps).some(enLow), JSON.stringify({ from, to }));
    }
  }
});
