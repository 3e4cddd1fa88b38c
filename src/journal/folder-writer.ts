import type { Clock, Timer } from '../clock.js';
import type { CapturedBytes, CapturedStep } from './capture-record.js';
import { CaptureWriter } from './capture-writer.js';
import { Compressor } from './compressor.js';
import { type Disk, isFull } from './disk.js';
import type { JournalEntry } from './entry.js';
import { EventsWriter } from './events-writer.js';
import { captureSeries, type Series } from './names.js';
import type { Reserve } from './reserve.js';
import { SegmentRow } from './segment-row.js';
import { type Losses, StorageState, type StorageStatus } from './storage-state.js';

/** What comes is handed to the system after this many ms at most; the rest of 250 ms is for the disk. */
const WRITE_MS = 150;
/** At least this long between two syncs: how much a power cut may take. */
const SYNC_MS = 2_000;
/** A disk that refused is asked again after this long. */
const RETRY_MS = 5_000;
/** From this part of a buffer on, the disk is not kept waiting. */
const EARLY_FILL = 0.25;
/** From this part of a buffer on, a source that can wait should. */
const HIGH_FILL = 0.5;

export interface FolderWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly folder: string;
  readonly reserve: Reserve;
  /** Number of the first segment of a series to begin; 1 where there is none. */
  readonly next: ReadonlyMap<Series, number>;
  readonly captureSegmentBytes: number;
  readonly eventSegmentBytes: number;
  readonly bufferBytes: number;
}

/** Writes a run's folder in rounds: all captures, then the journal, so that the bytes of an event are there before it. */
export class FolderWriter {
  readonly #options: FolderWriterOptions;
  readonly #compressor: Compressor;
  readonly #events: EventsWriter;
  readonly #captures = new Map<number, CaptureWriter>();
  readonly #state = new StorageState();
  /** Those who wait for the end of a round that begins after they asked. */
  #waiting: (() => void)[] = [];
  readonly #finishing = new Set<Promise<void>>();
  #running = false;
  #again = false;
  #eventsFailed = false;
  #retry = false;
  #closing: Promise<void> | null = null;
  #closed = false;
  #syncing: Promise<void> | null = null;
  #writeTimer: Timer | null = null;
  #syncTimer: Timer | null = null;
  #retryTimer: Timer | null = null;

