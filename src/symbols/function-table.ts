/** One function of a program; addresses are the chip's, the end is exclusive. */
export interface CodeFunction {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Finds the function that an address is in. */
export class FunctionTable {
  readonly #sorted: readonly CodeFunction[];

  /** Of functions that begin at one address the first given counts. */
  constructor(functions: readonly CodeFunction[]) {
    const byStart = new Map<number, CodeFunction>();
    for (const entry of functions) if (!byStart.has(entry.from)) byStart.set(entry.from, entry);
    this.#sorted = [...byStart.values()].sort((a, b) => a.from - b.from);
  }

  get size(): number {
    return this.#sorted.length;
  }

  at(address: number): CodeFunction | null {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle]?.from ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.#sorted[low - 1];
    return found !== undefined && address < found.to ? found : null;
  }
}
