import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JournalEntry } from '../journal/entry.js';
import {
  alive,
  at,
  back,
  banner,
  begin,
  boardOf,
  end,
  HOUR,
  ledgerOf,
  lost,
  MINUTE,
  open,
  own,
  pullEn,
  reason,
  SECOND,
  slept,
  telemetry,
  up,
  web,
} from './ledger.test.helper.js';

/** Telemetry each minute of a board that started at `start`. */
const minutes = (start: number, from: number, to: number): JournalEntry[] => {
  const entries: JournalEntry[] = [];
  for (let t = from; t <= to; t += MINUTE) entries.push(at(t, telemetry(Math.floor((t - start) / 1000))));
  return entries;
};

describe('what was watched', () => {
  test('a whole night', () => {
    const ledger = ledgerOf([...up, end(8 * HOUR)]);
    assert.deepEqual([ledger.from, ledger.to, ledger.parts, ledger.ended], [0, 8 * HOUR, 1, 'done']);
    assert.deepEqual([ledger.boards[0]?.watchedMs, ledger.boards[0]?.gaps], [8 * HOUR, []]);
    assert.deepEqual(ledgerOf([...up, end(8 * HOUR)], 9 * HOUR), ledger);
  });
  test('a run that still goes on is watched until now', () => {
    const ledger = ledgerOf([...up, alive(HOUR)], HOUR + 3000);
    assert.deepEqual([ledger.to, ledger.ended, ledger.boards[0]?.watchedMs], [HOUR + 3000, null, HOUR + 3000]);
  });
  test('killed, and resumed later', () => {
    const ledger = ledgerOf([...up, alive(HOUR), begin(2 * HOUR, 2), at(2 * HOUR + 50, open), end(3 * HOUR)]);
    assert.equal(ledger.parts, 2);
    assert.deepEqual(ledger.boards[0]?.gaps, [{ from: HOUR, to: 2 * HOUR, reason: 'not-running' }]);
    assert.equal(ledger.boards[0]?.watchedMs, 2 * HOUR);
  });
  test('ended, and resumed later', () => {
    const ledger = ledgerOf([...up, end(HOUR), begin(2 * HOUR, 2), at(2 * HOUR + 50, open), alive(3 * HOUR)]);
    assert.deepEqual([ledger.ended, ledger.boards[0]?.watchedMs], [null, 2 * HOUR]);
  });
  test('a cable that took the power with it: the boot is seen as the port comes back', () => {
    const gap = (...after: JournalEntry[]): unknown =>
      boardOf(...up, at(HOUR, lost), at(HOUR + MINUTE, back), ...after, end(2 * HOUR)).gaps[0]?.restarted;
    const t = HOUR + MINUTE;
    assert.equal(gap(at(t + 300, banner(1))), true);
    assert.equal(gap(at(t + 300, banner(1)), at(t + 900, reason('power-on')), at(t + 20_000, banner(4))), true);
    assert.equal(gap(at(t + 900, reason('power-on'))), true);
    assert.equal(gap(at(t + 300, banner(2))), undefined, 'a reset of another kind says nothing of the time before');
    assert.equal(gap(at(t + 30_000, banner(1))), undefined, 'a brown-out later');
  });
  test('a cable that was out', () => {
    const board = boardOf(...up, at(HOUR, lost), at(HOUR + 20 * MINUTE, back), end(2 * HOUR));
    assert.deepEqual(board.gaps, [{ from: HOUR, to: HOUR + 20 * MINUTE, reason: 'port-lost' }]);
    assert.equal(board.watchedMs, 2 * HOUR - 20 * MINUTE);
    assert.deepEqual(board.incidents, [{ kind: 'port-lost', t: HOUR, until: HOUR + 20 * MINUTE, detail: 'unplugged' }]);
    assert.deepEqual(board.resets.length, 1);
  });
  test('a cable that stays out', () => {
    const board = boardOf(...up, at(HOUR, lost), end(2 * HOUR));
    assert.deepEqual(board.gaps, [{ from: HOUR, to: 2 * HOUR, reason: 'port-lost' }]);
    assert.deepEqual([board.watchedMs, board.incidents[0]?.until], [HOUR, null]);
  });
  test('a port that was not there at first, one that never was, and one that was open before', () => {
    const late = boardOf(begin(), at(100, lost), at(MINUTE, open), end(HOUR));
    assert.deepEqual([late.watchedMs, late.gaps], [HOUR - MINUTE, [{ from: 0, to: MINUTE, reason: 'port-lost' }]]);
    const never = boardOf(begin(), alive(HOUR), end(HOUR));
    assert.deepEqual([never.watchedMs, never.gaps], [0, [{ from: 0, to: HOUR, reason: 'port-lost' }]]);
    const before = boardOf(begin(), at(MINUTE, pullEn), end(HOUR));
    assert.deepEqual([before.watchedMs, before.gaps], [HOUR, []]);
  });
  test('a host that slept', () => {
    const board = boardOf(...up, alive(HOUR), slept(2 * HOUR, HOUR - 5000), end(3 * HOUR));
    assert.deepEqual(board.gaps, [{ from: HOUR + 5000, to: 2 * HOUR, reason: 'suspended' }]);
    assert.equal(board.watchedMs, 2 * HOUR + 5000);
  });
  test('gaps that overlap count once: lost while the host slept, killed while it was lost', () => {
    const asleep = boardOf(
      ...up,
      at(HOUR, lost),
      slept(2 * HOUR, HOUR / 2),
      at(2 * HOUR + MINUTE, back),
      end(3 * HOUR),
    );
    assert.equal(asleep.watchedMs, 2 * HOUR - MINUTE);
    assert.deepEqual(
      asleep.gaps.map(({ reason }) => reason),
      ['port-lost', 'suspended', 'port-lost'],
    );
    // Found out at the wake-up, before the sleep itself was noticed.
    const woke = boardOf(
      ...up,
      at(2 * HOUR, lost),
      slept(2 * HOUR + 20, HOUR),
      at(2 * HOUR + MINUTE, back),
      end(3 * HOUR),
    );
    assert.equal(woke.watchedMs, 2 * HOUR - MINUTE + 20);
    const killed = boardOf(
      ...up,
      at(HOUR, lost),
      alive(2 * HOUR),
      begin(3 * HOUR, 2),
      at(3 * HOUR, open),
      end(4 * HOUR),
    );
    assert.equal(killed.watchedMs, 2 * HOUR);
    assert.deepEqual(
      killed.gaps.map(({ reason }) => reason),
      ['port-lost', 'not-running'],
    );
    assert.equal(killed.incidents[0]?.until, 3 * HOUR);
  });
  test('the clock of the wall is none of ours', () => {
    const stepped: JournalEntry = { kind: 'host', t: HOUR, what: 'clock-stepped', ms: -HOUR };
    const ledger = ledgerOf([...up, stepped, end(2 * HOUR)]);
    assert.equal(ledger.boards[0]?.watchedMs, 2 * HOUR);
    assert.deepEqual(ledger.host, [{ t: HOUR, what: 'clock-stepped', ms: -HOUR }]);
  });
});

