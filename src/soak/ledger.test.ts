import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { captureNames, readCapture } from '../../test/support/captures.js';
import type { BoardEvent, BoardFact } from '../board/events.js';
import { networkNews } from '../board/network-lines.js';
import type { JournalEntry } from '../journal/entry.js';
import { isContext } from '../journal/filter.js';
import { LedgerFold } from './ledger.js';
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
  journalled,
  ledgerOf,
  lost,
  mqtt,
  numbered,
  open,
  own,
  probe,
  pullEn,
  reason,
  silence,
  slept,
  telemetry,
  text,
  toMqtt,
  unparsed,
  up,
  web,
} from './ledger.test.helper.js';

/** A small generator with a seed, so that a night that fails can be had again. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Anything that may come, in any order: also what no board does. */
function anyNight(seed: number, length: number): JournalEntry[] {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const entries: JournalEntry[] = [begin(1_000_000, 1, ['a', 'b']), at(1_000_010, open), at(1_000_020, open, 1)];
  let t = 1_000_100;
  let part = 1;
  for (let i = 0; i < length; i++) {
    t += Math.floor(next() ** 4 * 90_000);
    const board = next() < 0.8 ? 0 : 1;
    const garbage = next() < 0.4 ? 0.6 : 1;
    const output: readonly BoardFact[] = [
      text(`line ${i}`),
      text(`line ${i}`),
      text(`line ${i}`),
      unparsed,
      { type: 'boot-checksum', value: i },
      { type: 'eboot', step: 'load', value: null },
      text('ESP8266 WiFi: connection lost'),
      text('ESP8266 WiFi: connected again, IP 192.168.0.133'),
      text('ESP8266 MQTT: connection lost, state -3'),
      text('ESP8266 MQTT: connected to broker:1883, free heap 1'),
    ];
    const facts: readonly BoardFact[] = [
      banner(pick([1, 2, 2, 4]), pick([3, 3, 3, 1]), garbage),
      crash(
        pick(['exception', 'panic', 'software-watchdog', 'hardware-watchdog'] as const),
        pick([0x40201111, 0x40202222]),
      ),
      reason(pick(['external', 'software', 'exception', 'power-on', 'unknown'] as const), next() < 0.8),
      telemetry(Math.floor(next() * 500), 40_000, { rssi: pick([-60, -60, 31]), wifiReconnects: Math.floor(i / 100) }),
      telemetry(Math.floor(t / 1000) - 900),
      pick([web, mqtt, accessPoint]),
      pick([pullEn, toMqtt]),
      pick([lost, back]),
      silence(Math.floor(next() * 300_000)),
      probe(
        pick(['answered', 'answered', 'no-answer', 'refused', 'not-this-device'] as const),
        pick(['http', 'mqtt'] as const),
      ),
    ];
    const kind = next();
    if (kind < 0.5) entries.push(at(t, pick(output), board));
    // More than a journal keeps, at a time that is near to everything.
    else if (kind < 0.6) for (let n = 0; n < 30; n++) entries.push(at(t, pick(output.slice(0, 6)), board));
    else if (kind < 0.9) entries.push(at(t, pick(facts), board));
    else if (kind < 0.97) entries.push(alive(t));
    else if (kind < 0.98) entries.push(slept(t, Math.floor(next() * 60_000)));
    else if (kind < 0.99) entries.push({ kind: 'renumbered', t, board, port: 'x' });
    else {
      if (next() < 0.5) entries.push(end(t));
      part += 1;
      t += 60_000;
      entries.push(begin(t, part, ['a', 'b']), at(t + 5, open));
    }
  }
  return numbered([...entries, end(t + 1000)]);
}

const isOutput = (event: BoardEvent): boolean =>
  isContext(event) && !(event.type === 'text' && networkNews(event.text) !== null);

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

describe('the fold, whatever comes', () => {
  for (let seed = 1; seed <= 40; seed++) {
    test(`seed ${seed}: equal again, looked at on the way or not, and from a journal`, () => {
      const entries = freeze(anyNight(seed, 400));
      const expected = ledgerOf(entries);
      const fold = new LedgerFold();
      const seen: { readonly ledger: unknown; readonly copy: unknown }[] = [];
      entries.forEach((entry, i) => {
        fold.push(entry);
        if (i % 17 !== 0) return;
        const ledger = freeze(fold.ledger('t' in entry ? entry.t + 7000 : undefined));
        seen.push({ ledger, copy: structuredClone(ledger) });
      });
      assert.deepEqual(fold.ledger(), expected);
      for (const { ledger, copy } of seen) assert.deepEqual(ledger, copy);
      const kept = journalled(entries, isOutput);
      assert.ok(kept.length < entries.length * 0.95, 'a journal that drops nothing shows nothing');
      assert.deepEqual(ledgerOf(kept), expected);
    });

    test(`seed ${seed}: what must hold of every ledger`, () => {
      for (const now of [undefined, 10_000_000_000]) {
        const { boards, from, to } = ledgerOf(anyNight(seed, 400).slice(0, -1), now);
        for (const board of boards) {
          const away = board.gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
          assert.ok(Math.abs(board.watchedMs + away - (to - from)) < 1, 'watched and not watched are the whole time');
          board.gaps.forEach((gap, i) => {
            assert.ok(gap.from >= (board.gaps[i - 1]?.to ?? from), 'gaps overlap');
          });
          board.resets.forEach((reset, i) => {
            assert.equal(reset.number, i + 1);
            assert.ok(reset.evidence.length > 0, 'a reset without evidence');
            assert.ok(reset.confidence >= 0 && reset.confidence <= 1);
            assert.ok(reset.uptimeMs === null || reset.uptimeMs >= 0);
            assert.ok(reset.before.length <= 8 && reset.after.length <= 8);
            assert.ok(!(reset.commanded && reset.loop !== null), 'a commanded reset in a loop');
          });
          for (const { t, until } of board.incidents) assert.ok(until === null || until >= t);
          board.modes.forEach((span, i) => {
            assert.ok(span.to > span.from && span.from >= (board.modes[i - 1]?.to ?? 0));
          });
          assert.ok(board.probes.answered <= board.probes.asked);
        }
      }
    });
  }

  test('entries of a damaged journal', () => {
    const fold = new LedgerFold();
    assert.deepEqual(fold.ledger(5), { from: 5, to: 5, parts: 0, ended: null, boards: [], host: [], storage: [] });
    for (const entry of [at(9, banner(4), 3), at(9, banner(4), -1), at(9, banner(4), 1e9), end(2), at(1, lost, 3)]) {
      fold.push(entry);
    }
    assert.deepEqual(
      fold
        .ledger()
        .boards.map(({ name, resets }) => [name, resets.length])
        .at(-1),
      ['board 4', 1],
    );
    assert.equal(fold.ledger().boards.length, 4);
  });
});

