import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallClock } from './wall-clock.js';

const NIGHT = Date.UTC(2024, 2, 12, 23, 30, 5);

test('times are those of the zone, with its day and its offset', () => {
  const clock = wallClock('Europe/Berlin', NIGHT, NIGHT);
  assert.deepEqual(
    [clock.day(NIGHT), clock.time(NIGHT), clock.local(NIGHT)],
    ['Wed 13 Mar 2024', '00:30:05', '2024-03-13T00:30:05'],
  );
  assert.equal(clock.zone, 'Europe/Berlin, UTC+01:00');
  assert.equal(wallClock('UTC', NIGHT, NIGHT).zone, 'UTC, UTC+00:00');
  const offsets = ['Europe/Berlin', 'UTC', 'America/St_Johns', 'Asia/Kolkata'].map((zone) =>
    wallClock(zone, NIGHT, NIGHT).offset(NIGHT),
  );
  assert.deepEqual(offsets, [3_600_000, 0, -9_000_000, 19_800_000]);
});

test('a night in which the clocks change names both offsets', () => {
  const clock = wallClock('Europe/Berlin', Date.UTC(2024, 2, 30, 21), Date.UTC(2024, 2, 31, 5));
  assert.equal(clock.zone, 'Europe/Berlin, UTC+01:00, later UTC+02:00');
  assert.equal(clock.time(Date.UTC(2024, 2, 31, 0, 59, 59)), '01:59:59');
  assert.equal(clock.time(Date.UTC(2024, 2, 31, 1)), '03:00:00');
});

test('a time that is none does not stop the report', () => {
  const clock = wallClock('UTC', Number.NaN, NIGHT);
  assert.deepEqual(
    [clock.time(Number.NaN), clock.day(Number.POSITIVE_INFINITY), clock.zone],
    ['?', '?', 'UTC, offset unknown'],
  );
});
