import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { FrameRate } from './frame-rate.js';

test('the first request is answered at once, and many between two frames by one', async () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  const frames = new FrameRate(clock, 70, () => times.push(clock.now()));
  for (let i = 0; i < 50; i++) frames.request();
  assert.deepEqual(times, [0]);
  await clock.advance(70);
  assert.deepEqual(times, [0, 70]);
  await clock.advance(1000);
  assert.deepEqual(times, [0, 70]);
  frames.request();
  assert.deepEqual(times, [0, 70, 1070]);
});

test('a flood for a second is at most fifteen frames', async () => {
  const clock = new VirtualClock();
  let count = 0;
  const frames = new FrameRate(clock, 67, () => {
    count += 1;
  });
  for (let ms = 0; ms < 1000; ms++) {
    frames.request();
    await clock.advance(1);
  }
  assert.equal(count, 15);
});

test('nothing runs after the end', async () => {
  const clock = new VirtualClock();
  let count = 0;
  const frames = new FrameRate(clock, 67, () => {
    count += 1;
  });
  frames.request();
  frames.request();
  frames.stop();
  await clock.advance(1000);
  assert.equal(count, 1);
});
