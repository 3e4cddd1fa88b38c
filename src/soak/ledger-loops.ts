/** Boot loops: resets in quick succession without the board coming up in between. */
import { Kept } from './ledger-kept.js';
import type { LedgerCause, LoopEntry } from './ledger-types.js';

/** So many own resets in a row are a loop, each so soon after the one before, ms. */
const RESETS = 4;
const WITHIN_MS = 15_000;
const LOOPS = 500;

/** A reset of a row that may become a loop: its place in the list of resets, and its time. */
interface Member {
  readonly place: number | null;
  readonly t: number;
}

interface Current {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly resets: number;
}

/** What an own reset means for the loops. */
export interface LoopStep {
  /** The loop that it belongs to, and its place therein from 1; null when it belongs to none. */
  readonly loop: number | null;
  readonly nth: number;
  /** Earlier resets that now turn out to belong to it too. */
  readonly joined: readonly Member[];
}

export const NO_LOOP: LoopStep = { loop: null, nth: 0, joined: [] };

export class BootLoops {
  readonly #kept = new Kept<LoopEntry>(LOOPS);
  #row: readonly Member[] = [];
  #current: Current | null = null;
  #causes = new Map<LedgerCause, number>();
  #numbers = 0;

  /** The board reset by itself. `place` in the list of resets that it will have; null when it is not listed. */
  own(t: number, place: number | null): LoopStep {
    const current = this.#current;
    if (current !== null) {
      if (t - current.to <= WITHIN_MS) {
        this.#current = { ...current, to: t, resets: current.resets + 1 };
        return { loop: current.number, nth: current.resets + 1, joined: [] };
      }
      this.stop(null);
    }
    const last = this.#row.at(-1);
    const inRow = last !== undefined && t - last.t <= WITHIN_MS;
    const row = [...(inRow ? this.#row : []), { place, t }];
    this.#row = row;
    if (row.length < RESETS) return NO_LOOP;
    const joined = row.slice(0, -1);
    this.#numbers += 1;
    this.#current = { number: this.#numbers, from: joined[0]?.t ?? t, to: t, resets: row.length };
    this.#row = [];
    return { loop: this.#numbers, nth: row.length, joined };
  }

  /** The cause of a reset of the current loop is final. */
  settled(cause: LedgerCause): void {
    if (this.#current !== null) this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + 1);
  }

  /** The board announced a mode: no loop begins here. One that is under way is over if the board stays up now. */
  cameUp(): void {
    this.#row = [];
  }

  /** Whatever comes now is no part of it. `cause` is that of its latest reset where it was not settled. */
  stop(cause: LedgerCause | null): void {
    this.#row = [];
    const entry = this.#entry(cause);
    if (entry !== null) this.#kept.push(entry);
    this.#current = null;
    this.#causes = new Map();
  }

  /** @param cause of the latest reset, which may change yet. */
  all(to: number, cause: LedgerCause | null): readonly LoopEntry[] {
    const entry = this.#entry(cause);
    if (entry === null) return this.#kept.all();
    return [...this.#kept.all(), { ...entry, open: to - entry.to <= WITHIN_MS }];
  }

  get leftOut(): number {
    return this.#kept.leftOut;
  }

  #entry(cause: LedgerCause | null): LoopEntry | null {
    if (this.#current === null) return null;
    const { number, from, to, resets } = this.#current;
    const causes = new Map(this.#causes);
    if (cause !== null) causes.set(cause, (causes.get(cause) ?? 0) + 1);
    const [[usual] = ['unknown' as const]] = [...causes].sort((a, b) => b[1] - a[1]);
    const perMinute = to > from ? Math.round(((resets - 1) * 60_000 * 10) / (to - from)) / 10 : 0;
    return { number, from, to, resets, perMinute, cause: usual, open: false };
  }
}
