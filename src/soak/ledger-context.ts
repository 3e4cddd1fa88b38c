import { printable } from '../printable.js';
import { withoutSecrets } from '../secrets.js';
import type { ContextLine } from './ledger-types.js';

/** The journal keeps 12 lines around an incident: fewer here, so that it makes no difference where the ledger comes from. */
export const CONTEXT_LINES = 8;
/** Lines further away than this have nothing to do with it, ms. */
const CONTEXT_MS = 60_000;
const LINE_CAP = 200;

/** Text from a board or about it, as it may stand in a report. */
export function reportable(text: string, limit: number = LINE_CAP): string {
  return printable(withoutSecrets(text.slice(0, 4096)), limit);
}

/** The latest output of a board; what is no text counts, but is not shown. */
export class ContextRing {
  #latest: readonly { readonly t: number; readonly text: string | null }[] = [];

  push(t: number, text: string | null): void {
    this.#latest = [...this.#latest.slice(1 - CONTEXT_LINES), { t, text }];
  }

  /** A part of the run ends: what its journal withheld is gone. */
  clear(): void {
    this.#latest = [];
  }

  /** Those that belong to an event at `t` that comes now. */
  before(t: number): readonly ContextLine[] {
    const lines: ContextLine[] = [];
    for (const line of this.#latest) {
      if (line.text === null || Math.abs(t - line.t) > CONTEXT_MS) continue;
      lines.push({ t: line.t, text: reportable(line.text) });
    }
    return lines;
  }
}

/** Whether output at `t` still belongs to an event at `since` after which so much came already. */
export function isNearby(since: number, t: number, already: number): boolean {
  return already < CONTEXT_LINES && t - since <= CONTEXT_MS;
}
