/** The shape of what is known of one board. */
import type { BoardEvent, BootMode, CrashReport, Mode, ProbeResult, ResetCause, Telemetry } from './events.js';

/** Where the cause of a reset was read. */
export type ResetSource = 'rom-banner' | 'garbage-banner' | 'crash-report' | 'sketch' | 'commanded';

export interface ResetRecord {
  /** Host time in ms since 1970 at which it was seen. */
  readonly t: number;
  readonly cause: ResetCause;
  readonly source: ResetSource;
  /** True when this tool caused it, by the EN line or by a request. */
  readonly commanded: boolean;
  /** 0 to 1. The ROM's cause 2 alone is 0.5: the EN pin and a restart by the SDK look the same. */
  readonly confidence: number;
  /** ROM numbers of the banner, and the SDK's number where the sketch printed one. */
  readonly raw: {
    readonly cause: number | null;
    readonly mode: number | null;
    readonly sdio: number | null;
    readonly sdkReason: number | null;
  };
}

export interface ResetCounts {
  /** Resets that the board made on its own, all causes together. */
  readonly own: number;
  readonly commanded: number;
  /** The board's own resets by cause; a cause that never came is absent. */
  readonly byCause: { readonly [cause in ResetCause]?: number };
}

export type BootErrorKind = Extract<BoardEvent, { type: 'boot-error' }>['kind'];

/** What came since the last reset began, below the sketch. */
export interface BootState {
  readonly mode: BootMode | null;
  /** The first error of this boot: later ones follow from it. */
  readonly error: { readonly kind: BootErrorKind; readonly text: string } | null;
  /** The ROM loader has answered this tool since the last reset. */
  readonly loaderAnswered: boolean;
  /** A reset reason was already printed in this boot. */
  readonly reasonSeen: boolean;
  /** A crash was reported in this run: the next banner of cause 2 is its restart. */
  readonly crash: CrashReport | null;
}

/** What the sketch announced since the last reset. */
export interface Announced {
  readonly modes: readonly ('web-server' | 'mqtt-client' | 'access-point')[];
  readonly ip: string | null;
  readonly httpPort: number | null;
  readonly serverType: string | null;
  readonly rxTopic: string | null;
  readonly txTopic: string | null;
  /** Set by a commanded switch: the next announcement begins a new list. */
  readonly stale: boolean;
}

export interface CrashEntry {
  readonly t: number;
  readonly report: CrashReport;
}

export interface BoardState {
  /** `seq` of the last event folded in; 0 before the first. */
  readonly seq: number;
  /** Host time of the last event, ms since 1970; null before the first. */
  readonly t: number | null;
  readonly mode: Mode;
  readonly announced: Announced;
  /** Kept across resets: lower case with colons, and the chip id that follows from it. */
  readonly mac: string | null;
  readonly chipId: number | null;
  readonly boot: BootState;
  readonly lastReset: ResetRecord | null;
  readonly resets: ResetCounts;
  /** Host time in ms of the board's latest own reset of each cause. */
  readonly lastByCause: { readonly [cause in ResetCause]?: number };
  readonly crashes: { readonly total: number; readonly recent: readonly CrashEntry[] };
  readonly telemetry: Telemetry;
  readonly link: {
    readonly state: 'open' | 'lost' | 'back' | 'closed' | null;
    readonly detail: string | null;
    readonly losses: number;
  };
  /** The last result of each way to ask, since the last reset. */
  readonly probes: { readonly http: ProbeResult | null; readonly mqtt: ProbeResult | null };
  readonly flash: { readonly phase: string; readonly done: number; readonly total: number } | null;
  /** Silence in ms as last reported, with nothing at all heard since the link opened or the tool reset the board. */
  readonly silentMs: number | null;
  /** Bookkeeping of the fold; views have no use for it. */
  readonly memory: Memory;
}

export interface Memory {
  /** Bytes or characters heard since the link opened or the tool reset the board; stray bytes of a reset do not count. */
  readonly heard: number;
  /** A command of ours whose reset has not been seen yet. */
  readonly pending: { readonly kind: 'reset' | 'switch'; readonly t: number } | null;
  /** Times of the latest own boots without a mode announced in between, oldest first. */
  readonly boots: readonly number[];
  /** Crashes without a mode announced in between: how many, and how many alike at the end of the row. */
  readonly crashRow: { readonly total: number; readonly alike: number; readonly signature: string | null };
}

export const NOTHING_ANNOUNCED: Announced = {
  modes: [],
  ip: null,
  httpPort: null,
  serverType: null,
  rxTopic: null,
  txTopic: null,
  stale: false,
};

export const FRESH_BOOT: BootState = {
  mode: null,
  error: null,
  loaderAnswered: false,
  reasonSeen: false,
  crash: null,
};

export const initialState: BoardState = {
  seq: 0,
  t: null,
  mode: 'unknown',
  announced: NOTHING_ANNOUNCED,
  mac: null,
  chipId: null,
  boot: FRESH_BOOT,
  lastReset: null,
  resets: { own: 0, commanded: 0, byCause: {} },
  lastByCause: {},
  crashes: { total: 0, recent: [] },
  telemetry: {},
  link: { state: null, detail: null, losses: 0 },
  probes: { http: null, mqtt: null },
  flash: null,
  silentMs: null,
  memory: { heard: 0, pending: null, boots: [], crashRow: { total: 0, alike: 0, signature: null } },
};
