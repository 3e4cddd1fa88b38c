import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { VirtualClock } from '../clock.js';
import { drive } from './drive.test.helper.js';
import { FakeBoard, type Faults } from './fake-board.test.helper.js';
import { type FlashOptions, flashBoard } from './flash.js';
import { arduinoImage } from './image.test.helper.js';

export const image = { name: 'fw.bin', offset: 0, bytes: arduinoImage(60_000) };
export const OP = { changeBaud: 0x0f, deflateBegin: 0x10, deflateData: 0x11, deflateEnd: 0x12, md5: 0x13 };

export interface Bench {
  readonly board: FakeBoard;
  readonly clock: VirtualClock;
  run<T>(work: Promise<T>): Promise<T>;
  flash(options?: FlashOptions, parts?: Parameters<typeof flashBoard>[1]): ReturnType<typeof flashBoard>;
}

/** A fake board on virtual time; at the end nothing may hang on it and nothing may have been printed. */
export function bench(t: TestContext, faults: Faults = {}): Bench {
  const printed = (['log', 'error', 'warn', 'info', 'debug'] as const).map((name) =>
    t.mock.method(console, name, () => {}),
  );
  const clock = new VirtualClock();
  const board = new FakeBoard(faults);
  t.after(() => {
    assert.equal(board.listeners, 0);
    assert.equal(clock.nextDue(), undefined, 'a timer was left behind');
    for (const method of printed) assert.equal(method.mock.callCount(), 0, 'something was printed');
  });
  const run = <T>(work: Promise<T>): Promise<T> => drive(clock, work, board);
  return {
    board,
    clock,
    run,
    flash: (options, parts = [image]) => run(flashBoard(board, parts, { clock, ...options })),
  };
}