describe('uptime before a reset', () => {
  const last = (...entries: readonly JournalEntry[]) => boardOf(...up, ...entries).resets.at(-1)?.uptimeMs;
  test('is watched time only', () => {
    assert.equal(last(at(HOUR, banner(4))), HOUR - 1000);
    assert.equal(last(at(MINUTE, lost), at(2 * MINUTE, back), at(HOUR, banner(4))), null);
    assert.equal(last(slept(10 * MINUTE, MINUTE), at(HOUR, banner(4))), null);
    assert.equal(last(alive(MINUTE), begin(10 * MINUTE, 2), at(HOUR, banner(4))), null);
    assert.equal(last(at(MINUTE, lost), at(2 * MINUTE, back), at(HOUR, banner(4)), at(2 * HOUR, banner(4))), HOUR);
  });
  test('also where the sleep is noticed after the reset that followed it', () => {
    assert.equal(last(at(HOUR, banner(4)), slept(HOUR + 10, 10 * MINUTE)), null);
  });
  test('unknown before the first', () => {
    assert.equal(boardOf(begin(), at(5, open), at(HOUR, banner(1))).resets[0]?.uptimeMs, null);
  });
});

describe('resets that nobody saw', () => {
  const started = 1500;
  const before = [...up, ...minutes(started, MINUTE, 30 * MINUTE)];
  test('while the cable was out', () => {
    const restart = 35 * MINUTE;
    const board = boardOf(
      ...before,
      at(30 * MINUTE + 10, lost),
      at(40 * MINUTE, back),
      ...minutes(restart, 41 * MINUTE, HOUR),
      end(HOUR),
    );
    const [reset, ...others] = own(board);
    assert.deepEqual(others, []);
    assert.deepEqual([reset?.cause, reset?.uptimeMs, reset?.confidence], ['unknown', null, 0.3]);
    assert.ok(Math.abs((reset?.t ?? 0) - restart) <= SECOND);
    assert.match(reset?.evidence.join(' ') ?? '', /Reset while not watched/);
    assert.equal(board.gaps[0]?.restarted, true);
  });
  test('none while the cable was out: the uptime went on', () => {
    const board = boardOf(
      ...before,
      at(30 * MINUTE + 10, lost),
      at(40 * MINUTE, back),
      ...minutes(started, 41 * MINUTE, HOUR),
    );
    assert.deepEqual(own(board), []);
    assert.equal(board.gaps[0]?.restarted, false);
    assert.match(board.incidents[0]?.detail ?? '', /ran through it/);
  });
  test('while nothing ran, longer ago than the uptime before', () => {
    const board = boardOf(
      ...up,
      ...minutes(started, MINUTE, 5 * MINUTE),
      begin(HOUR, 2),
      at(HOUR + 10, open),
      ...minutes(20 * MINUTE, HOUR + MINUTE, 2 * HOUR),
    );
    assert.deepEqual(
      own(board).map(({ cause }) => cause),
      ['unknown'],
    );
    const through = boardOf(
      ...up,
      ...minutes(started, MINUTE, 5 * MINUTE),
      begin(HOUR, 2),
      at(HOUR + 10, open),
      ...minutes(started, HOUR + MINUTE, 2 * HOUR),
    );
    assert.deepEqual(own(through), []);
  });
  test('a line that waited in a buffer while the host slept is no sign of a reset', () => {
    const board = boardOf(
      ...before,
      slept(5 * HOUR, 4 * HOUR),
      at(5 * HOUR + 20, telemetry(31 * 60)),
      ...minutes(started, 5 * HOUR + MINUTE, 6 * HOUR),
    );
    assert.deepEqual(own(board), []);
  });
  test('while it was watched: the banner was not readable, and nothing else was printed', () => {
    const board = boardOf(...before, ...minutes(32 * MINUTE, 33 * MINUTE, HOUR));
    assert.deepEqual(
      own(board).map(({ cause, confidence }) => [cause, confidence]),
      [['unknown', 0.4]],
    );
    assert.match(own(board)[0]?.evidence[0] ?? '', /No boot was seen/);
    assert.equal(own(board)[0]?.uptimeMs, 32 * MINUTE - 1000);
  });
  test('seen by its own line after the gap: counted once', () => {
    const board = boardOf(
      ...before,
      at(31 * MINUTE, lost),
      at(40 * MINUTE, back),
      at(40 * MINUTE + 300, reason('power-on')),
      at(40 * MINUTE + 900, web),
      ...minutes(40 * MINUTE, 41 * MINUTE, HOUR),
    );
    assert.deepEqual(
      own(board).map(({ cause }) => cause),
      ['power'],
    );
  });
  test('an uptime of unknown unit shows a restart only when it goes back', () => {
    const foreign = (t: number, uptime: number) => at(t, { type: 'telemetry', values: { uptime } });
    assert.deepEqual(own(boardOf(...up, foreign(HOUR, 1), foreign(2 * HOUR, 2), foreign(3 * HOUR, 3))), []);
    assert.equal(own(boardOf(...up, foreign(HOUR, 60), foreign(2 * HOUR, 120), foreign(3 * HOUR, 5))).length, 1);
  });
  test('lines that come late are no restart', () => {
    const board = boardOf(
      ...before,
      at(31 * MINUTE + 40 * SECOND, telemetry(31 * 60 - 2)),
      ...minutes(started, 32 * MINUTE, HOUR),
    );
    assert.deepEqual(own(board), []);
  });
});

test('a line on the wire as we pull EN is no sign of another reset', () => {
  const board = boardOf(
    ...up,
    ...minutes(1500, MINUTE, 10 * MINUTE),
    at(11 * MINUTE, pullEn),
    at(11 * MINUTE + 5, telemetry(659)),
    ...minutes(11 * MINUTE, 12 * MINUTE, 20 * MINUTE),
  );
  assert.deepEqual(
    board.resets.map(({ commanded }) => commanded),
    [true, true],
  );
});
