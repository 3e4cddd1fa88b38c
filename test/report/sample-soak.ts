/** A night as a soak sees it: four boards, resets of several causes, a loop, gaps, and everything a report must show. */
import type { BoardLedger, Ledger } from '../../src/soak/ledger-types.js';
import type { ReportInput } from '../../src/soak/report/input.js';
import {
  at,
  EVENING,
  HOUR,
  MINUTE,
  MORNING,
  NULL_POINTER,
  OUT_OF_MEMORY,
  random,
  reset,
  series,
} from './sample-parts.js';
import { VERDICT } from './sample-verdict.js';

function quiet(name: string, mac: string, seed: number): BoardLedger {
  const noise = random(seed);
  const always = (): boolean => true;
  return {
    name,
    mac,
    mode: 'web-server',
    verdict: 'confirmed',
    watchedMs: 8 * HOUR,
    gaps: [],
    resets: [
      reset(1, EVENING + 900, {
        commanded: true,
        uptimeMs: null,
        evidence: ['espwatch drove the EN line.'],
        before: [],
      }),
    ],
    loops: [],
    incidents: [],
    crashGroups: [],
    probes: {
      asked: 960,
      answered: 960,
      byOutcome: { answered: 960 },
      rtt: { p50: 11.8, p99: 38.2, max: 71 },
      longestFailureMs: 0,
    },
    series: {
      heap: series(always, () => 41_500 + noise() * 700),
      block: series(always, () => 38_900 + noise() * 500),
      rssi: series(always, () => -56 - noise() * 5),
      rtt: series(always, () => 9 + noise() ** 6 * 60),
    },
    modes: [{ from: EVENING, to: MORNING, mode: 'web-server' }],
  };
}

/** Crashes three times at one place, one watchdog, and 7 minutes without Wi-Fi. */
function balcony(): BoardLedger {
  const base = quiet('balcony', '18:fe:34:a2:66:2a', 2);
  const online = (t: number): boolean => t < at(1, 20) || t > at(1, 27);
  const crash = { cause: 'exception', crash: NULL_POINTER, signature: 'exception-28-40201a2c' } as const;
  const crashTimes = [at(23, 47, 12), at(2, 51, 40), at(4, 5, 3)];
  const [first = 0, second = 0, third = 0] = crashTimes;
  const evidence = [
    'ROM banner: rst cause 2, boot mode (3,6)',
    'The sketch says: ESP8266 Reset Reason: Exception',
    'Crash report 28 LoadProhibited, complete, 0.1 s before the banner',
  ];
  return {
    ...base,
    resets: [
      ...base.resets,
      reset(2, first, { ...crash, evidence, uptimeMs: first - EVENING }),
      reset(3, at(2, 13, 4), {
        cause: 'hardware-watchdog',
        confidence: 0.93,
        uptimeMs: at(2, 13, 4) - first,
        evidence: [
          'ROM banner recognised at the wrong speed: rst cause 4, confidence 0.93',
          'The sketch says: Hardware Watchdog',
        ],
      }),
      reset(4, second, { ...crash, evidence, uptimeMs: second - at(2, 13, 4) }),
      reset(5, third, { ...crash, evidence, uptimeMs: third - second }),
    ],
    incidents: [
      {
        kind: 'wifi-lost',
        t: at(1, 20),
        until: at(1, 27),
        detail: 'The sketch says: WiFi lost (reason 200, BEACON_TIMEOUT).',
      },
      { kind: 'probe-failed', t: at(1, 20, 11), until: at(1, 27, 8), detail: '14 probes over HTTP were not answered.' },
    ],
    crashGroups: [
      {
        signature: 'exception-28-40201a2c',
        title: 'exception 28 LoadProhibited at 0x40201a2c, address 0x00000004',
        count: 3,
        first,
        last: third,
        example: NULL_POINTER,
      },
    ],
    probes: {
      asked: 958,
      answered: 944,
      byOutcome: { answered: 944, 'no-answer': 14 },
      rtt: { p50: 14.1, p99: 88.4, max: 412 },
      longestFailureMs: 7 * MINUTE,
    },
    series: {
      ...base.series,
      rssi: series(online, (t) => (Math.abs(t - at(1, 23)) < 40 * MINUTE ? -83 : -74) - ((t / 19_150) % 5)),
      rtt: series(online, (t) => 12 + ((t / 19_150) % 13) ** 2 / 6),
    },
  };
}

