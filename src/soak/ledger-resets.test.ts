import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JournalEntry } from '../journal/entry.js';
import {
  at,
  back,
  banner,
  boardOf,
  crash,
  HOUR,
  lost,
  MINUTE,
  mqtt,
  own,
  pullEn,
  reason,
  SECOND,
  telemetry,
  text,
  toMqtt,
  up,
  web,
} from './ledger.test.helper.js';
import type { ResetEntry } from './ledger-types.js';

const T = HOUR;

/** The one reset of the board's own after an hour. */
function only(...entries: readonly JournalEntry[]): ResetEntry {
  const board = boardOf(...up, ...entries);
  const resets = own(board);
  assert.equal(resets.length, 1, JSON.stringify(board.resets.map(({ evidence }) => evidence)));
  assert.ok(resets[0]);
  return resets[0];
}

/** At its banner; where there is none, at what shows it. */
function beganAt(entries: readonly JournalEntry[]): number {
  const events = entries.filter((entry) => entry.kind === 'event').map(({ event }) => event);
  return (events.find(({ type }) => type === 'rom-banner') ?? events[0])?.t ?? 0;
}

describe('the cause of a reset', () => {
  const nights: readonly (readonly [string, readonly JournalEntry[], Partial<ResetEntry>, RegExp])[] = [
    ['power', [at(T, banner(1)), at(T + 300, reason('power-on'))], { cause: 'power', confidence: 1 }, /rst cause:1/],
    ['power the ROM does not know', [at(T, banner(0))], { cause: 'power', confidence: 0.5 }, /rst cause:0/],
    ['hardware watchdog', [at(T, banner(4))], { cause: 'hardware-watchdog', confidence: 1 }, /hardware watchdog/],
    [
      'soft watchdog',
      [at(T, crash('software-watchdog')), at(T + 40, banner(2)), at(T + 300, reason('software-watchdog'))],
      { cause: 'software-watchdog', confidence: 1 },
      /Crash report: software watchdog/,
    ],
    ['exception', [at(T, crash()), at(T + 40, banner(2))], { cause: 'exception' }, /LoadProhibited at 0x40201f40/],
    [
      'panic',
      [at(T, crash('panic')), at(T + 40, banner(2)), at(T + 300, reason('exception'))],
      { cause: 'panic' },
      /panic/,
    ],
    ['assert', [at(T, crash('assert')), at(T + 40, banner(2))], { cause: 'panic' }, /assertion/],
    ['no memory', [at(T, crash('out-of-memory')), at(T + 40, banner(2))], { cause: 'out-of-memory' }, /out of memory/],
    [
      'ESP.restart',
      [at(T, banner(2)), at(T + 300, reason('software'))],
      { cause: 'software', confidence: 1 },
      /software/,
    ],
    [
      'reset pin',
      [at(T, banner(2)), at(T + 300, reason('external'))],
      { cause: 'external', confidence: 1 },
      /external/,
    ],
    ['cause 2 alone', [at(T, banner(2))], { cause: 'external', confidence: 0.5 }, /same of the reset pin/],
    ['deep sleep', [at(T, banner(5))], { cause: 'deep-sleep-wake' }, /deep sleep/],
    ['bootloader', [at(T, banner(2, 1))], { cause: 'stuck-in-bootloader', confidence: 1 }, /bootloader/],
    [
      'a banner in garbage',
      [at(T, banner(4, 3, 0.63))],
      { cause: 'hardware-watchdog', confidence: 0.63 },
      /confidence 0\.63/,
    ],
    [
      'a banner in garbage that the sketch corrects',
      [at(T, banner(2, 1, 0.4)), at(T + 300, reason('hardware-watchdog'))],
      { cause: 'hardware-watchdog', confidence: 1 },
      /recognised in bytes of another speed/,
    ],
    [
      'a garbage banner noticed before the report that led to it',
      [at(T, banner(2, 3, 0.6)), at(T + 5, crash()), at(T + 300, reason('exception'))],
      { cause: 'exception', confidence: 1 },
      /Crash report/,
    ],
    ['no banner at all', [at(T, reason('exception'))], { cause: 'exception' }, /No ROM banner was readable/],
    [
      'a crash whose reset nobody could read',
      [at(T, crash()), at(T + 900, telemetry(0))],
      { cause: 'exception', confidence: 0.95 },
      /went on after its crash report/,
    ],
    [
      'a crash and then the power',
      [at(T, crash()), at(T + MINUTE, banner(1))],
      { cause: 'power', crash: null },
      /rst cause:1/,
    ],
    [
      'hardware watchdog reported below the banner',
      [at(T, banner(4)), at(T + 50, crash('hardware-watchdog'))],
      { cause: 'hardware-watchdog' },
      /Crash report: hardware watchdog/,
    ],
  ];
  for (const [name, entries, expected, evidence] of nights) {
    test(name, () => {
      const reset = only(...entries);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(reset[key as keyof ResetEntry], value, key);
      assert.match(reset.evidence.join(' '), evidence);
      assert.equal(reset.t, beganAt(entries));
      assert.equal(reset.number, 2);
      assert.equal(reset.uptimeMs, reset.t - 1000);
      assert.equal(reset.loop, null);
    });
  }

  test('one crash explains one reset', () => {
    const board = boardOf(...up, at(T, crash()), at(T + 40, banner(2)), at(T + 60, web), at(2 * T, banner(2)));
    assert.deepEqual(
      own(board).map(({ cause }) => cause),
      ['exception', 'external'],
    );
  });
  test('two crash reports are two restarts, whatever of the boot was readable', () => {
    const board = boardOf(...up, at(T, crash()), at(T + SECOND, crash()), at(T + 2 * SECOND, banner(2)));
    assert.deepEqual(
      own(board).map(({ t, cause }) => [t, cause]),
      [
        [T, 'exception'],
        [T + 2 * SECOND, 'exception'],
      ],
    );
  });
  test('banner, reason and telemetry of one boot are one reset', () => {
    const board = boardOf(
      ...up,
      at(MINUTE, telemetry(60)),
      at(T, banner(4)),
      at(T + 300, reason('hardware-watchdog')),
      at(T + 400, web),
      at(T + MINUTE, telemetry(60)),
    );
    assert.equal(board.resets.length, 2);
  });
});

