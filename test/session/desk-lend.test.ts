import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDesk } from '../../src/session/desk.js';
import { boardOf, untilBoard, worldOf } from '../support/desk.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 60_000 };

test('a board that is lent does nothing else, and is free again; cancelling ends the work', LIMIT, async (t) => {
  const desk = createDesk(worldOf({ one: new SketchBoard(t, { timing: 'real' }) }));
  t.after(() => desk.close());
  await desk.add('one');
  let ended = false;
  const lent = desk.lend(['one'], async ([board], signal) => {
    assert.equal(board?.session.link.isOpen, true);
    await desk.reset('one');
    assert.match(boardOf(desk.view(), 'one').outcome?.text ?? '', /is being soaked/);
    await assert.rejects(
      desk.lend(['one'], async () => assert.fail('it is lent already')),
      { code: 'PORT_BUSY' },
    );
    desk.cancel('one');
    assert.equal(signal.aborted, true);
    ended = true;
  });
  await lent;
  assert.equal(ended, true);
  assert.equal(boardOf(desk.view(), 'one').activity, null);
  await desk.reset('one');
  await untilBoard(desk, t.signal, ({ outcome }) => outcome?.kind === 'reset' && outcome.ok, 'one');
});

test(
  'a board that is not there is not lent, and the others are free again; the work is not begun',
  LIMIT,
  async (t) => {
    const desk = createDesk(worldOf({ one: new SketchBoard(t, { timing: 'real' }) }));
    t.after(() => desk.close());
    await desk.add('one');
    await assert.rejects(
      desk.lend(['one', 'two'], async () => assert.fail('one board is missing')),
      { code: 'PORT_CLOSED' },
    );
    assert.equal(boardOf(desk.view(), 'one').activity, null);
  },
);

test('what the work rejects with is what lending rejects with', LIMIT, async (t) => {
  const desk = createDesk(worldOf({ one: new SketchBoard(t, { timing: 'real' }) }));
  t.after(() => desk.close());
  await desk.add('one');
  await assert.rejects(
    desk.lend(['one'], () => Promise.reject(new RangeError('x'))),
    RangeError,
  );
  assert.equal(boardOf(desk.view(), 'one').activity, null);
});
