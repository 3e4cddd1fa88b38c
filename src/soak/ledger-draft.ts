/** A reset while more is still being learned about it. */
import type { ResetRecord } from '../board/board-state.js';
import type { BoardEvent, CrashReport, Mode } from '../board/events.js';
import { durationText } from '../units.js';
import { causeOf, evidenceOf, type ResetFacts } from './ledger-cause.js';
import { crashSignature } from './ledger-crashes.js';
import type { ContextLine, LeftOut, ResetEntry } from './ledger-types.js';

const ROM_EXTERNAL = 2;
/** The port and the supply share a cable: they fail together, ms. */
const PORT_MS = 10_000;
/** Opening a port may pull EN, ms. */
const OPENING_MS = 3_000;

/** Ends what is said of a reset that came as the port went away or came back. */
const BY_PORT = ': power or cable.';

export interface Draft extends ResetFacts {
  readonly number: number;
  readonly t: number;
  readonly uptimeMs: number | null;
  readonly loop: number | null;
  readonly mode: Mode;
  readonly before: readonly ContextLine[];
  readonly after: readonly ContextLine[];
  /** Output that came after it, shown or not. */
  readonly outputs: number;
  /** Its place in the list; null when it is left out. */
  readonly place: number | null;
  /** The sketch has spoken since. */
  readonly spoke: boolean;
}

export function entryOf(draft: Draft): ResetEntry {
  const { number, t, uptimeMs, crash, loop, mode, before, after } = draft;
  return {
    number,
    t,
    ...causeOf(draft),
    commanded: isCommanded(draft),
    uptimeMs,
    evidence: evidenceOf(draft),
    crash,
    signature: crash === null ? null : crashSignature(crash),
    loop,
    mode,
    before,
    after,
  };
}

export function isCommanded({ record }: ResetFacts): boolean {
  return record?.commanded === true;
}

/** Whether the port went away or came back at about the same time: what failed may have been the supply. */
export function isBesidePort({ evidence }: ResetEntry): boolean {
  return evidence.some((sentence) => sentence.endsWith(BY_PORT));
}

/** Its banner was recognised in bytes of another speed. */
export function isGarbage({ banner }: ResetFacts): boolean {
  return banner !== null && banner.confidence < 1;
}

/** Nothing but a guess at a banner whose cause may stand for a crash. */
export function isVague(draft: Draft): boolean {
  return isGarbage(draft) && draft.banner?.raw.cause === ROM_EXTERNAL && draft.reason === null && !draft.spoke;
}

/** A report that no sketch prints by chance. */
export function isSubstantial(report: CrashReport): boolean {
  return report.complete || report.registers !== null || report.stack !== null;
}

/** The record of a boot that only the sketch's own line shows. */
export function recordOfReason({ t, cause, raw }: Extract<BoardEvent, { type: 'reset-reason' }>): ResetRecord {
  const numbers = { cause: null, mode: null, sdio: null, sdkReason: raw };
  return { t, cause, source: 'sketch', commanded: false, confidence: 1, raw: numbers };
}

export type LeftOutResets = Pick<LeftOut, 'resets' | 'commandedResets' | 'loopResets'>;

export function leftOutWith(counts: LeftOutResets, draft: Draft): LeftOutResets {
  const kind = draft.loop !== null ? 'loopResets' : isCommanded(draft) ? 'commandedResets' : 'resets';
  return { ...counts, [kind]: counts[kind] + 1 };
}

/** What happened to the port of a board, for the resets near it. */
export class PortNews {
  #lost: number | null = null;
  #opened: { readonly t: number; readonly again: boolean } | null = null;

  fold({ state, t }: Extract<BoardEvent, { type: 'link' }>): void {
    if (state === 'lost') this.#lost = t;
    else if (state === 'open' || state === 'back') this.#opened = { t, again: this.#lost !== null || state === 'back' };
  }

  before(t: number): readonly string[] {
    const sentences: string[] = [];
    if (this.#lost !== null && t - this.#lost <= PORT_MS) {
      sentences.push(`The USB port went away ${durationText(t - this.#lost)} before it${BY_PORT}`);
    }
    if (this.#opened === null || t < this.#opened.t) return sentences;
    const since = t - this.#opened.t;
    const ago = durationText(since);
    if (this.#opened.again && since <= PORT_MS) {
      sentences.push(`The USB port had come back ${ago} before it${BY_PORT}`);
    } else if (!this.#opened.again && since <= OPENING_MS) {
      sentences.push(`The port was opened ${ago} before it, which may reset a board.`);
    }
    return sentences;
  }

  /** For a reset at `t`, when the port is lost now; null when it has nothing to do with it. */
  after(t: number): string | null {
    if (this.#lost === null || this.#lost < t || this.#lost - t > PORT_MS) return null;
    return `The USB port went away ${durationText(this.#lost - t)} after it${BY_PORT}`;
  }
}