describe('what we did ourselves', () => {
  test('EN, and a switch of mode', () => {
    const board = boardOf(
      ...up,
      at(T, toMqtt),
      at(T + 900, banner(2)),
      at(T + 1200, reason('software')),
      at(T + 2000, mqtt),
      at(2 * T, pullEn),
      at(2 * T + 5, telemetry(3600)),
      at(2 * T + 120, banner(2)),
      at(2 * T + MINUTE, telemetry(60)),
    );
    assert.deepEqual(
      board.resets.map(({ cause, commanded }) => [cause, commanded]),
      [
        ['external', true],
        ['software', true],
        ['external', true],
      ],
    );
    assert.match(board.resets[1]?.evidence[0] ?? '', /asked the board to switch to mqtt-client/);
    assert.deepEqual(
      board.resets.map(({ uptimeMs }) => uptimeMs),
      [null, T + 900 - 1000, T - 900],
    );
    assert.deepEqual(board.incidents, []);
  });
  test('a switch that a crash outran', () => {
    const reset = only(at(T, toMqtt), at(T + 500, crash()), at(T + 540, banner(2)), at(T + 900, reason('exception')));
    assert.equal(reset.cause, 'exception');
  });
  test('a switch whose banner was misread', () => {
    const board = boardOf(...up, at(T, toMqtt), at(T + 900, banner(4, 3, 0.3)), at(T + 1200, reason('software')));
    assert.deepEqual(own(board), []);
  });
});

describe('the port beside it', () => {
  test('gone after, gone before, back before', () => {
    assert.match(
      only(at(T, banner(1)), at(T + 3000, lost)).evidence.join(' '),
      /went away 3\.0 s after it: power or cable/,
    );
    const late = only(at(T, lost), at(T + 4000, back), at(T + 4500, banner(1)));
    assert.match(late.evidence.join(' '), /went away 4\.5 s before it.*come back 0\.5 s before it/);
    assert.equal(late.uptimeMs, null);
    assert.doesNotMatch(only(at(T, banner(1)), at(T + MINUTE, lost)).evidence.join(' '), /USB/);
  });
});

