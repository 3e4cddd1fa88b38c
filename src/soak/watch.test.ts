import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BoardState, initialState } from '../board/board-state.js';
import type { BoardFact } from '../board/events.js';
import { VirtualClock } from '../clock.js';
import type { BoardSession } from '../session/session.js';
import { MINUTE, SECOND } from './ledger.test.helper.js';
import { Watch } from './watch.js';

/** A board that is open and says nothing, and is asked nothing; what is recorded of it in ten minutes. */
async function tenQuietMinutes(state: BoardState, reset: boolean): Promise<BoardFact[]> {
  const recorded: BoardFact[] = [];
  const never = () => () => undefined;
  const session = {
    state,
    link: { isOpen: true, onData: never, onBack: never },
    onEvent: never,
    record: (fact: BoardFact) => recorded.push(fact),
    resetAndFollow: async () => undefined,
    until: async () => true,
  } as unknown as BoardSession;
  const network = { allowPublic: false, host: null, broker: null, configPassword: null, timeoutMs: 1 };
  const clock = new VirtualClock();
  const plan = { probeEveryMs: null, cycleModesMs: null, silenceMs: 5 * MINUTE, telemetry: 'auto', reset } as const;
  const stop = new AbortController();
  const watching = new Watch({ name: 'one', session, network }, plan, clock, () => 0.5).run(stop.signal);
  await clock.advance(10 * MINUTE + SECOND);
  stop.abort();
  await watching;
  return recorded;
}

const TALKED: BoardState = { ...initialState, mode: 'mqtt-client', telemetry: { uptime: 3600 } };

test('a board that printed telemetry before the run was cut short, and has gone quiet since, is silent', async () => {
  assert.deepEqual(await tenQuietMinutes(TALKED, false), [{ type: 'silence', ms: 5 * MINUTE }]);
});

test('one that never printed any may be quiet, and so may one whose run begins anew', async () => {
  assert.deepEqual(await tenQuietMinutes({ ...TALKED, telemetry: {} }, false), []);
  assert.deepEqual(await tenQuietMinutes(TALKED, true), []);
});

test('what breaks while a board is asked is recorded, and the watch goes on', async () => {
  const recorded: BoardFact[] = [];
  const never = () => () => undefined;
  const session = {
    state: { ...initialState, mode: 'mqtt-client' },
    link: { isOpen: true, onData: never, onBack: never },
    onEvent: never,
    record: (fact: BoardFact) => recorded.push(fact),
  } as unknown as BoardSession;
  const network = { allowPublic: false, host: null, broker: null, configPassword: null, timeoutMs: 1 };
  const clock = new VirtualClock();
  const plan = { probeEveryMs: MINUTE, cycleModesMs: null, silenceMs: null, telemetry: 'auto', reset: false } as const;
  const stop = new AbortController();
  let asked = 0;
  const ask = async (): Promise<never[]> => {
    asked += 1;
    if (asked === 2) throw new Error('password=hunter2 was not taken');
    return [];
  };
  const watching = new Watch({ name: 'one', session, network, ask }, plan, clock, () => 0.5).run(stop.signal);
  await clock.advance(5 * MINUTE);
  stop.abort();
  await watching;
  assert.ok(asked > 3);
  const results = recorded.flatMap((fact) => (fact.type === 'probe' ? [fact.result] : []));
  assert.deepEqual(
    results.map(({ via, outcome, evidence }) => [via, outcome, evidence]),
    [['mqtt', 'error', 'The board could not be asked: password=*** was not taken']],
  );
});
