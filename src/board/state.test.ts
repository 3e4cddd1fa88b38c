import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BoardEvent, BoardFact, CrashKind, CrashReport, EventSource } from './events.js';
import { bootModeOf, causeOfRom } from './numbers.js';
import { type BoardState, initialState, reduce, replay } from './state.js';
import { hintFor } from './wording.js';

/** Facts with their times in ms, as events. */
function events(...facts: readonly [number, BoardFact, EventSource?][]): BoardEvent[] {
  return facts.map(([t, fact, source], i) => ({ ...fact, seq: i + 1, t, source: source ?? 'serial' }));
}

const after = (...facts: readonly [number, BoardFact, EventSource?][]): BoardState => replay(events(...facts));

const banner = (cause: number, mode = 3, confidence = 1): BoardFact => ({
  type: 'rom-banner',
  cause: causeOfRom(cause),
  bootMode: bootModeOf(mode),
  raw: { cause, mode, sdio: 6 },
  confidence,
});
const web: BoardFact = { type: 'mode', mode: 'web-server', serverType: 'SDK API' };
const mqtt: BoardFact = { type: 'mode', mode: 'mqtt-client', serverType: null };
const ip: BoardFact = { type: 'ip', ip: '192.168.0.133', accessPoint: false };
const reason = (cause: 'external' | 'software' | 'exception', atBoot = true): BoardFact => ({
  type: 'reset-reason',
  cause,
  raw: null,
  text: cause,
  atBoot,
});
const crash = (kind: CrashKind = 'exception', epc1 = 0x40201a2c): BoardFact => {
  const report: CrashReport = {
    kind,
    exception: { number: 28, name: 'LoadProhibited' },
    registers: { epc1, epc2: 0, epc3: 0, excvaddr: 4, depc: 0 },
    detail: null,
    stack: null,
    otherStacks: [],
    failedAlloc: null,
    complete: true,
  };
  return { type: 'crash', report };
};
const reset: BoardFact = { type: 'reset-commanded', into: 'flash' };
const switched: BoardFact = { type: 'switch-commanded', to: 'mqtt-client' };
const silence: BoardFact = { type: 'silence', ms: 3000 };
const noImage: BoardFact = { type: 'boot-error', kind: 'no-image', text: 'ets_main.c' };