describe('lines around it', () => {
  const lines = (from: number, n: number): JournalEntry[] =>
    Array.from({ length: n }, (_, i) => at(from + i * 100, text(`line ${i}`)));
  test('eight on each side, within a minute', () => {
    const reset = only(...lines(T - 2000, 20), at(T, banner(4)), ...lines(T + 100, 20));
    assert.deepEqual(
      reset.before.map((line) => line.text),
      ['line 12', 'line 13', 'line 14', 'line 15', 'line 16', 'line 17', 'line 18', 'line 19'],
    );
    assert.equal(reset.after.length, 8);
    assert.equal(reset.after[0]?.t, T + 100);
    const alone = only(at(T - 2 * MINUTE, text('old')), at(T, banner(4)), at(T + 2 * MINUTE, text('late')));
    assert.deepEqual([alone.before, alone.after], [[], []]);
  });
  test('printable, short, and without secrets', () => {
    const { before } = only(
      at(T - 3, text('\u001b[31mred\u202e')),
      at(T - 2, text(`joined with password=hunter2&x=1, "psk": "a b c", mqtts://user:pw@host/ ${'x'.repeat(500)}`)),
      at(T, banner(4)),
    );
    assert.equal(before[0]?.text, 'red\ufffd');
    assert.match(before[1]?.text ?? '', /password=\*\*\*&x=1, "psk": \*\*\*, mqtts:\/\/\*\*\*@host/);
    assert.ok((before[1]?.text.length ?? 999) <= 201);
  });
});

describe('crashes alike', () => {
  test('are one group', () => {
    const crashed = (t: number, fact = crash()): JournalEntry[] => [
      at(t, fact),
      at(t + 40, banner(2)),
      at(t + 500, web),
    ];
    const board = boardOf(
      ...up,
      ...crashed(T),
      ...crashed(2 * T),
      ...crashed(3 * T, crash('exception', 0x40209999)),
      ...crashed(4 * T, crash('exception', 0x40201f40, [0x40204444])),
    );
    assert.deepEqual(
      board.crashGroups.map(({ count, first, last }) => [count, first, last]),
      [
        [2, T, 2 * T],
        [1, 3 * T, 3 * T],
        [1, 4 * T, 4 * T],
      ],
    );
    assert.equal(board.crashGroups[0]?.signature, 'exception/28/40201f40/40201f40,40202a10,40100f58');
    assert.equal(board.resets[1]?.signature, board.crashGroups[0]?.signature);
    assert.match(board.crashGroups[0]?.title ?? '', /LoadProhibited/);
  });
});

describe('boot loops', () => {
  const row = (from: number, n: number, every: number): JournalEntry[] =>
    Array.from({ length: n }, (_, i) => at(from + i * every, banner(4)));
  test('four resets in a row are one loop, with its rate', () => {
    const board = boardOf(...up, ...row(T, 30, 2000), at(T + 59_000, web), at(2 * T, banner(1)));
    assert.deepEqual(board.loops, [
      { number: 1, from: T, to: T + 58_000, resets: 30, perMinute: 30, cause: 'hardware-watchdog', open: false },
    ]);
    assert.deepEqual(own(board).filter(({ loop }) => loop === 1).length, 20);
    assert.equal(board.leftOut?.loopResets, 10);
    assert.equal(own(board).at(-1)?.loop, null);
    assert.equal(own(board).at(-1)?.number, 32);
  });
  test('three, slow ones, and those that come up are none', () => {
    for (const entries of [row(T, 3, 2000), row(T, 8, 15_001)]) assert.deepEqual(boardOf(...up, ...entries).loops, []);
    const comesUp = Array.from({ length: 8 }, (_, i) => [
      at(T + i * 5000, banner(4)),
      at(T + i * 5000 + 900, web),
    ]).flat();
    assert.deepEqual(boardOf(...up, ...comesUp).loops, []);
  });
  test('a commanded reset ends it, as a lost port does', () => {
    assert.equal(
      boardOf(...up, ...row(T, 6, 2000), at(T + 12_000, pullEn), ...row(T + 18_000, 6, 2000)).loops.length,
      2,
    );
    assert.equal(
      boardOf(...up, ...row(T, 6, 2000), at(T + 12_000, lost), at(T + 13_000, back), ...row(T + 14_000, 6, 2000)).loops
        .length,
      2,
    );
  });
  test('one that lasts is open', () => {
    assert.deepEqual(
      boardOf(...up, ...row(T, 4, 2000)).loops.map(({ resets, open }) => [resets, open]),
      [[4, true]],
    );
    assert.deepEqual(
      boardOf(...up, ...row(T, 4, 2000), at(T + MINUTE, telemetry(50))).loops.map(({ open }) => open),
      [false],
    );
  });
});
