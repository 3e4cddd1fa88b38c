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
  end,
  HOUR,
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
      'a board in its bootloader owes no answer where it never served',
      [at(T, banner(2, 1)), at(T + 1000, probe('no-answer')), at(T + 1000, probe('no-answer', 'mqtt'))],
      [
        ['mode-changed', T, null],
        ['probe-failed', T + 1000, null],
      ],
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
