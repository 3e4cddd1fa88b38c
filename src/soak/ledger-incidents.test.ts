import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JournalEntry } from '../journal/entry.js';
import {
  accessPoint,
  alive,
  at,
  back,
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
  pullEn,
  SECOND,
  silence,
  telemetry,
  text,
  toMqtt,
  up,
  web,
} from './ledger.test.helper.js';
import type { IncidentKind } from './ledger-types.js';

const T = HOUR;

/** Kind, beginning and end of each incident. */
const incidents = (...entries: readonly JournalEntry[]): (readonly [IncidentKind, number, number | null])[] =>
  boardOf(...entries).incidents.map(({ kind, t, until }) => [kind, t, until]);

describe('what is no reset', () => {
  const line = (t: number, words: string) => at(t, text(words));
  const nights: readonly (readonly [
    string,
    readonly JournalEntry[],
    readonly (readonly [IncidentKind, number, number | null])[],
  ])[] = [
    ['a quiet night', [at(T, telemetry(3600)), at(T + 10, probe('answered'))], []],
    ['another port', [{ kind: 'renumbered', t: T, board: 0, port: 'ttyUSB3' }], [['port-renumbered', T, null]]],
    [
      'Wi-Fi lost, by what the sketch says',
      [
        line(T, 'ESP8266 WiFi: connection lost'),
        line(T + 7 * MINUTE, 'ESP8266 WiFi: connected again, IP 192.168.0.133'),
      ],
      [['wifi-lost', T, T + 7 * MINUTE]],
    ],
    [
      'Wi-Fi lost, by its telemetry',
      [
        at(T, telemetry(3600)),
        at(T + MINUTE, telemetry(3660, 40_000, { rssi: 31 })),
        at(T + 2 * MINUTE, telemetry(3720, 40_000, { wifiReconnects: 1 })),
      ],
      [['wifi-lost', T + MINUTE, T + 2 * MINUTE]],
    ],
    [
      'Wi-Fi lost, by its counter alone',
      [at(T, telemetry(3600)), at(T + MINUTE, telemetry(3660, 40_000, { wifiReconnects: 1, mqttReconnects: 1 }))],
      [['wifi-lost', T, T + MINUTE]],
    ],
    [
      'line and counter of one outage',
      [
        at(T, telemetry(3600)),
        line(T + 1000, 'ESP8266 WiFi: connection lost'),
        line(T + 9000, 'ESP8266 WiFi: connected again, IP 192.168.0.133'),
        at(T + MINUTE, telemetry(3660, 40_000, { wifiReconnects: 1 })),
      ],
      [['wifi-lost', T + 1000, T + 9000]],
    ],
    [
      'broker lost',
      [
        line(T, 'ESP8266 MQTT: connection lost, state -3'),
        line(T + 2000, 'ESP8266 MQTT: connect failed, state -2, next try in 2 s'),
        line(T + MINUTE, 'ESP8266 MQTT: connected to broker:8883, free heap 20000'),
      ],
      [['broker-lost', T, T + MINUTE]],
    ],
    [
      'no broker without Wi-Fi',
      [
        line(T, 'ESP8266 WiFi: connection lost'),
        line(T + 200, 'ESP8266 MQTT: connection lost, state -3'),
        line(T + MINUTE, 'ESP8266 WiFi: connected again, IP 192.168.0.133'),
      ],
      [['wifi-lost', T, T + MINUTE]],
    ],
    [
      'a reset ends what was lost',
      [line(T, 'ESP8266 WiFi: connection lost'), at(T + MINUTE, banner(4))],
      [['wifi-lost', T, T + MINUTE]],
    ],
    [
      'silence',
      [at(T, telemetry(3600)), at(T + 5 * MINUTE, silence(5 * MINUTE)), line(T + 6 * MINUTE, 'x')],
      [['silence', T, T + 6 * MINUTE]],
    ],
    [
      'silence that lasts',
      [at(T, telemetry(3600)), at(T + 5 * MINUTE, silence(5 * MINUTE)), end(2 * T)],
      [['silence', T, null]],
    ],
    ['an announcement waited for in vain is no silence', [line(T, 'x'), at(T + 1000, silence(30 * SECOND))], []],
    [
      'silence that becomes a lost port',
      [
        at(T, telemetry(3600)),
        at(T + 5 * MINUTE, silence(5 * MINUTE)),
        at(T + 6 * MINUTE, lost),
        at(T + 7 * MINUTE, back),
      ],
      [
        ['silence', T, T + 6 * MINUTE],
        ['port-lost', T + 6 * MINUTE, T + 7 * MINUTE],
      ],
    ],
    [
      'probes without an answer',
      [
        at(T, probe('answered')),
        at(T + MINUTE, probe('no-answer')),
        at(T + 2 * MINUTE, probe('no-answer')),
        at(T + 3 * MINUTE, probe('answered')),
      ],
      [['probe-failed', T + MINUTE, T + 3 * MINUTE]],
    ],
    ['the other way need not answer', [at(T, probe('answered')), at(T, probe('no-answer', 'mqtt'))], []],
    [
      'a board that we reset need not answer at once',
      [
        at(T, pullEn),
        at(T + 3000, probe('no-answer')),
        at(T + 5000, web),
        at(T + 9000, probe('refused')),
        at(T + MINUTE, probe('answered')),
      ],
      [],
    ],
    [
      'a board that does not come up has to answer',
      [at(T, banner(4)), at(T + MINUTE, probe('unreachable'))],
      [['probe-failed', T + MINUTE, null]],
    ],
    [
      'a change of mode that nobody asked for, and back',
      [at(T, accessPoint), at(T + MINUTE, web)],
      [['mode-changed', T, T + MINUTE]],
    ],
    [
      'another mode after a reset of its own',
      [at(T, banner(2)), at(T + 2000, mqtt)],
      [['mode-changed', T + 2000, null]],
    ],
    ['a change that we asked for', [at(T, toMqtt), at(T + 900, banner(2)), at(T + 3000, mqtt)], []],
    [
      'its MQTT client comes up after its web server',
      [at(T, mqtt), at(T + MINUTE, banner(1)), at(T + MINUTE + 900, web), at(T + MINUTE + 9000, mqtt)],
      [],
    ],
    [
      'a contradiction that the next probe repeats',
      [
        at(T, probe('not-this-device')),
        at(T + MINUTE, probe('not-this-device')),
        at(T + 2 * MINUTE, probe('answered')),
      ],
      [
        ['probe-failed', T, T + 2 * MINUTE],
        ['contradiction', T, T + 2 * MINUTE],
      ],
    ],
    [
      'a contradiction that nothing explains',
      [at(T, probe('answered')), at(T, probe('answered', 'mqtt')), alive(T + 30 * SECOND)],
      [['contradiction', T, null]],
    ],
    [
      'one that a switch of mode explains',
      [
        at(T, probe('answered')),
        at(T, probe('answered', 'mqtt')),
        at(T + 10 * SECOND, banner(2)),
        at(T + 12 * SECOND, web),
        alive(T + MINUTE),
      ],
      [],
    ],
    [
      'one that the next probe explains',
      [
        at(T, probe('answered')),
        at(T, probe('answered', 'mqtt')),
        at(T + 9000, probe('answered')),
        at(T + 9000, probe('no-answer', 'mqtt')),
        alive(T + HOUR),
      ],
      [],
    ],
  ];
  for (const [name, entries, expected] of nights) {
    test(name, () => assert.deepEqual(incidents(...up, ...entries), expected));
  }

  test('a part that ends leaves nothing open that nobody watches', () => {
    const found = incidents(
      ...up,
      at(T, telemetry(3600)),
      at(T + MINUTE, probe('no-answer')),
      at(T + 5 * MINUTE, silence(5 * MINUTE)),
      alive(T + 6 * MINUTE),
      begin(2 * T, 2),
      at(2 * T + 10, open),
    );
    assert.deepEqual(found, [
      ['silence', T, T + 6 * MINUTE],
      ['probe-failed', T + MINUTE, T + 6 * MINUTE],
    ]);
  });
});

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
