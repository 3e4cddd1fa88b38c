/** Holds a ledger against thresholds. */
import { modeInWords } from '../board/wording.js';
import { durationText } from '../units.js';
import { isBesidePort } from './ledger-draft.js';
import type { BoardLedger, Finding, HeapTrend, Ledger, SoakVerdict, Thresholds } from './ledger-types.js';
import { proofInWords } from './proof.js';
import { count, percent } from './report/words.js';
import { heapTrend } from './stats/heap-trend.js';
import { hoursWithoutEvent } from './stats/poisson.js';
import { countResets, resetRate, wasHeard, watchedHours } from './stats/resets.js';
import { coveredMs } from './stats/spans.js';
import { hoursText } from './stats/wording.js';

/** What a board that prints telemetry and answers probes is held to; a silent sketch needs `silenceMs: null`. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  resets: 0,
  silenceMs: 300_000,
  probeFailures: 0.01,
  heapLossPerHour: 500,
  minFreeHeap: null,
  contradictions: 0,
};

type Held = Omit<Finding, 'board' | 'threshold'>;

/** A port that is gone at the end for longer than this did not just go away, ms. */
const GONE_MS = 60_000;
/** An uptime in whole seconds places a restart no better than this, ms. */
const PLACED_MS = 1_500;

/** Why a board that did not reset too often fails all the same; null for one that runs, as far as anybody knows. */
function lostAtEnd({ gaps, mode }: BoardLedger, end: number): string | null {
  const [last] = gaps.filter(({ reason, to }) => reason === 'port-lost' && to >= end);
  if (last !== undefined && last.to - last.from > GONE_MS) {
    return `Its port was gone for the last ${durationText(last.to - last.from)}: nothing shows that it runs.`;
  }
  const stuck = mode === 'bootloader' || mode === 'no-firmware' || mode === 'boot-loop';
  return stuck ? `At the end it does not run: ${modeInWords(mode)}.` : null;
}

/** What stood beside the resets that count, for whoever decides whether they are the board's fault. */
function circumstances({ resets, gaps }: BoardLedger): string {
  const own = resets.filter(({ commanded, loop }) => !commanded && loop === null);
  const isHidden = (t: number): boolean =>
    gaps.some(({ from, to, restarted }) => restarted === true && t >= from - PLACED_MS && t <= to + PLACED_MS);
  const hidden = own.filter(({ t, cause }) => cause === 'unknown' && isHidden(t)).length;
  const beside = own.filter(isBesidePort).length;
  return [
    hidden === 0 ? '' : `, ${hidden} of them while it was not watched`,
    beside === 0 ? '' : `, ${beside} of them as the USB port went away or came back (power or cable)`,
  ].join('');
}

/**
 * Every restart that espwatch did not command counts, also one that came with a pulled cable or in time that was not
 * watched: whether the board was to blame is not known then, so that it is told and not excused.
 */
function holdResets(board: BoardLedger, allowed: number, end: number): Held {
  const hours = hoursText(watchedHours([board]));
  if (board.watchedMs <= 0) return { passed: false, text: 'Not watched at all: nothing shows that it did not reset.' };
  if (!wasHeard(board)) {
    return { passed: false, text: `Never heard in ${hours}: nothing shows that it did not reset.` };
  }
  const { events, loops, inLoops } = countResets(board);
  const looped =
    loops === 0
      ? ''
      : ` (${count(loops, 'boot loop')} of ${count(inLoops, 'reset')} counted once${loops > 1 ? ' each' : ''})`;
  const seen = events === 0 ? 'No uncommanded reset' : count(events, 'uncommanded reset');
  const gone = lostAtEnd(board, end);
  const text = `${seen}${looped} in ${hours}${circumstances(board)}; allowed ${allowed}.`;
  return { passed: events <= allowed && gone === null, text: gone === null ? text : `${text} ${gone}` };
}

/**
 * The longest silence. Incidents of the kind `silence` begin at the last sign of life; time that was not watched is
 * taken out, and a silence that lasts ends with the run.
 */
function holdSilence(board: BoardLedger, allowedMs: number, end: number): Held {
  const limit = `allowed ${durationText(allowedMs)}`;
  if (!wasHeard(board)) return { passed: false, text: `Never heard in ${hoursText(watchedHours([board]))}; ${limit}.` };
  const lengths = board.incidents
    .filter(({ kind }) => kind === 'silence')
    .map(({ t, until }) => ({ from: t, to: until ?? end }))
    .map((span) => span.to - span.from - coveredMs(board.gaps, span));
  const longest = Math.max(0, ...lengths);
  const over = lengths.filter((length) => length > allowedMs).length;
  const seen =
    longest === 0
      ? board.series.heap === undefined && board.series.rssi === undefined
        ? 'No silence was seen, but no telemetry that could fall silent either'
        : 'No silence'
      : `Silent for ${durationText(longest)}${over > 1 ? ` at most, ${over} times too long` : ''}`;
  return { passed: over === 0, text: `${seen}; ${limit}.` };
}

