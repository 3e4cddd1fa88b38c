/** Is run B better than run A, worse, or can it not be told? */
import type { BoardLedger, HeapTrend, Ledger, RateEstimate } from './ledger-types.js';
import { count, figure, percent } from './report/words.js';
import { fisherExact } from './stats/exact-tests.js';
import { heapTrend } from './stats/heap-trend.js';
import { CONFIDENCE, compareRates, type RateRatio } from './stats/poisson.js';
import { resetRate, watchedHours } from './stats/resets.js';
import { hoursText, pText } from './stats/wording.js';

/** What B is against A. */
export type Outcome = 'better' | 'worse' | 'not-distinguishable';

export interface ResetComparison {
  readonly outcome: Outcome;
  /** Two-sided exact; 1 where there is nothing to compare. */
  readonly pValue: number;
  readonly a: RateEstimate;
  readonly b: RateEstimate;
  /** Rate of B over rate of A. */
  readonly ratio: RateRatio;
  readonly text: string;
}

export interface HeapComparison {
  /** As it is named in B. */
  readonly board: string;
  /** `not-distinguishable` where the intervals overlap or one is missing. */
  readonly outcome: Outcome;
  readonly a: HeapTrend | null;
  readonly b: HeapTrend | null;
  readonly text: string;
}

export interface ProbeShare {
  readonly asked: number;
  readonly failed: number;
}

export interface ProbeComparison {
  readonly outcome: Outcome;
  /** Null where a run asked no probe. */
  readonly pValue: number | null;
  readonly a: ProbeShare;
  readonly b: ProbeShare;
  readonly text: string;
}

export interface CrashComparison {
  readonly signature: string;
  readonly title: string;
  readonly change: 'gone' | 'new' | 'both';
  /** Crashes in each run. */
  readonly a: number;
  readonly b: number;
  /**
   * Of the two rates; a crash that is gone with a high p-value may only not have happened again. Every crash of a boot
   * loop counts, so it is too small where the crashes come from one.
   */
  readonly pValue: number;
  readonly text: string;
}

export interface Comparison {
  /** `mixed`: better in one respect, worse in another. */
  readonly overall: Outcome | 'mixed';
  /** One sentence for the whole. */
  readonly text: string;
  readonly resets: ResetComparison;
  readonly heap: readonly HeapComparison[];
  readonly probes: ProbeComparison;
  /** New ones first, then those in both, then those that are gone. */
  readonly crashes: readonly CrashComparison[];
  /** Boards that only one run has: their resets and probes count, their heap cannot be compared. */
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
}

const SIGNIFICANT = 1 - CONFIDENCE;

function outcomeOf(pValue: number, less: boolean): Outcome {
  if (pValue >= SIGNIFICANT) return 'not-distinguishable';
  return less ? 'better' : 'worse';
}

function inWords(outcome: Outcome): string {
  return outcome === 'not-distinguishable' ? 'not distinguishable' : outcome;
}

function rateText(rate: RateEstimate): string {
  return `${rate.events} in ${hoursText(rate.hours)}`;
}

function compareResets(a: Ledger, b: Ledger): ResetComparison {
  const [rateA, rateB] = [resetRate(a.boards), resetRate(b.boards)];
  const { pValue, ratio } = compareRates(rateA, rateB);
  const outcome = outcomeOf(pValue, rateB.perHour < rateA.perHour);
  const range = `${figure(ratio.low)} to ${ratio.high === null ? 'unlimited' : figure(ratio.high)}`;
  const times = ratio.value === null ? 'rate ratio' : `rate ratio ${figure(ratio.value)},`;
  const unwatched = [rateA.hours === 0 ? 'A' : '', rateB.hours === 0 ? 'B' : ''].filter(Boolean).join(' and ');
  const found =
    unwatched !== ''
      ? `${unwatched} watched nothing, so nothing can be told`
      : rateA.events + rateB.events === 0
        ? `${inWords(outcome)}, as neither run had one`
        : `${inWords(outcome)} (${pText(pValue)}; ${times} ${percent(CONFIDENCE)}: ${range})`;
  const text = `Uncommanded resets: ${rateText(rateA)} before, ${rateText(rateB)} now: ${found}.`;
  return { outcome, pValue, a: rateA, b: rateB, ratio, text };
}

/** The same board in both runs: by MAC where both know it, else by name; the only board of each run is taken as the same. */
function counterpart(board: BoardLedger, a: Ledger, b: Ledger): BoardLedger | undefined {
  const named = (other: BoardLedger): boolean =>
    other.name === board.name && (other.mac === null || board.mac === null);
  const [only] = a.boards;
  return (
    a.boards.find(({ mac }) => mac !== null && mac === board.mac) ??
    a.boards.find(named) ??
    (a.boards.length === 1 && b.boards.length === 1 ? only : undefined)
  );
}

/**
 * Slopes differ where their 95 % intervals do not overlap; that is stricter than a test at 5 %. With more heap lost
 * an hour B is worse.
 */
function compareHeap(before: BoardLedger, board: BoardLedger): HeapComparison {
  const [a, b] = [heapTrend(before), heapTrend(board)];
  const slopes = (trend: HeapTrend): string =>
    `${figure(Math.round(trend.slope))} B/h (${figure(Math.round(trend.low))} to ${figure(Math.round(trend.high))})`;
  if (a === null || b === null) {
    const which = a === null ? (b === null ? 'both runs' : 'A') : 'B';
    const text = `Heap of ${board.name}: too few readings in ${which} to compare.`;
    return { board: board.name, outcome: 'not-distinguishable', a, b, text };
  }
  const outcome: Outcome = b.low > a.high ? 'better' : b.high < a.low ? 'worse' : 'not-distinguishable';
  const text = `Heap of ${board.name}: ${slopes(a)} before, ${slopes(b)} now: ${inWords(outcome)}.`;
  return { board: board.name, outcome, a, b, text };
}

