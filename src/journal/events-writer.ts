import type { JournalEntry } from './entry.js';
import { entryLine } from './entry-text.js';
import type { SegmentRow } from './segment-row.js';

const LF = 0x0a;

export interface EventsWriterOptions {
  readonly row: SegmentRow;
  /** A segment with this much in it is complete. */
  readonly segmentBytes: number;
  /** UTF-16 units of text that may wait while as much is being written. */
  readonly bufferChars: number;
}

/** The journal: entries of all boards in order, one a line. Never fails into its caller. */
export class EventsWriter {
  readonly #options: EventsWriterOptions;
  #lines: string[] = [];
  #chars = 0;
  #writing: Buffer = Buffer.alloc(0);
  #lost = 0;

  constructor(options: EventsWriterOptions) {
    this.#options = options;
  }

  /** Entries that were dropped since the writer was made. */
  get lost(): number {
    return this.#lost;
  }

  get hasPending(): boolean {
    return this.#lines.length > 0 || this.#writing.length > 0;
  }

  /** How full the buffer is, from 0 to 1. */
  get fill(): number {
    return this.#chars / this.#options.bufferChars;
  }

  /** False when the entry was dropped because the disk takes nothing and the buffer is full. */
  append(entry: JournalEntry): boolean {
    const line = entryLine(entry);
    if (this.#lines.length > 0 && this.#chars + line.length > this.#options.bufferChars) {
      this.#lost += 1;
      return false;
    }
    this.#lines.push(line);
    this.#chars += line.length;
    return true;
  }

  /** Settles which entries the next `write` hands over. */
  take(): void {
    if (this.#writing.length > 0) return;
    this.#writing = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#chars = 0;
  }

  /** Hands to the disk what was taken. Rejects with the disk's error; what was not written is kept for the next try. */
  async write(): Promise<void> {
    if (this.#writing.length === 0) return;
    const { row, segmentBytes } = this.#options;
    const [file] = await row.current();
    if (file === undefined) return;
    const before = file.length;
    try {
      await file.append(this.#writing);
    } catch (error) {
      // Whole lines that could not be taken back are kept there; a torn one is written again elsewhere.
      const stuck = this.#writing.subarray(0, file.length - before).lastIndexOf(LF) + 1;
      this.#writing = this.#writing.subarray(stuck);
      if (file.broken) row.finish();
      throw error;
    }
    this.#writing = Buffer.alloc(0);
    if (file.length >= segmentBytes) row.finish();
  }

  sync(): Promise<void> {
    return this.#options.row.sync();
  }

  /** Counts as lost what still waits, and closes the file; rejects with the disk's error. */
  async close(): Promise<void> {
    this.#lost += this.#lines.length + this.#writing.reduce((lines, byte) => lines + (byte === LF ? 1 : 0), 0);
    this.#lines = [];
    this.#writing = Buffer.alloc(0);
    await this.#options.row.close();
  }
}
