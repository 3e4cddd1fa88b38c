import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoardEvent, BoardFact, ResetCause } from '../board/events.js';
import { initialState, reduce } from '../board/state.js';
import type { Alert } from './desk-types.js';
import { alertFor } from './live-board-alerts.js';

/** The alerts of these facts, each with its time in ms. */
function alertsOf(facts: readonly (readonly [t: number, fact: BoardFact])[], linkSince: number | null = null): Alert[] {
  let state = initialState;
  const alerts: Alert[] = [];
  facts.forEach(([t, fact], i) => {
    const event: BoardEvent = { ...fact, t, seq: i + 1, source: 'serial' };
    const before = state;
    state = reduce(state, event);
    const alert = alertFor(event, before, state, linkSince);
    if (alert !== null) alerts.push(alert);
  });
  return alerts;
}

function banner(cause: ResetCause, raw: number): BoardFact {
  return { type: 'rom-banner', cause, bootMode: 'flash', raw: { cause: raw, mode: 3, sdio: 6 }, confidence: 1 };
}

const WATCHDOG = banner('hardware-watchdog', 4);
const POWER_ON = banner('power-on', 1);

test("a reset of the board's own is told with its cause, one of ours is not", () => {
  assert.deepEqual(alertsOf([[1000, WATCHDOG]]), [
    { t: 1000, kind: 'reset', text: 'the board reset itself: hardware watchdog' },
  ]);
  const ours: BoardFact = { type: 'reset-commanded', into: 'flash' };
  assert.deepEqual(
    alertsOf([
      [1000, ours],
      [1100, banner('external', 2)],
    ]),
    [],
  );
});

test('a power-on is news, unless the port has just come back', () => {
  assert.equal(alertsOf([[9000, POWER_ON]], 8000).length, 0);
  assert.equal(alertsOf([[20_000, POWER_ON]], 8000).length, 1);
});

test('a port that is lost is told with what the system says, made safe', () => {
  const [alert] = alertsOf([[1, { type: 'link', state: 'lost', detail: 'gone\x1b[2J\x07' }]]);
  assert.equal(alert?.kind, 'port-lost');
  assert.doesNotMatch(alert?.text ?? '', /[\x00-\x1f]/);
});

test('three quick resets are a boot loop: told once, and then no more of its resets', () => {
  const kinds = alertsOf(Array.from({ length: 8 }, (_, i) => [1000 + i * 500, WATCHDOG] as const)).map(
    ({ kind }) => kind,
  );
  assert.deepEqual(kinds, ['reset', 'reset', 'boot-loop']);
});
