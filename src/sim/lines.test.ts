import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootMode, resetPins, type Wiring } from './lines.js';

const TABLE: [Wiring, dtr: boolean, rts: boolean, en: 0 | 1, gpio0: 0 | 1][] = [
  ['two-transistor', false, false, 1, 1],
  ['two-transistor', true, true, 1, 1],
  ['two-transistor', false, true, 0, 1],
  ['two-transistor', true, false, 1, 0],
  ['direct', false, false, 1, 1],
  ['direct', true, true, 0, 0],
  ['direct', false, true, 0, 1],
  ['direct', true, false, 1, 0],
  ['none', true, false, 1, 1],
  ['none', false, true, 1, 1],
];

for (const [wiring, dtr, rts, en, gpio0] of TABLE) {
  test(`${wiring}: DTR ${dtr}, RTS ${rts} gives EN ${en}, GPIO0 ${gpio0}`, () => {
    assert.deepEqual(resetPins(wiring, { dtr, rts }), { en, gpio0 });
  });
}

test('the boot mode is GPIO15, GPIO0, GPIO2', () => {
  assert.equal(bootMode({ gpio15: 0, gpio0: 0, gpio2: 1 }), 1);
  assert.equal(bootMode({ gpio15: 0, gpio0: 1, gpio2: 1 }), 3);
  assert.equal(bootMode({ gpio15: 1, gpio0: 1, gpio2: 1 }), 7);
});