describe('mode', () => {
  test('before anything was heard', () => assert.equal(initialState.mode, 'unknown'));
  test('what was announced since the last reset', () => {
    assert.equal(after([0, web]).mode, 'web-server');
    assert.equal(after([0, web], [1, mqtt]).mode, 'web-server+mqtt-client');
    assert.equal(after([0, web], [1, banner(1)]).mode, 'unknown');
    assert.equal(after([0, web], [1, banner(1)], [2, mqtt]).mode, 'mqtt-client');
  });
  test('the access point and the other modes exclude each other', () => {
    const ap: BoardFact = { type: 'mode', mode: 'access-point', serverType: null };
    assert.equal(after([0, web], [1, ap]).mode, 'access-point');
    assert.equal(after([0, ap], [1, web]).mode, 'web-server');
  });
  test('the ROM found nothing to run', () => {
    for (const kind of ['no-image', 'checksum', 'bad-segment', 'flash-read'] as const) {
      const state = after([0, banner(1)], [1, { type: 'boot-error', kind, text: '' }]);
      assert.equal(state.mode, 'no-firmware');
      assert.match(hintFor(state) ?? '', /flash/i);
    }
    assert.equal(after([0, banner(0)], [1, { type: 'boot-error', kind: 'unknown-reset', text: '' }]).mode, 'unknown');
  });
  test('the bootloader: by boot mode, or because it answered', () => {
    const trapped = after([0, banner(2, 1)]);
    assert.equal(trapped.mode, 'bootloader');
    assert.match(hintFor(trapped) ?? '', /RST/);
    assert.equal(after([0, web], [1, { type: 'bootloader', answered: true }, 'tool']).mode, 'bootloader');
    assert.equal(after([0, { type: 'bootloader', answered: true }, 'tool'], [1, reset, 'tool']).mode, 'unknown');
    assert.equal(after([0, banner(2, 1)], [1, web]).mode, 'web-server');
  });
  test('three boots in a row within ten seconds', () => {
    assert.equal(after([0, banner(1)], [4000, banner(4)]).mode, 'unknown');
    assert.equal(after([0, banner(1)], [4000, banner(4)], [9000, banner(4)]).mode, 'boot-loop');
    assert.equal(after([0, banner(1)], [4000, banner(4)], [10_001, banner(4)]).mode, 'unknown');
    assert.equal(after([0, banner(1)], [4000, banner(4)], [5000, web], [9000, banner(4)]).mode, 'unknown');
    assert.equal(after([0, banner(1)], [10, banner(4)], [20, banner(4)], [20_000, silence, 'tool']).mode, 'unknown');
  });
  test('resets that we commanded are no boot loop', () => {
    const again = (t: number): [number, BoardFact, EventSource?][] => [
      [t, reset, 'tool'],
      [t + 100, banner(2)],
    ];
    assert.equal(after(...again(0), ...again(1000), ...again(2000), ...again(3000)).mode, 'unknown');
  });
  test('the same crash again, or three of any kind', () => {
    assert.equal(after([0, crash()], [1, banner(2)]).mode, 'unknown');
    assert.equal(after([0, crash()], [1, banner(2)], [20_000, crash()]).mode, 'boot-loop');
    assert.equal(after([0, crash()], [20_000, crash('abort', 1)]).mode, 'unknown');
    assert.equal(after([0, crash()], [20_000, crash('abort', 1)], [40_000, crash('exception', 2)]).mode, 'boot-loop');
    assert.equal(after([0, crash()], [1, web], [20_000, crash()], [20_001, banner(2)]).mode, 'unknown');
  });
  test('silence counts only when nothing was heard', () => {
    assert.equal(after([0, silence, 'tool']).mode, 'silent');
    assert.equal(after([0, { type: 'text', text: 'hello', ended: true }], [1, silence, 'tool']).mode, 'unknown');
    assert.equal(after([0, silence, 'tool'], [1, { type: 'text', text: 'hello', ended: true }]).mode, 'unknown');
    assert.equal(after([0, { type: 'unparsed', bytes: Uint8Array.of(0) }], [1, silence, 'tool']).mode, 'silent');
    assert.equal(after([0, web], [1, reset, 'tool'], [2, silence, 'tool']).mode, 'silent');
  });
});

