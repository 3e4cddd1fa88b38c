/** What a soak found: the shape of the ledger, for verdict, report and views. Times are the run's own, ms since 1970. */
import type { CrashReport, Mode, ResetCause, Verdict } from '../board/events.js';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Why a board restarted, finer than the chip's own numbers. */
export type LedgerCause =
  | ResetCause
  /** Power came on or dipped: the ROM cannot tell a brown-out from a plug. */
  | 'power'
  | 'panic'
  | 'out-of-memory'
  | 'stuck-in-bootloader';

/** A line of the board's output near an event. */
export interface ContextLine {
  readonly t: number;
  readonly text: string;
}

export interface ResetEntry {
  /** Counts from 1 on this board; commanded ones count too. */
  readonly number: number;
  readonly t: number;
  readonly cause: LedgerCause;
  /** 0 to 1. */
  readonly confidence: number;
  /** By espwatch: the EN line, a scheduled mode change, or a request. */
  readonly commanded: boolean;
  /** Watched time since the reset before, ms; null when part of that time was not watched or the first start is unknown. */
  readonly uptimeMs: number | null;
  /** One sentence for each thing that tells the cause: banner, sketch's own reason, crash report, garbage match, USB gone. */
  readonly evidence: readonly string[];
  readonly crash: CrashReport | null;
  /** `CrashGroup.signature`. */
  readonly signature: string | null;
  /** It belongs to a loop, which counts once. */
  readonly loop: number | null;
  readonly mode: Mode;
  readonly before: readonly ContextLine[];
  readonly after: readonly ContextLine[];
}

/** Resets in quick succession without the board coming up in between. */
export interface LoopEntry extends Span {
  /** Counts from 1; `ResetEntry.loop` refers to it. */
  readonly number: number;
  readonly resets: number;
  /** Resets a minute while it lasted. */
  readonly perMinute: number;
  readonly cause: LedgerCause;
  /** Still looping when the watch ended. */
  readonly open: boolean;
}

export type IncidentKind =
  /** Cable, hub or adapter gone. */
  | 'port-lost'
  | 'port-renumbered'
  | 'wifi-lost'
  | 'broker-lost'
  | 'silence'
  | 'probe-failed'
  | 'contradiction'
  | 'mode-changed';

/** What went wrong or changed and is no reset. */
export interface IncidentEntry {
  readonly kind: IncidentKind;
  readonly t: number;
  /** Null while it lasts, and for what has no length. */
  readonly until: number | null;
  readonly detail: string;
}

/** Crashes of one kind at one place with the same frames. */
export interface CrashGroup {
  readonly signature: string;
  readonly title: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly example: CrashReport;
}

export type GapReason = 'not-running' | 'suspended' | 'port-lost';

/** Time in which the board was not watched: it does not count as uptime. */
export interface Gap extends Span {
  readonly reason: GapReason;
  /**
   * Whether the board had restarted meanwhile: by the uptime that it told after it, or a boot at power-on as the port
   * came back. Absent while that is not known.
   */
  readonly restarted?: boolean;
}

/** What a board had too much of to list, by number. */
export interface LeftOut {
  /** Uncommanded ones, outside of loops. */
  readonly resets: number;
  readonly commandedResets: number;
  /** Counted in their loops; of each loop the first few are listed. */
  readonly loopResets: number;
  readonly loops: number;
  readonly incidents: number;
  readonly gaps: number;
  readonly modes: number;
  /** Crashes, not groups. */
  readonly crashes: number;
}

/** A value over time, thinned to at most some thousand points; minimum and maximum of each bucket survive. */
export interface Series {
  readonly t: readonly number[];
  readonly v: readonly number[];
}

export type SeriesName = 'heap' | 'block' | 'rssi' | 'rtt';

export interface ProbeCounts {
  readonly asked: number;
  readonly answered: number;
  readonly byOutcome: Readonly<Record<string, number>>;
  /** Round trip in ms; null without an answer. */
  readonly rtt: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** The longest row of probes without an answer while one was due. */
  readonly longestFailureMs: number;
}

export interface BoardLedger {
  readonly name: string;
  readonly mac: string | null;
  readonly mode: Mode;
  readonly verdict: Verdict;
  /** Time in which the board was watched, ms. */
  readonly watchedMs: number;
  readonly gaps: readonly Gap[];
  readonly resets: readonly ResetEntry[];
  readonly loops: readonly LoopEntry[];
  readonly incidents: readonly IncidentEntry[];
  readonly crashGroups: readonly CrashGroup[];
  readonly probes: ProbeCounts;
  readonly series: Readonly<Partial<Record<SeriesName, Series>>>;
  readonly modes: readonly (Span & { readonly mode: Mode })[];
  /** Beyond the bounds of the lists above; absent where nothing was left out. */
  readonly leftOut?: LeftOut;
}

export interface Ledger {
  readonly from: number;
  readonly to: number;
  /** How often the run was started: more than one means that it was resumed. */
  readonly parts: number;
  readonly ended: 'done' | 'stopped' | 'failed' | null;
  readonly boards: readonly BoardLedger[];
  readonly host: readonly { readonly t: number; readonly what: 'suspended' | 'clock-stepped'; readonly ms: number }[];
  readonly storage: readonly (Span & { readonly detail: string; readonly lostBytes: number })[];
}

/** What a soak must hold to; a threshold of null is not asked for. */
export interface Thresholds {
  /** Uncommanded resets of one board, a loop counted once. */
  readonly resets: number;
  /** Nothing printed for longer than this, ms. */
  readonly silenceMs: number | null;
  /** Probes without an answer, as a share of those asked, 0 to 1. */
  readonly probeFailures: number | null;
  /** Loss of free heap, bytes an hour: the robust slope's interval must not lie wholly beyond it. */
  readonly heapLossPerHour: number | null;
  readonly minFreeHeap: number | null;
  readonly contradictions: number;
}

/** One threshold held against what was seen. */
export interface Finding {
  readonly board: string;
  readonly threshold: keyof Thresholds;
  readonly passed: boolean;
  /** One sentence with limit and observation. */
  readonly text: string;
}

/** A rate with its exact Poisson interval. */
export interface RateEstimate {
  readonly events: number;
  readonly hours: number;
  readonly perHour: number;
  /** Two-sided bounds at `confidence`; with no event the upper bound is one-sided; infinite (JSON: null) with no hours. */
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

export interface HeapTrend {
  /** Bytes an hour, Theil-Sen, with its interval. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  /** Time to exhaustion, ms; null where the interval includes no loss. */
  readonly exhaustedInMs: number | null;
  /** Block medians that the slope rests on, not single readings. */
  readonly samples: number;
}

export interface SoakVerdict {
  readonly passed: boolean;
  readonly findings: readonly Finding[];
  /** Uncommanded resets over all boards, loops counted once, per watched hour. */
  readonly rate: RateEstimate;
  /** What the run proves about the rate, in one or two sentences. */
  readonly proves: string;
  /** Watched hours without a reset that would show the wanted mean time between failures; null when none was asked for. */
  readonly hoursForTarget: number | null;
  readonly heap: readonly { readonly board: string; readonly trend: HeapTrend | null }[];
}
