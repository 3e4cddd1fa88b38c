import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HungerClock, watch } from './watchdog.js';

test('is reached by unfed looks in a row, and only by these', () => {
  const clock = new HungerClock(0, 300);
  assert.deepEqual([clock.look(0, true, 100), clock.look(0, true, 100)], [false, false]);
  assert.equal(clock.look(1, true, 100), false, 'fed: from the start again');
  assert.deepEqual(
    [clock.look(1, true, 100), clock.look(1, true, 100), clock.look(1, true, 100)],
    [false, false, true],
  );
});

test('does not count while the board waits for its host', () => {
  const clock = new HungerClock(7, 300);
  for (let i = 0; i < 100; i++) assert.equal(clock.look(7, false, 100), false);
  assert.deepEqual(
    [clock.look(7, true, 100), clock.look(7, true, 100), clock.look(7, true, 100)],
    [false, false, true],
  );
});

test('one that is taken off never barks, and others do', async () => {
  const barked: string[] = [];
  await new Promise<void>((resolve) => {
    const hungry = { fed: () => 0, counting: () => true };
    const takeOff = watch({ ...hungry, bark: () => barked.push('taken off') }, 100);
    // The timer does not keep the process alive; the test has to.
    const alive = setInterval(() => undefined, 1000);
    const end = watch(
      {
        ...hungry,
        bark: () => {
          barked.push('left on');
          end();
          clearInterval(alive);
          resolve();
        },
      },
      200,
    );
    takeOff();
  });
  assert.deepEqual(barked, ['left on']);
});