describe('the cause of a reset', () => {
  const last = (...facts: readonly [number, BoardFact, EventSource?][]) => {
    const { lastReset, resets } = after(...facts);
    assert.ok(lastReset);
    const { cause, source, commanded } = lastReset;
    return { cause, source, commanded, own: resets.own, ours: resets.commanded, byCause: resets.byCause };
  };

  test('the ROM alone', () => {
    assert.deepEqual(last([0, banner(4)]), {
      cause: 'hardware-watchdog',
      source: 'rom-banner',
      commanded: false,
      own: 1,
      ours: 0,
      byCause: { 'hardware-watchdog': 1 },
    });
  });
  test('cause 2 alone is only half certain', () => assert.equal(after([0, banner(2)]).lastReset?.confidence, 0.5));
  test('cause 2 after a crash report is that crash', () => {
    const found = last([0, crash('software-watchdog')], [10, banner(2)]);
    assert.deepEqual([found.cause, found.source, found.commanded], ['software-watchdog', 'crash-report', false]);
    assert.deepEqual(found.byCause, { 'software-watchdog': 1 });
  });
  test('a crash explains one reset, not the next', () => {
    const found = last([0, crash()], [10, banner(2)], [9000, banner(2)]);
    assert.deepEqual(found.byCause, { exception: 1, external: 1 });
  });
  test('a hardware watchdog report stands below the banner and explains no later one', () => {
    const found = last([0, banner(4)], [10, crash('hardware-watchdog')], [9000, banner(2)]);
    assert.equal(found.cause, 'external');
  });
  test('EN pulled by us: counted once, whether the banner is readable or not', () => {
    const seen = last([0, reset, 'tool'], [120, banner(2)]);
    assert.deepEqual(seen, { cause: 'external', source: 'rom-banner', commanded: true, own: 0, ours: 1, byCause: {} });
    const unseen = last([0, reset, 'tool'], [900, web]);
    assert.deepEqual(unseen, { cause: 'external', source: 'commanded', commanded: true, own: 0, ours: 1, byCause: {} });
  });
  test('only the next banner is commanded', () => {
    assert.equal(last([0, reset, 'tool'], [120, banner(2)], [700, banner(2)]).commanded, false);
    assert.equal(last([0, reset, 'tool'], [900, web], [3000, banner(2)]).commanded, false);
    assert.equal(last([0, reset, 'tool'], [6000, banner(2)]).commanded, false);
    assert.equal(last([0, reset, 'tool'], [120, banner(4)]).commanded, false);
  });
  test('what was still on the wire when EN was pulled does not settle the command', () => {
    assert.equal(last([0, reset, 'tool'], [5, ip], [120, banner(2)]).commanded, true);
  });
  test('a restart that we asked for', () => {
    const found = last([0, web], [1, switched, 'tool'], [800, banner(2)]);
    assert.deepEqual(found, { cause: 'software', source: 'commanded', commanded: true, own: 0, ours: 1, byCause: {} });
    assert.equal(last([0, switched, 'tool'], [800, banner(4)]).cause, 'hardware-watchdog');
    assert.equal(last([0, switched, 'tool'], [800, crash()], [810, banner(2)]).cause, 'exception');
    assert.equal(last([0, switched, 'tool'], [31_000, banner(2)]).commanded, false);
  });
  test("the sketch knows better than the ROM's cause 2", () => {
    const found = last([0, banner(2)], [300, reason('software')]);
    assert.deepEqual([found.cause, found.source], ['software', 'sketch']);
    assert.deepEqual(found.byCause, { software: 1 });
    assert.equal(last([0, banner(4)], [300, reason('software')]).cause, 'hardware-watchdog');
    const same = after([0, banner(2)], [300, reason('external')]).lastReset;
    assert.deepEqual([same?.source, same?.confidence], ['rom-banner', 1]);
  });
  test('a commanded EN reset stays ours, whatever the sketch says', () => {
    const found = last([0, reset, 'tool'], [100, banner(2)], [300, reason('software')]);
    assert.deepEqual([found.cause, found.commanded, found.own], ['external', true, 0]);
  });
  test('a switch that ended in something else is the board’s own reset', () => {
    const found = last([0, switched, 'tool'], [100, banner(2)], [300, reason('exception')]);
    assert.deepEqual(found, {
      cause: 'exception',
      source: 'sketch',
      commanded: false,
      own: 1,
      ours: 0,
      byCause: { exception: 1 },
    });
  });
  test('a banner recognised in garbage, and what the sketch makes of it', () => {
    const guess = after([0, banner(1, 3, 0.6)]).lastReset;
    assert.deepEqual([guess?.source, guess?.confidence], ['garbage-banner', 0.6]);
    assert.equal(last([0, banner(1, 3, 0.6)], [300, reason('external')]).cause, 'external');
  });
  test('a boot whose banner nobody could read is counted by its reset reason', () => {
    const state = after([0, banner(1)], [300, reason('external')], [500, web], [9000, reason('exception')]);
    assert.equal(state.mode, 'unknown');
    assert.deepEqual(state.resets, { own: 2, commanded: 0, byCause: { 'power-on': 1, exception: 1 } });
    assert.equal(after([0, web], [1, reason('exception', false)], [2, reason('exception', false)]).resets.own, 0);
  });
});

