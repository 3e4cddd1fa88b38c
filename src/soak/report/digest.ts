/** What every format needs of a ledger: the numbers of a board, and all that happened in one row. */

import { durationText } from '../../units.js';
import type {
  BoardLedger,
  Finding,
  Gap,
  HeapTrend,
  IncidentEntry,
  Ledger,
  LoopEntry,
  ResetEntry,
  SoakVerdict,
} from '../ledger-types.js';
import { countResets } from '../stats/resets.js';
import { figure, heapText, percent } from './words.js';

export interface BoardDigest {
  readonly ledger: BoardLedger;
  readonly findings: readonly Finding[];
  readonly passed: boolean;
  /** Uncommanded, a loop counted once; also those that the ledger had no room to list, as below. */
  readonly ownResets: number;
  readonly commanded: number;
  readonly crashes: number;
  readonly minHeap: number | null;
  readonly unwatchedMs: number;
  readonly trend: HeapTrend | null;
}

export function digest(ledger: BoardLedger, verdict: SoakVerdict): BoardDigest {
  const findings = verdict.findings.filter((f) => f.board === ledger.name);
  return {
    ledger,
    findings,
    passed: findings.every((f) => f.passed),
    ownResets: countResets(ledger).events,
    commanded: ledger.resets.filter((r) => r.commanded).length + (ledger.leftOut?.commandedResets ?? 0),
    crashes: ledger.crashGroups.reduce((sum, group) => sum + group.count, ledger.leftOut?.crashes ?? 0),
    minHeap: ledger.series.heap?.v.reduce((low, v) => Math.min(low, v), Number.POSITIVE_INFINITY) ?? null,
    unwatchedMs: ledger.gaps.reduce((sum, gap) => sum + (gap.to - gap.from), 0),
    trend: verdict.heap.find((h) => h.board === ledger.name)?.trend ?? null,
  };
}

/** One row of the story of the night; `board` is its index in the ledger, null for what concerns them all. */
export type Happening = { readonly board: number | null; readonly t: number } & (
  | { readonly kind: 'reset'; readonly reset: ResetEntry }
  | { readonly kind: 'loop'; readonly loop: LoopEntry }
  /** Resets of a loop that are not told one by one. */
  | { readonly kind: 'folded'; readonly loop: number; readonly resets: number }
  | { readonly kind: 'incident'; readonly incident: IncidentEntry }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'host'; readonly entry: Ledger['host'][number] }
  | { readonly kind: 'storage'; readonly entry: Ledger['storage'][number] }
);

/** Of a loop the first resets show how it began; the others look the same. */
const TOLD_OF_A_LOOP = 3;

/**
 * Everything that happened, in order of time. A loop's resets are folded after the first few; when more than
 * `limit` rows are left, resets and loops stay before anything else, and `omitted` says how many rows went.
 */
export function happenings(
  ledger: Ledger,
  limit: number,
): { readonly rows: readonly Happening[]; readonly omitted: number } {
  const all: Happening[] = [
    ...ledger.boards.flatMap((board, index) => boardHappenings(board, index)),
    ...ledger.host.map((entry): Happening => ({ kind: 'host', board: null, t: entry.t, entry })),
    ...ledger.storage.map((entry): Happening => ({ kind: 'storage', board: null, t: entry.from, entry })),
  ];
  const kept = [...all].sort((a, b) => weight(a) - weight(b) || a.t - b.t).slice(0, limit);
  return { rows: kept.sort((a, b) => a.t - b.t), omitted: all.length - kept.length };
}

function weight(row: Happening): number {
  if (row.kind === 'incident') return row.incident.kind === 'mode-changed' ? 2 : 1;
  return row.kind === 'reset' && row.reset.commanded ? 2 : 0;
}

function boardHappenings(board: BoardLedger, index: number): Happening[] {
  const rows: Happening[] = [];
  const told = new Map<number, ResetEntry[]>();
  for (const reset of board.resets) {
    if (reset.loop === null) {
      rows.push({ kind: 'reset', board: index, t: reset.t, reset });
      continue;
    }
    const resets = told.get(reset.loop);
    if (resets === undefined) told.set(reset.loop, [reset]);
    else resets.push(reset);
  }
  for (const loop of board.loops) {
    rows.push({ kind: 'loop', board: index, t: loop.from, loop });
    const resets = told.get(loop.number) ?? [];
    for (const reset of resets.slice(0, TOLD_OF_A_LOOP)) rows.push({ kind: 'reset', board: index, t: reset.t, reset });
    const folded = resets[TOLD_OF_A_LOOP];
    if (folded !== undefined) {
      rows.push({
        kind: 'folded',
        board: index,
        t: folded.t,
        loop: loop.number,
        resets: loop.resets - TOLD_OF_A_LOOP,
      });
    }
  }
  for (const incident of board.incidents) rows.push({ kind: 'incident', board: index, t: incident.t, incident });
  for (const gap of board.gaps) rows.push({ kind: 'gap', board: index, t: gap.from, gap });
  return rows;
}

/** The findings that failed. */
export function failures(verdict: SoakVerdict): readonly Finding[] {
  return verdict.findings.filter((finding) => !finding.passed);
}

/** Sum of the watched time of all boards, and of the time that they could have been watched, ms. */
export function watchedTime(ledger: Ledger): { readonly watched: number; readonly possible: number } {
  const watched = ledger.boards.reduce((sum, board) => sum + board.watchedMs, 0);
  return { watched, possible: (ledger.to - ledger.from) * ledger.boards.length };
}

/** The figures of a board's row, from its watched time to its slowest probes. */
export function boardFigures({ watchedMs, probes }: BoardLedger, d: BoardDigest): readonly string[] {
  return [
    durationText(watchedMs),
    String(d.ownResets),
    String(d.commanded),
    String(d.crashes),
    heapText(d.minHeap),
    probes.asked === 0 ? '-' : percent(probes.answered / probes.asked),
    probes.rtt === null ? '-' : `${figure(probes.rtt.p99)} ms`,
  ];
}
