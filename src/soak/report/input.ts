import type { Ledger, SoakVerdict } from '../ledger-types.js';

/** All that a report says; every format is a pure function of it. */
export interface ReportInput {
  readonly ledger: Ledger;
  readonly verdict: SoakVerdict;
  readonly title: string;
  readonly run: {
    /** Wall-clock start, ISO 8601. */
    readonly started: string;
    /** What was asked for, one short line each. */
    readonly plan: readonly string[];
    /** Version of espwatch. */
    readonly version: string;
  };
  /** Resolved source lines by crash signature, innermost first; null when no ELF was at hand. */
  readonly frames: ReadonlyMap<string, readonly string[]> | null;
  /** IANA zone in which times are written; the computer's own when left out. */
  readonly timeZone?: string;
}

/** Colours for the terminal; the text stays as wide as it was. */
export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;
