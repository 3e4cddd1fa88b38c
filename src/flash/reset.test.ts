import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualClock } from '../clock.js';
import type { ModemLines } from '../serial/link.js';
import { FakeBoard } from './fake-board.test.helper.js';
import {
  HARD_RESET,
  hardReset,
  LOADER_SEQUENCES,
  pinsOf,
  type ResetSequence,
  SLOW_HARD_RESET,
  SWAPPED_HARD_RESET,
  type Wiring,
} from './reset.js';

/** The strap that the chip samples each time EN rises, and for how long EN was low; starts with both lines released. */
function starts(sequence: ResetSequence, wiring: Wiring): readonly { gpio0: boolean; lowMs: number }[] {
  const found: { gpio0: boolean; lowMs: number }[] = [];
  let before = pinsOf({ dtr: false, rts: false }, wiring);
  let lowMs = 0;
  for (const { lines, holdMs } of sequence.steps) {
    const pins = pinsOf(lines, wiring);
    if (!before.en && pins.en) found.push({ gpio0: pins.gpio0, lowMs });
    lowMs = pins.en ? 0 : lowMs + holdMs;
    before = pins;
  }
  return found;
}

describe('the two-transistor circuit (ESP8266.md 2.2)', () => {
  for (const [dtr, rts, en, gpio0] of [
    [false, false, true, true],
    [true, true, true, true],
    [false, true, false, true],
    [true, false, true, false],
  ] as const) {
    test(`DTR ${dtr} RTS ${rts}: EN ${en} GPIO0 ${gpio0}`, () => {
      assert.deepEqual(pinsOf({ dtr, rts }, 'two-transistor'), { en, gpio0 });
    });
  }
});

describe('sequences', () => {
  for (const sequence of LOADER_SEQUENCES) {
    test(`${sequence.name}: one start, with GPIO0 low`, () => {
      assert.deepEqual(starts(sequence, sequence.wiring), [{ gpio0: false, lowMs: 100 }]);
      assert.deepEqual(sequence.steps.at(-1)?.lines, { dtr: false, rts: false });
    });
  }
  for (const [sequence, lowMs] of [
    [HARD_RESET, 100],
    [SLOW_HARD_RESET, 550],
    [SWAPPED_HARD_RESET, 100],
  ] as const) {
    test(`${sequence.name}: EN really low, one start, with GPIO0 high`, () => {
      assert.deepEqual(starts(sequence, sequence.wiring), [{ gpio0: true, lowMs }]);
      assert.deepEqual(sequence.steps.at(-1)?.lines, { dtr: false, rts: false });
    });
  }
  test('classic and hard reset work on directly wired boards too', () => {
    for (const sequence of [HARD_RESET, SLOW_HARD_RESET]) {
      assert.deepEqual(
        starts(sequence, 'direct').map(({ gpio0 }) => gpio0),
        [true],
      );
    }
  });
});

test('hardReset holds EN low for 100 ms and ends with both lines released', async () => {
  const clock = new VirtualClock();
  const board = new FakeBoard();
  await board.open({ baud: 115_200 });
  const log: (ModemLines & { at: number })[] = [];
  const setLines = board.setLines.bind(board);
  board.setLines = (lines) => {
    log.push({ ...lines, at: clock.now() });
    return setLines(lines);
  };
  const done = hardReset(board, clock);
  await clock.advance(100);
  await done;
  assert.deepEqual(log, [
    { dtr: false, rts: true, at: 0 },
    { dtr: false, rts: false, at: 100 },
  ]);
  assert.deepEqual(board.resets, ['app']);
});
