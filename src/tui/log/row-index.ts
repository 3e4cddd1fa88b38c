import type { LogRecord, LogStore } from '../../session/log-store.js';
import type { Matcher } from './matcher.js';

/** Rows that are matched between two looks at the clock. */
const BATCH = 256;
const FIRST_SLOTS = 1024;

/**
 * The numbers of the rows that match, oldest first, in a ring of numbers. It is filled in slices, the newest rows
 * first, so that a filter over a full scroll-back shows its end at once and never holds up a key.
 */
export class RowIndex {
  readonly #store: LogStore;
  readonly #matcher: Matcher;
  #slots = new Float64Array(FIRST_SLOTS);
  #head = 0;
  #size = 0;
  /** Rows from `#low` to below `#high` were looked at. */
  #low: number;
  #high: number;
  #tooSlow = false;

  constructor(store: LogStore, matcher: Matcher) {
    this.#store = store;
    this.#matcher = matcher;
    this.#low = store.last + 1;
    this.#high = this.#low;
  }

  /** Matching rows found so far that are still kept. */
  get size(): number {
    return this.#size;
  }

  /** True when every row that is kept was looked at. */
  get complete(): boolean {
    return this.#tooSlow || (this.#high > this.#store.last && this.#low <= this.#store.first);
  }

  /** True when the pattern was given up. */
  get tooSlow(): boolean {
    return this.#tooSlow;
  }

  /** Share of the rows that were looked at, 0 to 1. */
  get progress(): number {
    const all = this.#store.last - this.#store.first + 1;
    return all === 0 ? 1 : Math.min(1, (this.#high - Math.max(this.#low, this.#store.first)) / all);
  }

  /** Oldest row that was looked at. */
  get lowest(): number {
    return this.#low;
  }

  /** Looks at more rows for about `ms`, one batch at least: first at what is new, then further back. */
  advance(ms: number, now: () => number = () => performance.now()): void {
    const { first, last } = this.#store;
    if (this.#high < first) this.#restart(last + 1);
    while (this.#size > 0 && this.at(0) < first) this.#drop();
    const end = now() + ms;
    while (!this.complete) {
      if (this.#high <= last) this.#forward(last);
      else this.#backward(first);
      if (now() >= end) return;
    }
  }

  /** Row number of the `i`-th oldest match, 0 <= i < size. */
  at(i: number): number {
    return this.#slots[(this.#head + i) % this.#slots.length] ?? 0;
  }

  has(n: number): boolean {
    const i = this.countBelow(n);
    return i < this.#size && this.at(i) === n;
  }

  /** Matches with a number below `n`. */
  countBelow(n: number): number {
    let from = 0;
    let to = this.#size;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.at(middle) < n) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #forward(last: number): void {
    const to = Math.min(last, this.#high + BATCH - 1);
    const hits = this.#hits(this.#high, to);
    if (hits === null) return;
    for (const n of hits) this.#append(n);
    this.#high = to + 1;
  }

  #backward(first: number): void {
    const from = Math.max(first, this.#low - BATCH);
    const hits = this.#hits(from, this.#low - 1);
    if (hits === null) return;
    for (const n of hits.reverse()) this.#prepend(n);
    this.#low = from;
  }

  #hits(from: number, to: number): number[] | null {
    const rows: LogRecord[] = [];
    for (let n = from; n <= to; n++) {
      const row = this.#store.at(n);
      if (row !== undefined) rows.push(row);
    }
    const results = this.#matcher.test(rows);
    this.#tooSlow = results === null;
    return results === null ? null : rows.filter((_row, i) => results[i] === true).map((row) => row.n);
  }

  #restart(n: number): void {
    this.#head = 0;
    this.#size = 0;
    this.#low = n;
    this.#high = n;
  }

  #drop(): void {
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#size -= 1;
  }

  #append(n: number): void {
    this.#makeRoom();
    this.#slots[(this.#head + this.#size) % this.#slots.length] = n;
    this.#size += 1;
  }

  #prepend(n: number): void {
    this.#makeRoom();
    this.#head = (this.#head + this.#slots.length - 1) % this.#slots.length;
    this.#slots[this.#head] = n;
    this.#size += 1;
  }

  /** Never more than the store keeps, rounded up: what it dropped was dropped here first. */
  #makeRoom(): void {
    if (this.#size < this.#slots.length) return;
    const wider = new Float64Array(this.#slots.length * 2);
    for (let i = 0; i < this.#size; i++) wider[i] = this.at(i);
    this.#slots = wider;
    this.#head = 0;
  }
}
