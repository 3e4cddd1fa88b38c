/** Words for what a ledger holds, the same in every format. */
import { causeInWords } from '../../board/wording.js';
import { bytesText, durationText } from '../../units.js';
import type {
  Gap,
  GapReason,
  HeapTrend,
  IncidentKind,
  Ledger,
  LedgerCause,
  LoopEntry,
  ProbeCounts,
  RateEstimate,
  ResetEntry,
  SoakVerdict,
  Thresholds,
} from '../ledger-types.js';

export function ledgerCauseInWords(cause: LedgerCause): string {
  switch (cause) {
    case 'power':
      return 'power on or dip';
    case 'panic':
      return 'panic';
    case 'out-of-memory':
      return 'out of memory';
    case 'stuck-in-bootloader':
      return 'stuck in bootloader';
    default:
      return causeInWords(cause);
  }
}

const INCIDENTS: Readonly<Record<IncidentKind, string>> = {
  'port-lost': 'port lost',
  'port-renumbered': 'port renumbered',
  'wifi-lost': 'Wi-Fi lost',
  'broker-lost': 'broker lost',
  silence: 'silence',
  'probe-failed': 'probes failed',
  contradiction: 'contradiction',
  'mode-changed': 'mode changed',
};

export function incidentInWords(kind: IncidentKind): string {
  return INCIDENTS[kind];
}

const GAPS: Readonly<Record<GapReason, string>> = {
  'not-running': 'espwatch was not running',
  suspended: 'the computer slept',
  'port-lost': 'the port was gone',
};

export function gapInWords(reason: GapReason): string {
  return GAPS[reason];
}

/** What the board did in a gap, to be put behind its reason; empty while that is not known. */
export function restartInWords({ restarted }: Gap): string {
  if (restarted === undefined) return '';
  return restarted ? ', and the board restarted meanwhile' : ', and the board ran through it';
}

const THRESHOLDS: Readonly<Record<keyof Thresholds, string>> = {
  resets: 'uncommanded resets',
  silenceMs: 'silence',
  probeFailures: 'probe failures',
  heapLossPerHour: 'heap loss',
  minFreeHeap: 'minimum free heap',
  contradictions: 'contradictions',
};

export function thresholdInWords(threshold: keyof Thresholds): string {
  return THRESHOLDS[threshold];
}

const ENDINGS: Readonly<Record<NonNullable<Ledger['ended']>, string>> = {
  done: 'ran to its planned end',
  stopped: 'stopped early by hand',
  failed: 'ended early by a failure',
};

/** How the run ended, and in how many parts it was watched. */
export function endingInWords(ledger: Ledger): string {
  const ending = ledger.ended === null ? 'no end on record: still running, or killed' : ENDINGS[ledger.ended];
  return ledger.parts > 1 ? `${ending}, in ${ledger.parts} parts` : ending;
}

/** The verdict in a word or two: what passed until it was cut short has not passed. */
export function verdictInWords({ passed }: SoakVerdict, { ended }: Ledger): 'passed' | 'failed' | 'not finished' {
  if (!passed) return 'failed';
  return ended === 'done' ? 'passed' : 'not finished';
}

/** The verdict in one sentence, without its full stop. */
export function tallyInWords(verdict: SoakVerdict): string {
  const all = verdict.findings.length;
  const failed = verdict.findings.filter((finding) => !finding.passed).length;
  if (failed > 0) return `${failed} of ${count(all, 'threshold')} missed`;
  // Not every failure is a missed threshold: a run may have broken off.
  if (!verdict.passed) return `the run failed, though no threshold of ${all} was missed`;
  return all === 0 ? 'no threshold was asked for' : `every threshold holds, ${all} of ${all}`;
}

/** What happened to the computer that watched. */
export function hostInWords(entry: Ledger['host'][number]): string {
  if (entry.what === 'suspended') return `the computer slept for ${durationText(entry.ms)}`;
  return `the computer's clock was set ${entry.ms < 0 ? 'back' : 'forward'} by ${durationText(Math.abs(entry.ms))}`;
}

/** `1 reset`, `2 resets`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Three significant digits, without an exponent for everyday figures; `unlimited` for what has no bound. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return 'unknown';
  if (!Number.isFinite(value)) return value > 0 ? 'unlimited' : '-unlimited';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return String(Math.round(value));
  return size < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(size < 1 ? 2 : 3)));
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${figure(share * 100)} %` : 'unknown';
}

/** `5 resets in 31.4 watched hours: 0.16 an hour (95 %: 0.052 to 0.37)`. */
export function rateInWords(rate: RateEstimate): string {
  const seen = `${count(rate.events, 'uncommanded reset')} in ${figure(rate.hours)} watched hours`;
  const sure = percent(rate.confidence);
  return rate.events === 0
    ? `${seen}: fewer than ${figure(rate.high)} an hour (${sure})`
    : `${seen}: ${figure(rate.perHour)} an hour (${sure}: ${figure(rate.low)} to ${figure(rate.high)})`;
}

/** `-2390 B/h (95 %: -2460 to -2310), used up in 10 h 0 m`. */
export function trendInWords(trend: HeapTrend | null): string {
  if (trend === null) return 'too few samples for a trend';
  const range = `${percent(trend.confidence)}: ${signed(trend.low)} to ${signed(trend.high)}`;
  const end = trend.exhaustedInMs === null ? '' : `, used up in ${durationText(trend.exhaustedInMs)}`;
  return `${signed(trend.slope)} B/h (${range})${end}`;
}

function signed(value: number): string {
  const text = figure(Math.round(value));
  return value > 0 && text !== '0' ? `+${text}` : text;
}

export function probesInWords(probes: ProbeCounts): string {
  if (probes.asked === 0) return 'not asked';
  const share = percent(probes.answered / probes.asked);
  const rtt = probes.rtt === null ? '' : `, p50 ${figure(probes.rtt.p50)} ms, p99 ${figure(probes.rtt.p99)} ms`;
  return `${probes.answered} of ${probes.asked} answered (${share})${rtt}`;
}

/** `hardware watchdog after 4 h 13 m`. */
export function resetInWords(reset: ResetEntry): string {
  const by = reset.commanded ? `${ledgerCauseInWords(reset.cause)}, commanded` : ledgerCauseInWords(reset.cause);
  return reset.uptimeMs === null ? by : `${by} after ${durationText(reset.uptimeMs)}`;
}

export function loopInWords(loop: LoopEntry): string {
  const rate = `${count(loop.resets, 'reset')} in ${durationText(loop.to - loop.from)}, ${figure(loop.perMinute)} a minute`;
  return `boot loop (${ledgerCauseInWords(loop.cause)}): ${rate}${loop.open ? ', still looping at the end' : ''}`;
}

export function heapText(bytes: number | null): string {
  return bytes === null ? '-' : bytesText(bytes);
}
