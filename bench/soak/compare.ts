/** A ledger held against what was done to its boards, entry by entry. */
import type { BoardLedger, Ledger } from '../../src/soak/ledger-types.js';
import type { Done, Expected, Range } from './expect.js';
import { expectedOf } from './expect.js';
import type { FaultName } from './schedule.js';

export type Judgement = 'right' | 'wrong' | 'missing' | 'extra' | 'not-due';

export interface Row {
  readonly board: number;
  /** ms since 1970: of the ledger's entry, else the earliest that was expected. */
  readonly t: number;
  readonly expected: string;
  readonly found: string;
  readonly judgement: Judgement;
}

export interface Comparison {
  readonly rows: readonly Row[];
  readonly counts: Readonly<Record<Judgement, number>>;
}

/** An entry of the ledger, of any kind. */
interface Found {
  readonly entry: Expected['entry'];
  readonly t: number;
  /** Undefined where it has no end; null where it had not ended. */
  readonly until?: number | null;
  /** What is to be equal. */
  readonly what: string;
}

export function compare(ledger: Ledger, done: Done): Comparison {
  const expected = expectedOf(done);
  const rows = ledger.boards.flatMap((board, number) =>
    boardRows(
      number,
      foundOf(board),
      expected.filter((one) => one.board === number),
    ),
  );
  rows.push(...crashRows(ledger, done), ...bootRows(ledger, done));
  const parts = done.kill === null ? 1 : 2;
  const right =
    ledger.parts === parts && ledger.ended === 'done' && ledger.host.length === 0 && ledger.storage.length === 0;
  rows.push({
    board: -1,
    t: ledger.from,
    expected: `${parts} part(s), done, host 0, storage 0`,
    found: `${ledger.parts} part(s), ${ledger.ended}, host ${ledger.host.length}, storage ${ledger.storage.length}`,
    judgement: right ? 'right' : 'wrong',
  });
  const counts = { right: 0, wrong: 0, missing: 0, extra: 0, 'not-due': 0 };
  for (const { judgement } of rows) counts[judgement] += 1;
  return { rows: rows.sort((a, b) => a.board - b.board || a.t - b.t), counts };
}

function foundOf(board: BoardLedger): Found[] {
  return [
    ...board.resets
      .filter(({ loop }) => loop === null)
      .map(({ t, cause, commanded }): Found => ({ entry: 'reset', t, what: resetText(cause, commanded) })),
    ...board.loops.map(({ from, to, cause }): Found => ({ entry: 'loop', t: from, until: to, what: cause })),
    ...board.incidents.map(({ t, until, kind }): Found => ({ entry: 'incident', t, until, what: kind })),
    ...board.gaps.map(
      ({ from, to, reason, restarted }): Found => ({
        entry: 'gap',
        t: from,
        until: to,
        what: gapText(reason, restarted),
      }),
    ),
  ];
}

function resetText(cause: string, commanded: boolean): string {
  return `${cause}${commanded ? ' (commanded)' : ''}`;
}

function gapText(reason: string, restarted: boolean | undefined): string {
  return `${reason}, ${restarted === undefined ? 'restart not known' : restarted ? 'restarted' : 'ran through'}`;
}

/** What may be found for an expected entry, and is right. */
function wordings(expected: Expected): readonly string[] {
  switch (expected.entry) {
    case 'reset':
      return expected.causes.map((cause) => resetText(cause, expected.commanded));
    case 'loop':
      return expected.causes;
    case 'incident':
      return [expected.kind];
    case 'gap':
      return [gapText(expected.reason, expected.restarted)];
  }
}

function boardRows(board: number, found: readonly Found[], expected: readonly Expected[]): Row[] {
  const left = new Set(found);
  const rows: Row[] = [];
  // What must be there takes its entry before what may be.
  const inOrder = [...expected].sort((a, b) => Number(isMaybe(a)) - Number(isMaybe(b)) || a.t[0] - b.t[0]);
  for (const one of inOrder) {
    const words = wordings(one);
    const inTime = [...left].filter(({ entry, t }) => entry === one.entry && within(t, one.t));
    const match =
      inTime.find(({ what, until }) => words.includes(what) && ends(until, one)) ??
      inTime.find(({ what }) => words.includes(what)) ??
      (one.entry === 'incident' ? undefined : inTime[0]);
    const text = `${one.entry} ${words.join('|')}`;
    if (match === undefined) {
      rows.push({ board, t: one.t[0], expected: text, found: '-', judgement: isMaybe(one) ? 'not-due' : 'missing' });
      continue;
    }
    left.delete(match);
    const right = words.includes(match.what) && ends(match.until, one);
    const length = typeof match.until === 'number' ? `, ${((match.until - match.t) / 1000).toFixed(1)} s` : '';
    rows.push({
      board,
      t: match.t,
      expected: text,
      found: `${match.entry} ${match.what}${length}`,
      judgement: right ? 'right' : 'wrong',
    });
  }
  for (const { entry, t, what } of left) {
    rows.push({ board, t, expected: '-', found: `${entry} ${what}`, judgement: 'extra' });
  }
  return rows;
}

/** Crashes at one place are one group, with its count; a loop's are at the place of `exception`. */
function crashRows(ledger: Ledger, { injected, kill }: Done): Row[] {
  return ledger.boards.map((board, number) => {
    const seen = injected.filter(
      (one) => one.board === number && (kill === null || one.began < kill.killed || one.began > kill.resumed),
    );
    const count = (fault: FaultName): number => seen.filter((one) => one.fault === fault).length;
    const looped = board.loops.reduce((sum, { resets }) => sum + resets, 0);
    const wanted = [
      count('exception') + (count('boot-loop') > 0 ? looped : 0),
      count('exception-elsewhere'),
      count('abort'),
      count('watchdog'),
    ];
    const text = (counts: readonly number[]): string => {
      const some = counts.filter((n) => n > 0).sort((a, b) => a - b);
      return some.length === 0 ? 'no crash group' : `crash groups of ${some.join(', ')}`;
    };
    const [expected, found] = [text(wanted), text(board.crashGroups.map(({ count: n }) => n))];
    return { board: number, t: ledger.to, expected, found, judgement: expected === found ? 'right' : 'wrong' };
  });
}

/** Every start of a board, by its own log: in a loop they are not told one by one. */
function bootRows(ledger: Ledger, { boots }: Done): Row[] {
  return ledger.boards.map((board, number) => {
    const single = board.resets.filter(({ loop }) => loop === null).length;
    const found = single + board.loops.reduce((sum, { resets }) => sum + resets, 0);
    const expected = boots[number] ?? 0;
    const judgement = expected === found ? 'right' : 'wrong';
    return { board: number, t: ledger.to, expected: `${expected} resets in all`, found: `${found}`, judgement };
  });
}

function isMaybe(expected: Expected): boolean {
  return expected.entry === 'incident' && expected.maybe;
}

function ends(until: number | null | undefined, expected: Expected): boolean {
  if (expected.entry === 'reset' || until === undefined) return true;
  return until !== null && within(until, expected.until);
}

function within(t: number, [from, to]: Range): boolean {
  return t >= from && t <= to;
}