/** Leaks until it runs out of memory; its cable is pulled for 20 minutes. */
function cellar(): BoardLedger {
  const base = quiet('cellar', '18:fe:34:a2:66:2b', 3);
  const watched = (t: number): boolean => t < at(3, 0) || t > at(3, 20);
  const death = at(4, 37, 50);
  const leak = (t: number): number => 41_000 - ((t < death ? t - EVENING : t - death) / MINUTE) * 90;
  const noise = random(33);
  return {
    ...base,
    mode: 'mqtt-client',
    watchedMs: 8 * HOUR - 20 * MINUTE,
    gaps: [{ from: at(3, 0), to: at(3, 20), reason: 'port-lost' }],
    resets: [
      ...base.resets,
      reset(2, at(3, 20, 2), {
        cause: 'power',
        uptimeMs: null,
        evidence: ['ROM banner: rst cause 1, boot mode (3,6)', 'The USB adapter had been gone until 2 s before.'],
        mode: 'mqtt-client',
      }),
      reset(3, death, {
        cause: 'out-of-memory',
        uptimeMs: death - at(3, 20, 2),
        crash: OUT_OF_MEMORY,
        signature: 'oom-40203b1c',
        evidence: ['Crash report: out of memory, last failed alloc call: 40203B1C(2048)', 'ROM banner: rst cause 2'],
        mode: 'mqtt-client',
      }),
    ],
    incidents: [
      { kind: 'port-lost', t: at(3, 0), until: at(3, 20), detail: 'The USB adapter is gone.' },
      {
        kind: 'port-renumbered',
        t: at(3, 20),
        until: null,
        detail: 'Back as /dev/ttyUSB4, was /dev/ttyUSB2; same MAC.',
      },
      {
        kind: 'broker-lost',
        t: at(5, 2),
        until: at(5, 3, 30),
        detail: 'The broker renewed its certificate; the board connected again.',
      },
    ],
    crashGroups: [
      {
        signature: 'oom-40203b1c',
        title: 'out of memory (2048 bytes could not be allocated)',
        count: 1,
        first: death,
        last: death,
        example: OUT_OF_MEMORY,
      },
    ],
    series: {
      heap: series(watched, (t) => leak(t) + noise() * 300),
      block: series(watched, (t) => leak(t) * 0.82 + noise() * 400),
      rssi: base.series.rssi ?? { t: [], v: [] },
    },
    modes: [
      { from: EVENING, to: at(3, 0), mode: 'mqtt-client' },
      { from: at(3, 20), to: MORNING, mode: 'mqtt-client' },
    ],
  };
}

/** Mode cycled every half hour, one boot loop, one silence. */
function attic(): BoardLedger {
  const base = quiet('attic', '18:fe:34:a2:66:2c', 4);
  const switches = Array.from({ length: 15 }, (_, i) => EVENING + (i + 1) * 30 * MINUTE);
  const modeAt = (i: number): 'mqtt-client' | 'web-server' => (i % 2 === 0 ? 'mqtt-client' : 'web-server');
  const loopFrom = at(4, 40);
  const commanded = switches.map((t, i) =>
    reset(0, t, {
      commanded: true,
      cause: 'software',
      uptimeMs: 30 * MINUTE,
      evidence: ['espwatch asked for the other mode.'],
      mode: modeAt(i),
    }),
  );
  const loop = Array.from({ length: 41 }, (_, i) =>
    reset(0, loopFrom + i * 4400, {
      cause: 'software-watchdog',
      uptimeMs: i === 0 ? 10 * MINUTE : 4400,
      loop: 1,
      evidence: ['Crash report: Soft WDT reset', 'ROM banner: rst cause 2'],
      mode: 'boot-loop',
    }),
  );
  const resets = [...base.resets, ...commanded, ...loop].sort((a, b) => a.t - b.t);
  return {
    ...base,
    resets: resets.map((entry, i) => ({ ...entry, number: i + 1 })),
    loops: [
      {
        number: 1,
        from: loopFrom,
        to: loopFrom + 40 * 4400,
        resets: 41,
        perMinute: 13.6,
        cause: 'software-watchdog',
        open: false,
      },
    ],
    incidents: [
      { kind: 'silence' as const, t: at(0, 12), until: at(0, 16, 40), detail: 'Nothing printed for 4 m 40 s.' },
      ...switches.map((t, i) => ({
        kind: 'mode-changed' as const,
        t,
        until: null,
        detail: `Scheduled: ${modeAt(i)}.`,
      })),
    ].sort((a, b) => a.t - b.t),
    modes: [EVENING, ...switches].map((from, i) => ({
      from,
      to: switches[i] ?? MORNING,
      mode: i === 0 ? 'web-server' : modeAt(i - 1),
    })),
  };
}

const LEDGER: Ledger = {
  from: EVENING,
  to: MORNING,
  parts: 2,
  ended: 'done',
  boards: [quiet('living room', '18:fe:34:a2:66:29', 1), balcony(), cellar(), attic()],
  host: [{ t: at(5, 31), what: 'clock-stepped', ms: 1840 }],
  storage: [
    {
      from: at(5, 40),
      to: at(5, 52),
      detail: 'The disk was full: raw capture paused, the ledger went on.',
      lostBytes: 48_120,
    },
  ],
};

export function sampleSoak(): ReportInput {
  return {
    ledger: LEDGER,
    verdict: VERDICT,
    title: 'Garden controllers, firmware 2.4.1',
    run: {
      started: '2024-03-12T22:00:00+01:00',
      plan: [
        '8 h, four boards',
        'probe every 30 s over HTTP or MQTT',
        'attic: mode changed every 30 m',
        'target: 168 h between failures',
      ],
      version: '0.1.0',
    },
    frames: new Map([
      [
        'exception-28-40201a2c',
        [
          'readSensor(Sensor*) at firmware/sensors.h:88',
          'pollSensors() at firmware/sensors.h:131',
          'loop at firmware/tls_mqtt.ino:212',
        ],
      ],
    ]),
    timeZone: 'Europe/Berlin',
  };
}
