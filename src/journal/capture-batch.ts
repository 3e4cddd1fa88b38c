import type { CapturedBytes, CapturedStep, CaptureLoss, PendingRecord } from './capture-record.js';

const FIRST_BYTES = 16 * 1024;
/** Records that may wait beside the bytes: 1 for each chunk, however small. */
const MOST_RECORDS = 16_384;

/** Chunks and parser steps that wait for the disk, in bounded memory. */
export class CaptureBatch {
  readonly #capacity: number;
  #data = new Uint8Array(0);
  #length = 0;
  #records: PendingRecord[] = [];

  /** @param capacity bytes that may wait; one chunk alone may be longer. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get data(): Uint8Array {
    return this.#data.subarray(0, this.#length);
  }

  get records(): readonly PendingRecord[] {
    return this.#records;
  }

  get bytes(): number {
    return this.#length;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** How full it is, from 0 to 1 and beyond. */
  get fill(): number {
    return Math.max(this.#length / this.#capacity, this.#records.length / MOST_RECORDS);
  }

  hasRoomFor(count: number): boolean {
    if (this.#records.length >= MOST_RECORDS) return false;
    return this.#length === 0 || this.#length + count <= this.#capacity;
  }

  add(chunk: CapturedBytes): void {
    const end = this.#length + chunk.bytes.length;
    if (end > this.#data.length) {
      let size = Math.max(FIRST_BYTES, this.#data.length);
      while (size < end) size *= 2;
      const grown = new Uint8Array(size);
      grown.set(this.data);
      this.#data = grown;
    }
    this.#data.set(chunk.bytes, this.#length);
    this.#length = end;
    this.#records.push({ t: chunk.t, baud: chunk.baud, count: chunk.bytes.length });
  }

  note(record: CapturedStep | CaptureLoss): void {
    this.#records.push(record);
  }

  clear(): void {
    this.#length = 0;
    this.#records = [];
    // One giant chunk must not hold its memory for the rest of the night.
    if (this.#data.length > 2 * this.#capacity) this.#data = new Uint8Array(0);
  }

  /** Forgets the first `count` bytes and what came between them. */
  dropFirst(count: number): void {
    let left = count;
    const rest: PendingRecord[] = [];
    for (const record of this.#records) {
      if (left === 0) {
        rest.push(record);
      } else if ('count' in record) {
        const gone = Math.min(left, record.count);
        left -= gone;
        if (gone < record.count) rest.push({ ...record, count: record.count - gone });
      }
    }
    this.#data.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#records = rest;
  }
}