describe('bounds', () => {
  test('a night of everything, all the time', () => {
    const fold = new LedgerFold();
    for (const entry of up) fold.push(entry);
    const size = (): number => JSON.stringify(fold.ledger()).replace(/\d+/g, '0').length;
    let t = 2000;
    let n = 0;
    const grow = (rounds: number): number => {
      for (let i = 0; i < rounds; i++) {
        t += 20_000;
        n += 1;
        const round: readonly BoardFact[] = [
          text('x'.repeat(300)),
          crash(
            'exception',
            0x40200000 + n,
            Array.from({ length: 2000 }, (_, k) => k),
          ),
          banner(2),
          web,
          telemetry(10, 40_000 + (n % 100)),
          probe('answered', 'http', n % 97),
          probe('no-answer'),
          accessPoint,
          lost,
          back,
        ];
        for (const fact of round) fold.push(at(t++, fact));
        fold.push({ kind: 'host', t, what: 'clock-stepped', ms: 1 });
        fold.push({ kind: 'storage', t, state: 'degraded', detail: 'full', lostBytes: 1 });
        fold.push({ kind: 'storage', t, state: 'restored', detail: 'full', lostBytes: 1 });
      }
      return size();
    };
    const first = grow(2600);
    const second = grow(2600);
    assert.ok(second < first * 1.02, `${first} grew to ${second}`);
    const [board] = fold.ledger().boards;
    assert.ok(board);
    assert.ok((board.series.heap?.t.length ?? 0) <= 2000 && (board.series.rtt?.t.length ?? 0) <= 2000);
    assert.equal(board.resets.length, 2000);
    assert.equal(board.leftOut?.resets, 5201 - 2000);
    assert.equal(board.resets.length + (board.leftOut?.resets ?? 0), 5201);
    assert.ok((board.leftOut?.crashes ?? 0) > 4000);
    assert.equal(board.probes.rtt?.max, 96);
  });
  test('a boot loop of a whole night is one loop', () => {
    const loop = Array.from({ length: 20_000 }, (_, i) => at(10_000 + i * 1500, banner(4)));
    const board = boardOf(...up, ...loop);
    assert.equal(own(board).length, 20);
    assert.deepEqual(
      board.loops.map(({ resets, perMinute }) => [resets, perMinute]),
      [[20_000, 40]],
    );
    assert.equal(board.leftOut?.loopResets, 19_980);
  });
  test('a look at the ledger costs the same late in the night', () => {
    const fold = new LedgerFold();
    for (const entry of up) fold.push(entry);
    for (let i = 0; i < 50_000; i++) fold.push(at(3000 + i * 1000, telemetry(i, 40_000 - (i % 977))));
    const a = fold.ledger(60_000_000).boards[0];
    const b = fold.ledger(61_000_000).boards[0];
    assert.ok(a && b);
    // Lists are made when something changed, not when somebody looks.
    assert.equal(a.series.heap, b.series.heap);
    assert.equal(a.resets, b.resets);
    assert.equal(Math.min(...(a.series.heap?.v ?? [])), 40_000 - 976);
    assert.equal(Math.max(...(a.series.heap?.v ?? [])), 40_000);
  });
});

describe('what real boards printed', () => {
  /** Cause of the last reset of each capture that shows one. */
  const causes: Readonly<Record<string, string>> = {
    'abort-out-of-memory': 'out-of-memory',
    'blank-flash': 'power',
    'hardware-watchdog': 'hardware-watchdog',
    'exception-28': 'exception',
    'power-on-3.1.2': 'power',
    'external-reset-2.7.4': 'external',
    'soft-watchdog': 'software-watchdog',
    'uart-download': 'stuck-in-bootloader',
    'soft-restart-trap': 'stuck-in-bootloader',
  };
  for (const name of captureNames()) {
    const { facts, title } = readCapture(name);
    test(`${name}: ${title}`, () => {
      const entries = [begin(), at(1, open), ...facts.map((fact, i) => at(1000 + i, fact)), end(60_000)];
      const board = boardOf(...entries);
      assert.deepEqual(ledgerOf(numbered(entries)).boards[0], board);
      const banners = facts.filter((fact) => fact.type === 'rom-banner').length;
      assert.ok(board.resets.length >= banners, `${board.resets.length} resets, ${banners} banners`);
      assert.equal(
        board.crashGroups.reduce((sum, { count }) => sum + count, 0),
        facts.filter(({ type }) => type === 'crash').length,
      );
      const cause = causes[name];
      if (cause !== undefined) assert.equal(board.resets.at(-1)?.cause, cause, board.resets.at(-1)?.evidence.join(' '));
    });
  }
});