describe('what a reset clears, and what it keeps', () => {
  const facts: [number, BoardFact, EventSource?][] = [
    [0, ip],
    [1, { type: 'http-port', port: 9705 }],
    [2, web],
    [3, { type: 'topic', direction: 'rx', topic: 'a' }],
    [4, { type: 'topic', direction: 'tx', topic: 'b' }],
    [5, { type: 'mac', mac: '18:fe:34:a2:66:29' }],
    [6, { type: 'telemetry', values: { freeHeap: 41872 } }],
    [
      7,
      {
        type: 'probe',
        result: {
          via: 'http',
          target: null,
          outcome: 'answered',
          rttMs: 1,
          evidence: '',
          identity: { mac: null, chipId: null },
        },
      },
      'http',
    ],
  ];
  test('before', () => {
    const state = after(...facts);
    assert.deepEqual(state.announced, {
      modes: ['web-server'],
      ip: '192.168.0.133',
      httpPort: 9705,
      serverType: 'SDK API',
      rxTopic: 'a',
      txTopic: 'b',
      stale: false,
    });
    assert.equal(state.probes.http?.outcome, 'answered');
    assert.equal(state.chipId, 0xa26629);
  });
  for (const [name, fact] of [
    ['banner', banner(2)],
    ['commanded', reset],
  ] as const) {
    test(`after a reset: ${name}`, () => {
      const state = after(...facts, [100, fact]);
      assert.deepEqual(state.announced, initialState.announced);
      assert.deepEqual(state.probes, { http: null, mqtt: null });
      assert.equal(state.mac, '18:fe:34:a2:66:29');
      assert.deepEqual(state.telemetry, { freeHeap: 41872 });
    });
  }
  test('a switch keeps what was announced until the board announces again', () => {
    assert.equal(after(...facts, [100, switched, 'tool']).mode, 'web-server');
    const state = after(...facts, [100, switched, 'tool'], [900, mqtt]);
    assert.equal(state.mode, 'mqtt-client');
    assert.equal(state.announced.ip, null);
  });
  test('a cable that was out', () => {
    const lost: BoardFact = { type: 'link', state: 'lost', detail: 'unplugged' };
    const back: BoardFact = { type: 'link', state: 'back', detail: null };
    const state = after(...facts, [100, lost, 'link'], [200, back, 'link'], [900, mqtt]);
    assert.equal(state.mode, 'mqtt-client');
    assert.deepEqual(state.link, { state: 'back', detail: null, losses: 1 });
  });
});

describe('the fold', () => {
  const life = events(
    [0, { type: 'link', state: 'open', detail: null }, 'link'],
    [1, reset, 'tool'],
    [100, banner(2)],
    [110, noImage],
    [2000, { type: 'flash', phase: 'write', done: 10, total: 100 }, 'tool'],
    [3000, reset, 'tool'],
    [3100, banner(2)],
    [3300, reason('external')],
    [3400, ip],
    [3500, web],
    [9000, crash()],
    [9010, banner(2)],
    [9500, web],
    [9600, { type: 'unparsed', bytes: Uint8Array.of(1, 2, 3) }],
  );

  test('replaying the same events gives an equal state', () => {
    assert.deepEqual(replay(life), replay(life));
    for (let cut = 0; cut <= life.length; cut++) {
      assert.deepEqual(replay(life.slice(cut), replay(life.slice(0, cut))), replay(life));
    }
  });
  test('changes neither the state nor the event', () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
        Object.values(value).forEach(freeze);
        Object.freeze(value);
      }
      return value;
    };
    let state = freeze(structuredClone(initialState));
    for (const event of life) state = freeze(reduce(state, freeze(structuredClone(event))));
    assert.deepEqual(state, replay(life));
  });
  test('a board that never stops crashing and inventing names does not grow it', () => {
    let state = initialState;
    let seq = 0;
    const grow = (n: number) => {
      for (let i = 0; i < n; i++) {
        for (const fact of [crash(), banner(2), { type: 'telemetry', values: { [`v${seq}`]: seq } } as const]) {
          state = reduce(state, { ...fact, seq: ++seq, t: seq, source: 'serial' });
        }
      }
      return JSON.stringify(state).replace(/\d+/g, '0').length;
    };
    const size = grow(100);
    assert.equal(grow(1000), size);
    assert.equal(state.crashes.total, 1100);
    assert.equal(state.resets.byCause.exception, 1100);
  });
});

test('the latest own reset of each cause keeps its time, also when the sketch knows the cause better', () => {
  const banner = (t: number, cause: 'external' | 'power-on'): BoardEvent => ({
    type: 'rom-banner',
    cause,
    bootMode: 'flash',
    raw: { cause: cause === 'external' ? 2 : 1, mode: 3, sdio: 6 },
    confidence: 1,
    seq: t,
    t,
    source: 'serial',
  });
  const reason: BoardEvent = {
    type: 'reset-reason',
    cause: 'software',
    raw: 4,
    atBoot: true,
    text: 'Software/System restart',
    seq: 31,
    t: 31,
    source: 'serial',
  };
  const state = replay([banner(10, 'power-on'), banner(20, 'external'), banner(30, 'external'), reason]);
  assert.deepEqual(state.lastByCause, { 'power-on': 10, software: 30 });
});
