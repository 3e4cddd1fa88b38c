interface Reader {
  readonly into: Uint8Array;
  readonly resolve: (count: number) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes that came and wait to be read, with at most one reader waiting for bytes to come. */
export class ReadQueue {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #reader: Reader | null = null;
  #end: Error | null = null;

  /** Bytes that wait. */
  get size(): number {
    return this.#size;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#serve();
  }

  /** Fills `into` with at least one byte and says with how many; rejects when there will be no more. */
  read(into: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#reader = { into, resolve, reject };
      this.#serve();
    });
  }

  clear(): void {
    this.#chunks = [];
    this.#size = 0;
  }

  /** What waits can still be read; after that, `error` is all there is. */
  end(error: Error): void {
    this.#end = error;
    this.#serve();
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === null) return;
    let count = 0;
    while (count < reader.into.length) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const part = chunk.subarray(0, reader.into.length - count);
      reader.into.set(part, count);
      count += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#size -= count;
    if (count === 0 && this.#end === null) return;
    this.#reader = null;
    if (count > 0) reader.resolve(count);
    else if (this.#end !== null) reader.reject(this.#end);
  }
}
