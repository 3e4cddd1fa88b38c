import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoardLedger, LoopEntry, ResetEntry } from '../soak/ledger-types.js';
import { boardText } from './soak-status.js';

function reset(number: number, loop: number | null, commanded = false): ResetEntry {
  return {
    number,
    t: number * 1_000,
    cause: 'exception',
    confidence: 1,
    commanded,
    uptimeMs: null,
    evidence: [],
    crash: null,
    signature: null,
    loop,
    mode: 'web-server',
    before: [],
    after: [],
  };
}

function board(resets: readonly ResetEntry[], loops: readonly LoopEntry[] = []): BoardLedger {
  return {
    name: '/dev/ttyUSB0',
    mac: null,
    mode: 'web-server',
    verdict: 'confirmed',
    watchedMs: 60_000,
    gaps: [],
    resets,
    loops,
    incidents: [],
    crashGroups: [],
    probes: { asked: 0, answered: 0, byOutcome: {}, rtt: null, longestFailureMs: 0 },
    series: {},
    modes: [],
  };
}

test('a loop counts once, with all of its resets', () => {
  const loop: LoopEntry = {
    number: 1,
    from: 2_000,
    to: 9_000,
    resets: 89,
    perMinute: 400,
    cause: 'exception',
    open: false,
  };
  const text = (...args: Parameters<typeof board>): string => boardText(board(...args));
  assert.equal(text([reset(1, null, true)]), '/dev/ttyUSB0 web server, 0 resets');
  assert.equal(text([reset(1, null, true), reset(2, null)]), '/dev/ttyUSB0 web server, 1 reset');
  assert.equal(text([reset(2, 1), reset(3, 1)], [loop]), '/dev/ttyUSB0 web server, 0 resets, 1 boot loop of 89');
  assert.equal(
    text([reset(1, null), reset(2, 1), reset(3, null)], [loop]),
    '/dev/ttyUSB0 web server, 2 resets, 1 boot loop of 89',
  );
});