function probeShare({ boards }: Ledger): ProbeShare {
  const asked = boards.reduce((sum, { probes }) => sum + probes.asked, 0);
  return { asked, failed: asked - boards.reduce((sum, { probes }) => sum + probes.answered, 0) };
}

/**
 * Fisher's exact test of the shares that failed. It takes probes as independent; they fail in bursts (one outage, many
 * probes), so its p-value is too small, and a difference that rests on one outage is not proven by it.
 */
function compareProbes(ledgerA: Ledger, ledgerB: Ledger): ProbeComparison {
  const [a, b] = [probeShare(ledgerA), probeShare(ledgerB)];
  const shareText = ({ asked, failed }: ProbeShare): string => `${failed} of ${asked}`;
  if (a.asked === 0 || b.asked === 0) {
    const which = a.asked === 0 ? (b.asked === 0 ? 'either run' : 'A') : 'B';
    return {
      outcome: 'not-distinguishable',
      pValue: null,
      a,
      b,
      text: `Probe failures: no probe in ${which}, nothing to compare.`,
    };
  }
  const pValue = fisherExact(a.failed, a.asked, b.failed, b.asked);
  const outcome = outcomeOf(pValue, b.failed / b.asked < a.failed / a.asked);
  const text = `Probe failures: ${shareText(a)} before, ${shareText(b)} now: ${inWords(outcome)} (${pText(pValue)}).`;
  return { outcome, pValue, a, b, text };
}

interface Crashes {
  readonly title: string;
  readonly events: number;
}

function crashesOf({ boards }: Ledger): Map<string, Crashes> {
  const found = new Map<string, Crashes>();
  for (const { signature, title, count: events } of boards.flatMap(({ crashGroups }) => crashGroups)) {
    found.set(signature, { title, events: events + (found.get(signature)?.events ?? 0) });
  }
  return found;
}

const CHANGES: readonly CrashComparison['change'][] = ['new', 'both', 'gone'];

function compareCrashes(a: Ledger, b: Ledger): CrashComparison[] {
  const [before, now] = [crashesOf(a), crashesOf(b)];
  const [hoursA, hoursB] = [watchedHours(a.boards), watchedHours(b.boards)];
  const all = new Map([...before, ...now]);
  const compared = [...all].map(([signature, { title }]): CrashComparison => {
    const [inA, inB] = [before.get(signature)?.events ?? 0, now.get(signature)?.events ?? 0];
    const change = inA === 0 ? 'new' : inB === 0 ? 'gone' : 'both';
    const { pValue } = compareRates({ events: inA, hours: hoursA }, { events: inB, hours: hoursB });
    const word = change === 'both' ? 'in both runs' : change;
    const chance = pValue < SIGNIFICANT ? '' : ', may be chance';
    const text = `${title}: ${word}, ${inA} before, ${inB} now (${pText(pValue)}${chance}).`;
    return { signature, title, change, a: inA, b: inB, pValue, text };
  });
  return compared.sort(
    (x, y) =>
      CHANGES.indexOf(x.change) - CHANGES.indexOf(y.change) ||
      y.a + y.b - x.a - x.b ||
      (x.signature < y.signature ? -1 : 1),
  );
}

function overallOf(outcomes: readonly Outcome[]): Comparison['overall'] {
  const [better, worse] = [outcomes.includes('better'), outcomes.includes('worse')];
  if (better && worse) return 'mixed';
  return better ? 'better' : worse ? 'worse' : 'not-distinguishable';
}

/**
 * Run `b` against run `a`: rate of resets, heap board by board, probe failures, crash signatures. Each difference is
 * called one at 5 %, without a correction for the number of comparisons: of twenty pairs of equal runs about one is
 * called different in a given respect. Crash signatures do not enter `overall`: their resets already do.
 */
export function compareRuns(a: Ledger, b: Ledger): Comparison {
  const pairs = b.boards.map((board) => ({ board, before: counterpart(board, a, b) }));
  const matched = new Set(pairs.map(({ before }) => before));
  const resets = compareResets(a, b);
  const heap = pairs.flatMap(({ board, before }) => (before === undefined ? [] : [compareHeap(before, board)]));
  const probes = compareProbes(a, b);
  const overall = overallOf([resets.outcome, probes.outcome, ...heap.map(({ outcome }) => outcome)]);
  const respects = [
    ...(resets.outcome === 'not-distinguishable' ? [] : [`resets ${resets.outcome}`]),
    ...(['better', 'worse'] as const).flatMap((word) => {
      const boards = heap.filter(({ outcome }) => outcome === word).length;
      return boards === 0 ? [] : [`heap ${word} on ${count(boards, 'board')}`];
    }),
    ...(probes.outcome === 'not-distinguishable' ? [] : [`probe failures ${probes.outcome}`]),
  ];
  const text =
    overall === 'not-distinguishable'
      ? 'The two runs cannot be told apart.'
      : `The second run is ${overall === 'mixed' ? 'better and worse' : overall}: ${respects.join(', ')}.`;
  return {
    overall,
    text,
    resets,
    heap,
    probes,
    crashes: compareCrashes(a, b),
    onlyInA: a.boards.filter((board) => !matched.has(board)).map(({ name }) => name),
    onlyInB: pairs.filter(({ before }) => before === undefined).map(({ board }) => board.name),
  };
}
