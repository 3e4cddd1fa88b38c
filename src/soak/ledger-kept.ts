/** A list of bounded length: what comes after its limit is counted, not kept. Items are never changed, only replaced. */
export class Kept<T> {
  readonly #limit: number;
  readonly #order: ((a: T, b: T) => number) | null;
  readonly #items: T[] = [];
  #snapshot: readonly T[] | null = null;
  #leftOut = 0;

  constructor(limit: number, order: ((a: T, b: T) => number) | null = null) {
    this.#limit = limit;
    this.#order = order;
  }

  get length(): number {
    return this.#items.length;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  /** The place of the item, for `replace`; null when there was no room for it. */
  push(item: T): number | null {
    if (this.#items.length >= this.#limit) {
      this.#leftOut += 1;
      return null;
    }
    this.#snapshot = null;
    return this.#items.push(item) - 1;
  }

  at(place: number): T | undefined {
    return this.#items.at(place);
  }

  replace(place: number | null, change: (item: T) => T): void {
    const item = place === null ? undefined : this.#items[place];
    if (place === null || item === undefined) return;
    this.#items[place] = change(item);
    this.#snapshot = null;
  }

  /** A list that stays as it is; the same one until something changes. */
  all(): readonly T[] {
    if (this.#snapshot === null) {
      const items = [...this.#items];
      this.#snapshot = this.#order === null ? items : items.sort(this.#order);
    }
    return this.#snapshot;
  }
}
