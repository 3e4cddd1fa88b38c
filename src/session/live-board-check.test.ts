import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { FakeDevice } from '../serial/fake-binding.test.helper.js';
import { PortLink } from '../serial/port-link.js';
import type { CrossCheck } from './desk-types.js';
import { BackgroundCheck } from './live-board-check.js';
import { BoardSession } from './session.js';

const EVERY_MS = 30_000;
const MODE = { type: 'mode', mode: 'mqtt-client', serverType: null } as const;

/** A session without a network: what can't be asked is answered at once. */
async function bench(t: TestContext, onAsk: (session: BoardSession) => void = () => undefined) {
  // Loaded now, so that virtual time need not wait for the disk.
  await Promise.all([import('../netprobe/http.js'), import('../netprobe/mqtt.js')]);
  const clock = new VirtualClock();
  const session = new BoardSession({
    link: new PortLink({ path: '/dev/x', binding: new FakeDevice(), clock }),
    appBaud: 115_200,
    clock,
  });
  const opening = session.open();
  await clock.advance(0);
  await opening;
  const results: CrossCheck[] = [];
  const checker = new BackgroundCheck({
    session,
    network: async () => {
      onAsk(session);
      return { allowPublic: false, host: null, broker: null, configPassword: null, timeoutMs: 100 };
    },
    known: () => ({ ip: null, httpPort: null, rxTopic: null, txTopic: null }),
    clock,
    now: () => clock.now(),
    everyMs: EVERY_MS,
    onResult: (check) => results.push(check),
  });
  session.onEvent((event) => checker.hear(event));
  t.after(async () => {
    checker.close();
    const closing = session.close();
    await clock.advance(5_000);
    await closing;
    assert.equal(clock.nextDue(), undefined);
  });
  return { clock, session, checker, results };
}

test('a board is asked soon after its mode is known, then every half minute', async (t) => {
  const { clock, session, results } = await bench(t);
  await clock.advance(60_000);
  assert.equal(results.length, 0);
  session.record(MODE, 'serial', clock.now());
  await clock.advance(1_000);
  assert.deepEqual(
    results.map(({ verdict, checks }) => [verdict, checks.map(({ outcome }) => outcome)]),
    [['unconfirmed', ['not-configured', 'not-configured']]],
  );
  await clock.advance(10 * EVERY_MS);
  assert.equal(results.length, 11);
});

test('while somebody works on it, it is left alone', async (t) => {
  const { clock, session, checker, results } = await bench(t);
  session.record(MODE, 'serial', clock.now());
  checker.pause();
  session.record(MODE, 'serial', clock.now());
  await clock.advance(2 * EVERY_MS);
  assert.equal(results.length, 0);
  checker.resume(true);
  await clock.advance(EVERY_MS - 1);
  assert.equal(results.length, 0);
  await clock.advance(1);
  assert.equal(results.length, 1);
  checker.pause();
  checker.resume(false);
  await clock.advance(1_000);
  assert.equal(results.length, 2);
});

test('a reset in the midst of it: what was asked is not taken for the new run', async (t) => {
  let asked = 0;
  const { clock, session, results } = await bench(t, (board) => {
    asked += 1;
    board.record({ type: 'reset-commanded', into: 'flash' }, 'tool', 0);
  });
  session.record(MODE, 'serial', clock.now());
  await clock.advance(2_000);
  assert.deepEqual([asked, results.length], [1, 0]);
});
