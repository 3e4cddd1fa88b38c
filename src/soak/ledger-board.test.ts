import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JournalEntry } from '../journal/entry.js';
import {
  alive,
  at,
  banner,
  begin,
  boardOf,
  crash,
  end,
  HOUR,
  ledgerOf,
  lost,
  MINUTE,
  mqtt,
  open,
  probe,
  SECOND,
  telemetry,
  toMqtt,
  up,
} from './ledger.test.helper.js';

const T = HOUR;

describe('probes', () => {
  test('what was due, what it gave, how long it failed', () => {
    const { probes, series, verdict } = boardOf(
      ...up,
      ...Array.from({ length: 100 }, (_, i) => at(T + i * SECOND, probe('answered', 'http', i + 1))),
      at(T + 100 * SECOND, probe('no-answer', 'mqtt')),
      at(T + 100 * SECOND, probe('not-configured', 'http')),
      at(T + 200 * SECOND, probe('no-answer')),
      at(T + 260 * SECOND, probe('refused')),
      at(T + 300 * SECOND, probe('answered', 'http', 500)),
      at(T + 400 * SECOND, probe('no-answer')),
      end(T + 430 * SECOND),
    );
    assert.deepEqual(probes, {
      asked: 104,
      answered: 101,
      byOutcome: { answered: 101, 'no-answer': 2, refused: 1 },
      rtt: { p50: 51, p99: 100, max: 500 },
      longestFailureMs: 100 * SECOND,
    });
    assert.equal(series.rtt?.v.length, 101);
    assert.equal(verdict, 'unconfirmed');
  });
  test('a request of ours that the board refused counts, although it came with a command', () => {
    assert.equal(boardOf(...up, at(T, toMqtt), at(T + 5000, probe('error'))).probes.byOutcome['error'], 1);
  });
});

describe('the rest of the ledger', () => {
  test('series of the periodic telemetry', () => {
    const heapAtBoot = at(1400, { type: 'telemetry', values: { freeHeap: 50_000 } });
    const { series } = boardOf(
      ...up.slice(0, 5),
      heapAtBoot,
      at(MINUTE, telemetry(60, 41_000)),
      at(2 * MINUTE, telemetry(120, 40_000, { rssi: 31 })),
    );
    assert.deepEqual(series.heap, { t: [MINUTE, 2 * MINUTE], v: [41_000, 40_000] });
    assert.deepEqual(series.block?.v, [33_000, 32_000]);
    assert.deepEqual(series.rssi, { t: [MINUTE], v: [-60] });
    assert.equal(series.rtt, undefined);
  });
  test('modes over the night', () => {
    const { modes, mode } = boardOf(
      ...up,
      at(T, toMqtt),
      at(T + 900, banner(2)),
      at(T + 3000, mqtt),
      alive(2 * T),
      begin(3 * T, 2),
      end(4 * T),
    );
    assert.equal(mode, 'mqtt-client');
    assert.deepEqual(
      modes.map((span) => [span.mode, span.from, span.to]),
      [
        ['unknown', 0, 1500],
        ['web-server', 1500, T + 900],
        ['unknown', T + 900, T + 3000],
        ['mqtt-client', T + 3000, 2 * T],
        ['mqtt-client', 3 * T, 4 * T],
      ],
    );
  });
  test('the disk that would not take the capture', () => {
    const storage = (t: number, state: 'degraded' | 'restored', lostBytes: number): JournalEntry => ({
      kind: 'storage',
      t,
      state,
      detail: 'No space left.',
      lostBytes,
    });
    assert.deepEqual(
      ledgerOf([...up, storage(T, 'degraded', 0), storage(T + 5, 'degraded', 900), storage(2 * T, 'restored', 4000)])
        .storage,
      [{ from: T, to: 2 * T, detail: 'No space left.', lostBytes: 4000 }],
    );
    assert.deepEqual(ledgerOf([...up, storage(T, 'degraded', 7), end(2 * T)]).storage, [
      { from: T, to: 2 * T, detail: 'No space left.', lostBytes: 7 },
    ]);
  });
  test('boards are kept apart', () => {
    const { boards } = ledgerOf([
      begin(0, 1, ['a', 'b']),
      at(5, open),
      at(5, open, 1),
      at(T, banner(4), 1),
      at(T, crash(), 1),
      at(T, lost, 0),
      end(2 * T),
    ]);
    assert.deepEqual(
      boards.map(({ name, resets, incidents: found, watchedMs }) => [name, resets.length, found.length, watchedMs]),
      [
        ['a', 0, 1, T],
        ['b', 1, 0, 2 * T],
      ],
    );
  });
});