  constructor(options: FolderWriterOptions) {
    this.#options = options;
    this.#compressor = new Compressor(options.disk, options.folder);
    this.#events = new EventsWriter({
      row: this.#row('events', ['ndjson']),
      segmentBytes: options.eventSegmentBytes,
      bufferChars: options.bufferBytes,
    });
  }

  /** The disk failed before there was anything to write. */
  startDegraded(error: unknown): void {
    this.#failed(error);
  }

  onStatus(listener: (status: StorageStatus) => void): () => void {
    return this.#state.onStatus(listener);
  }

  get lostBytes(): number {
    return this.#losses().bytes;
  }

  compress(names: readonly string[]): void {
    this.#compressor.add(names);
  }

  append(entry: JournalEntry, urgent: boolean): boolean {
    if (this.#closed) return false;
    if (!this.#events.append(entry)) this.#overflowed();
    this.#came(this.#events.fill, urgent);
    return this.#events.fill < HIGH_FILL;
  }

  add(board: number, chunk: CapturedBytes): boolean {
    if (this.#closed) return false;
    const capture = this.#capture(board);
    if (!capture.add(chunk)) this.#overflowed();
    this.#came(capture.fill, false);
    return capture.fill < HIGH_FILL;
  }

  step(board: number, step: CapturedStep): void {
    if (this.#closed) return;
    this.#capture(board).step(step);
    this.#came(0, false);
  }

  /** Resolves when what came before has been handed to the system, or the disk refused it. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#start();
    });
  }

  /** As `drained`, and what was handed over would survive a power cut. */
  async flush(): Promise<void> {
    await this.drained();
    // A sync that is under way may have passed a file before the last write to it.
    await this.#syncing;
    await this.#sync();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // What waited while the disk was in trouble has one last chance, and so has what is said about it meanwhile.
    this.#retry = true;
    await this.drained();
    this.#closed = true;
    await this.drained();
    for (const timer of [this.#writeTimer, this.#syncTimer, this.#retryTimer]) timer?.cancel();
    await this.#syncing;
    for (const writer of [...this.#captures.values(), this.#events]) {
      await writer.close().catch((error: unknown) => this.#failed(error));
    }
    this.#retryTimer?.cancel();
    while (this.#finishing.size > 0) await Promise.all(this.#finishing);
    await this.#compressor.idle();
    await this.#options.reserve.release();
  }

  #capture(board: number): CaptureWriter {
    const known = this.#captures.get(board);
    if (known !== undefined) return known;
    const { captureSegmentBytes: segmentBytes, bufferBytes } = this.#options;
    const row = this.#row(captureSeries(board), ['bin', 'ndjson']);
    const made = new CaptureWriter({ row, segmentBytes, bufferBytes });
    this.#captures.set(board, made);
    return made;
  }

  #row(series: Series, extensions: readonly string[]): SegmentRow {
    const { disk, folder, next } = this.#options;
    const onFinished = (stem: string, closed: Promise<void>): void => {
      const finished = closed
        .catch((error: unknown) => this.#failed(error))
        .then(() => {
          this.#finishing.delete(finished);
          this.#compressor.add(extensions.map((extension) => `${stem}.${extension}`));
        });
      this.#finishing.add(finished);
    };
    return new SegmentRow({ disk, folder, series, extensions, first: next.get(series) ?? 1, onFinished });
  }

  #came(fill: number, urgent: boolean): void {
    if (urgent) this.#start();
    else if (this.#running) return;
    else if (fill >= EARLY_FILL && !this.#state.isPaused) this.#start();
    else this.#writeTimer ??= this.#options.clock.after(WRITE_MS, () => this.#start());
  }

  #start(): void {
    this.#writeTimer?.cancel();
    this.#writeTimer = null;
    this.#again = true;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#again) {
      this.#again = false;
      const waiting = this.#waiting.splice(0);
      await this.#round();
      for (const done of waiting) done();
      this.#again ||= !this.#state.isPaused && this.#fill() >= EARLY_FILL;
    }
    this.#running = false;
    if (this.#closing !== null) return;
    const canWrite = !this.#state.isPaused && [...this.#captures.values()].some((capture) => capture.hasPending);
    if (canWrite || (this.#events.hasPending && !this.#eventsFailed)) this.#came(0, false);
    this.#syncTimer ??= this.#options.clock.after(SYNC_MS, () => {
      this.#syncTimer = null;
      void this.#sync();
    });
  }

  /** One try to write what waits. */
  async #round(): Promise<void> {
    const retry = this.#retry;
    this.#retry = false;
    // Settled before the captures are written: what they hold then is older than no entry taken here.
    this.#events.take();
    const errors: unknown[] = [];
    if (!this.#state.isPaused || retry) errors.push(...(await this.#writeCaptures()));
    if (!this.#eventsFailed || retry) errors.push(...(await this.#writeEvents()));
    for (const error of errors) this.#failed(error);
    if (errors.length > 0 || !this.#state.inTrouble || !retry) return;
    // Room for the entry that tells it.
    this.#events.take();
    if (this.#state.worked(this.#losses())) this.#compressor.resume();
    else this.#askAgain();
  }

  async #writeCaptures(): Promise<unknown[]> {
    const { reserve } = this.#options;
    if (this.#state.isPaused && !reserve.isThere) {
      try {
        await reserve.take();
      } catch (error) {
        // Without room for the reserve there is none for captures; any other trouble is theirs to find.
        if (isFull(error)) return [error];
      }
    }
    const results = await Promise.allSettled([...this.#captures.values()].map((capture) => capture.write()));
    return results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  }

  async #writeEvents(): Promise<unknown[]> {
    const errors: unknown[] = [];
    this.#eventsFailed = false;
    try {
      await this.#events.write().catch(async (error: unknown) => {
        errors.push(error);
        if (!isFull(error) || !this.#options.reserve.isThere) throw error;
        await this.#options.reserve.release();
        await this.#events.write();
      });
    } catch {
      this.#eventsFailed = true;
    }
    return errors;
  }

  #sync(): Promise<void> {
    this.#syncing ??= this.#syncAll().finally(() => {
      this.#syncing = null;
    });
    return this.#syncing;
  }

  async #syncAll(): Promise<void> {
    for (const writer of [...this.#captures.values(), this.#events]) {
      await writer.sync().catch((error: unknown) => this.#failed(error));
    }
  }

  #failed(error: unknown): void {
    this.#compressor.pause();
    this.#state.failed(error, this.#losses(), this.#options.clock.now());
    this.#askAgain();
  }

  #overflowed(): void {
    this.#state.overflowed(this.#losses(), this.#options.clock.now());
    this.#askAgain();
  }

  #askAgain(): void {
    if (this.#closing !== null) return;
    this.#retryTimer ??= this.#options.clock.after(RETRY_MS, () => {
      this.#retryTimer = null;
      this.#retry = true;
      this.#start();
    });
  }

  #fill(): number {
    let fill = this.#events.fill;
    for (const capture of this.#captures.values()) fill = Math.max(fill, capture.fill);
    return fill;
  }

  #losses(): Losses {
    let bytes = 0;
    for (const capture of this.#captures.values()) bytes += capture.lost;
    return { bytes, entries: this.#events.lost };
  }
}
