/** What a ledger has to say of a night: worked out from the script and from what port and network saw, by nothing of the product. */
import type { GapReason, IncidentKind, LedgerCause } from '../../../src/soak/ledger-types.js';

/** From and to, both included; ms since the begin of the run. */
export type Range = readonly [number, number];

export interface ExpectedReset {
  readonly t: Range;
  readonly causes: readonly LedgerCause[];
  readonly commanded: boolean;
  /** It was not seen when it happened: what uptime it ended nobody knows. */
  readonly unseen: boolean;
  readonly crash: string | null;
  /** Number of its loop in the list of loops, from 0. */
  readonly loop: number | null;
}

export interface ExpectedLoop {
  readonly from: Range;
  readonly to: Range;
  readonly resets: number;
  readonly cause: LedgerCause;
}

export interface ExpectedIncident {
  readonly kind: IncidentKind;
  readonly t: Range;
  /** Null: it has no end. */
  readonly until: Range | null;
  readonly detail: RegExp;
}

export interface ExpectedGap {
  readonly from: Range;
  readonly to: Range;
  readonly reason: GapReason;
  /**
   * `seen`: the boot may have been seen after it; then it is a reset like others, and nothing is said of the gap.
   * `unknown`: the board may have had no time to tell its uptime.
   */
  readonly restarted: boolean | 'seen' | 'unknown';
}

export interface ExpectedBoard {
  readonly resets: readonly ExpectedReset[];
  readonly loops: readonly ExpectedLoop[];
  readonly incidents: readonly ExpectedIncident[];
  readonly gaps: readonly ExpectedGap[];
  /** How often each crash was reported. */
  readonly crashes: ReadonlyMap<string, number>;
}

export interface ExpectedHost {
  readonly t: Range;
  readonly what: 'suspended' | 'clock-stepped';
  readonly ms: number;
}

export interface ExpectedLedger {
  readonly parts: number;
  readonly boards: readonly ExpectedBoard[];
  readonly host: readonly ExpectedHost[];
  readonly storage: readonly { readonly from: Range; readonly to: Range }[];
}
