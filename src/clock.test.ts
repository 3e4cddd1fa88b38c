import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { realClock } from './clock.js';

const DAY = 86_400_000;
const LONGEST = 2 ** 31 - 1;

test('a wait of 60 days is one, not a timer that overflows and runs at once', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const asked: number[] = [];
  const { setTimeout: mocked } = globalThis;
  t.mock.method(globalThis, 'setTimeout', (run: () => void, ms: number) => {
    asked.push(ms);
    return mocked(run, ms);
  });
  let ran = 0;
  realClock.after(60 * DAY, () => {
    ran += 1;
  });
  mock.timers.tick(LONGEST);
  mock.timers.tick(LONGEST);
  mock.timers.tick(60 * DAY - 2 * LONGEST - 1);
  assert.equal(ran, 0);
  mock.timers.tick(1);
  assert.equal(ran, 1);
  assert.deepEqual(asked, [LONGEST, LONGEST, 60 * DAY - 2 * LONGEST]);
});

test('a long wait can be cancelled after its first timer', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  let ran = 0;
  const timer = realClock.after(60 * DAY, () => {
    ran += 1;
  });
  mock.timers.tick(LONGEST);
  timer.cancel();
  mock.timers.tick(LONGEST);
  mock.timers.tick(LONGEST);
  assert.equal(ran, 0);
});
