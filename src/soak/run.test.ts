import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../clock.js';
import type { JournalEntry } from '../journal/entry.js';
import { LedgerFold } from './ledger.js';
import { alive, at, begin, HOUR, open, SECOND } from './ledger.test.helper.js';
import type { SoakPlan } from './plan.js';
import { SoakRun } from './run.js';
import { DEFAULT_THRESHOLDS } from './verdict.js';

const PLAN: SoakPlan = {
  schema: 'espwatch.soak-plan/1',
  ports: ['ttyUSB0'],
  baud: 115_200,
  durationMs: 8 * HOUR,
  probeEveryMs: null,
  cycleModesMs: null,
  telemetry: 'none',
  thresholds: DEFAULT_THRESHOLDS,
  targetMtbfHours: null,
};

/** A run that was killed after an hour and is resumed at eight; who watches its board is another's matter. */
function resumed() {
  const earlier = new LedgerFold();
  for (const entry of [begin(), at(10, open)]) earlier.push(entry);
  for (let t = 0; t <= HOUR; t += 5 * SECOND) earlier.push(alive(t));
  const clock = new VirtualClock();
  const journal: JournalEntry[] = [];
  const run = new SoakRun({
    plan: PLAN,
    boards: [],
    store: {
      append: (entry) => journal.push(entry),
      capture: () => ({ add: () => undefined, step: () => undefined }),
    },
    time: { now: () => 8 * HOUR + clock.now(), poll: () => [], news: () => [] },
    part: 2,
    earlier,
    clock,
  });
  return { run, clock, journal };
}

test('a run that is resumed watches for the time that was not watched, however long nothing ran', async () => {
  const { run, clock, journal } = resumed();
  assert.equal(run.remainingMs(), 7 * HOUR);
  const done = run.run(new AbortController().signal);
  await clock.advance(7 * HOUR - SECOND);
  assert.ok(journal.every(({ kind }) => kind !== 'end'));
  assert.equal(run.remainingMs(), SECOND);
  await clock.advance(SECOND);
  const { ended, to } = await done;
  assert.deepEqual([ended, to], ['done', 15 * HOUR]);
});

test('news from before a part begins is no sign of life of the part before', async () => {
  const { run, journal } = resumed();
  run.note({ kind: 'storage', t: 8 * HOUR, state: 'degraded', detail: 'The disk is full.', lostBytes: 0 });
  assert.deepEqual(journal, []);
  const stop = new AbortController();
  const done = run.run(stop.signal);
  run.note({ kind: 'storage', t: 8 * HOUR, state: 'restored', detail: 'There is room again.', lostBytes: 0 });
  stop.abort();
  const [board] = (await done).boards;
  assert.deepEqual(
    journal.map(({ kind }) => kind),
    ['begin', 'storage', 'alive', 'storage', 'end'],
  );
  assert.deepEqual(board?.gaps[0], { from: HOUR, to: 8 * HOUR, reason: 'not-running' });
});
