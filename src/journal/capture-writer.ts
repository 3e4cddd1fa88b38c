import { CaptureBatch } from './capture-batch.js';
import { type CapturedBytes, type CapturedStep, indexText } from './capture-record.js';
import type { SegmentRow } from './segment-row.js';

export interface CaptureWriterOptions {
  readonly row: SegmentRow;
  /** A segment with this much in it is complete. */
  readonly segmentBytes: number;
  /** Bytes that may wait while as many are being written. */
  readonly bufferBytes: number;
}

/** The capture of one board: takes at once what comes, writes when told to, and never fails into its caller. */
export class CaptureWriter {
  readonly #row: SegmentRow;
  readonly #segmentBytes: number;
  #filling: CaptureBatch;
  #writing: CaptureBatch;
  #lost = 0;
  #gap: { readonly t: number; lost: number } | null = null;

  constructor(options: CaptureWriterOptions) {
    this.#row = options.row;
    this.#segmentBytes = options.segmentBytes;
    this.#filling = new CaptureBatch(options.bufferBytes);
    this.#writing = new CaptureBatch(options.bufferBytes);
  }

  /** Bytes that were dropped since the writer was made. */
  get lost(): number {
    return this.#lost;
  }

  get hasPending(): boolean {
    return !this.#filling.isEmpty || !this.#writing.isEmpty || this.#gap !== null;
  }

  /** How full the buffer is, from 0 to 1. */
  get fill(): number {
    return this.#filling.fill;
  }

  /** False when the bytes were dropped because the disk does not keep up. They are copied otherwise. */
  add(chunk: CapturedBytes): boolean {
    const { t, bytes } = chunk;
    if (bytes.length === 0) return true;
    // After a gap nothing more goes into the same batch: one gap instead of many small ones.
    if (this.#gap === null && this.#filling.hasRoomFor(bytes.length)) {
      this.#filling.add(chunk);
      return true;
    }
    this.#lost += bytes.length;
    this.#gap ??= { t, lost: 0 };
    this.#gap.lost += bytes.length;
    return false;
  }

  step(step: CapturedStep): void {
    if (this.#gap === null && this.#filling.hasRoomFor(0)) this.#filling.note(step);
  }

  /** Hands to the disk what waits. Rejects with the disk's error; what was not written is kept for the next try. */
  async write(): Promise<void> {
    if (!this.#writing.isEmpty) await this.#writeBatch();
    this.#swap();
    if (!this.#writing.isEmpty) await this.#writeBatch();
  }

  async #writeBatch(): Promise<void> {
    const [bin, index] = await this.#row.current();
    if (bin === undefined || index === undefined) return;
    const at = bin.length;
    try {
      // The bytes first: an index that is ahead of them would promise what may never come.
      await bin.append(this.#writing.data);
      await index.append(Buffer.from(indexText(this.#writing.records, at)));
    } catch (error) {
      await bin.cutTo(at);
      // What could not be taken back stays there, its time unknown, and is not written again.
      this.#writing.dropFirst(bin.length - at);
      if (bin.broken || index.broken) this.#row.finish();
      throw error;
    }
    this.#writing.clear();
    if (bin.length >= this.#segmentBytes || index.length >= this.#segmentBytes) this.#row.finish();
  }

  sync(): Promise<void> {
    return this.#row.sync();
  }

  /** Counts as lost what still waits, and closes the files; rejects with the disk's error. */
  async close(): Promise<void> {
    this.#lost += this.#filling.bytes + this.#writing.bytes;
    this.#filling.clear();
    this.#writing.clear();
    await this.#row.close();
  }

  #swap(): void {
    [this.#filling, this.#writing] = [this.#writing, this.#filling];
    if (this.#gap === null) return;
    this.#filling.note(this.#gap);
    this.#gap = null;
  }
}