/** Share of the probes asked that had no answer: all of them count the same, also those of one long outage. */
function holdProbes({ probes: { asked, answered } }: BoardLedger, allowed: number, wanted: boolean): Held {
  const limit = `allowed ${percent(allowed)}`;
  if (asked === 0 && wanted) {
    const why = 'No probe could be asked: no mode was announced, or no broker was named';
    return { passed: false, text: `${why} (probes that are not wanted: --probe-every none).` };
  }
  if (asked === 0) return { passed: true, text: `No probe was asked, so none failed; ${limit}.` };
  const failed = asked - answered;
  const share = failed / asked;
  return {
    passed: share <= allowed,
    text: `${failed} of ${count(asked, 'probe')} without an answer (${percent(share)}); ${limit}.`,
  };
}

/** Fails only where the whole interval of the slope lies beyond the limit: noise alone is no finding. */
function holdHeapLoss(trend: HeapTrend | null, allowed: number): Held {
  const limit = `allowed loss ${allowed} B/h`;
  if (trend === null) return { passed: true, text: `Too few heap readings for a trend; ${limit}.` };
  const [slope, low, high] = [trend.slope, trend.low, trend.high].map(
    (value) => `${value > 0 ? '+' : ''}${Math.round(value)}`,
  );
  const end = trend.exhaustedInMs === null ? '' : `, used up in ${durationText(trend.exhaustedInMs)}`;
  return {
    passed: trend.high >= -allowed,
    text: `Free heap changes by ${slope} B/h (${percent(trend.confidence)}: ${low} to ${high})${end}; ${limit}.`,
  };
}

function holdFreeHeap({ series }: BoardLedger, least: number): Held {
  const readings = series.heap?.v ?? [];
  const limit = `wanted at least ${least} B`;
  if (readings.length === 0) return { passed: false, text: `No reading of the free heap; ${limit}.` };
  const lowest = readings.reduce((a, b) => Math.min(a, b));
  return { passed: lowest >= least, text: `Least free heap ${lowest} B; ${limit}.` };
}

/**
 * Contradictions between serial output and network, resolved or not: the ledger lists only those that a second probe
 * or some time confirmed. A board that ends contradicted counts at least once.
 */
function holdContradictions(board: BoardLedger, allowed: number): Held {
  const incidents = board.incidents.filter(({ kind }) => kind === 'contradiction').length;
  const found = board.verdict === 'contradicted' ? Math.max(1, incidents) : incidents;
  const seen = found === 0 ? 'No contradiction' : count(found, 'contradiction');
  return { passed: found <= allowed, text: `${seen} between serial output and network; allowed ${allowed}.` };
}

/** A board that was not watched has nothing to hold against a threshold: one finding says so. */
function findings(
  board: BoardLedger,
  trend: HeapTrend | null,
  thresholds: Thresholds,
  probesWanted: boolean,
  end: number,
): Finding[] {
  const held: Finding[] = [];
  const add = (threshold: keyof Thresholds, result: Held): void => {
    held.push({ board: board.name, threshold, ...result });
  };
  add('resets', holdResets(board, thresholds.resets, end));
  if (board.watchedMs <= 0) return held;
  const { silenceMs, probeFailures, heapLossPerHour, minFreeHeap, contradictions } = thresholds;
  if (silenceMs !== null) add('silenceMs', holdSilence(board, silenceMs, end));
  if (probeFailures !== null) add('probeFailures', holdProbes(board, probeFailures, probesWanted));
  if (heapLossPerHour !== null) add('heapLossPerHour', holdHeapLoss(trend, heapLossPerHour));
  if (minFreeHeap !== null) add('minFreeHeap', holdFreeHeap(board, minFreeHeap));
  add('contradictions', holdContradictions(board, contradictions));
  return held;
}

/**
 * Passes only if every threshold holds on every board, there is a board, and the run did not break off. A board that
 * was not watched or never heard, or whose port is gone or whose sketch does not run at the end, fails `resets`; one
 * that could never be asked fails `probeFailures` where probes were wanted. Time that was not watched is not uptime.
 * `targetMtbfHours` is wanted hours between failures of one board; it is no threshold.
 */
export function judge(
  ledger: Ledger,
  thresholds: Thresholds,
  options: { readonly targetMtbfHours: number | null; readonly probesWanted?: boolean },
): SoakVerdict {
  const { targetMtbfHours, probesWanted = false } = options;
  const heap = ledger.boards.map((board) => ({ board: board.name, trend: heapTrend(board) }));
  const all = ledger.boards.flatMap((board, i) =>
    findings(board, heap[i]?.trend ?? null, thresholds, probesWanted, ledger.to),
  );
  const rate = resetRate(ledger.boards);
  return {
    passed: all.length > 0 && ledger.ended !== 'failed' && all.every(({ passed }) => passed),
    findings: all,
    rate,
    proves: proofInWords(ledger, rate, targetMtbfHours),
    hoursForTarget: targetMtbfHours === null ? null : hoursWithoutEvent(targetMtbfHours),
    heap,
  };
}
