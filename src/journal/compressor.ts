import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Disk, systemCode, writeAll } from './disk.js';
import { GZIP_END } from './segment-bytes.js';

const READ_BYTES = 256 * 1024;
/** Text of boards shrinks about as well as at the highest level, in a third of the time. */
const LEVEL = 4;

/**
 * Compresses files in the background, one at a time. A file and its `.gz` are never both incomplete: the copy is
 * written under another name, synced, renamed, and only then the original is removed.
 */
export class Compressor {
  readonly #disk: Disk;
  readonly #folder: string;
  #queue: string[] = [];
  #failed: string[] = [];
  #work: Promise<void> = Promise.resolve();
  #stop: AbortController | null = null;
  #paused = false;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** @param names files that nobody writes to any more. */
  add(names: readonly string[]): void {
    this.#queue.push(...this.#failed.splice(0), ...names);
    this.#start();
  }

  /** Ends what is under way, which gives its room back: called when the disk is full. */
  pause(): void {
    this.#paused = true;
    this.#stop?.abort();
  }

  /** Goes on, also with what failed before. */
  resume(): void {
    this.#paused = false;
    this.add([]);
  }

  /** Resolves when nothing is left to do, or nothing can be done. Never rejects. */
  async idle(): Promise<void> {
    while (this.#stop !== null) await this.#work;
  }

  #start(): void {
    if (this.#stop !== null || this.#paused || this.#queue.length === 0) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#work = this.#run(stop.signal).finally(() => {
      this.#stop = null;
      this.#start();
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let name = this.#queue.shift(); name !== undefined; name = this.#queue.shift()) {
      try {
        await this.#compress(name, signal);
      } catch (error) {
        // The original is whole; it is tried again when the next segment is complete.
        if (systemCode(error) !== 'ENOENT') this.#failed.push(name);
      }
      if (signal.aborted) break;
    }
  }

  async #compress(name: string, signal: AbortSignal): Promise<void> {
    const from = `${this.#folder}/${name}`;
    const draft = `${from}.gz.tmp`;
    await this.#disk.remove(draft).catch(() => {});
    const file = await this.#disk.create(draft);
    try {
      try {
        await pipeline(
          createReadStream(from, { highWaterMark: READ_BYTES }),
          createGzip({ level: LEVEL, chunkSize: READ_BYTES }),
          async (parts: AsyncIterable<Uint8Array>) => {
            for await (const part of parts) await writeAll(file, part);
          },
          { signal },
        );
        await writeAll(file, GZIP_END);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#disk.rename(draft, `${from}.gz`);
    } catch (error) {
      await this.#disk.remove(draft).catch(() => {});
      throw error;
    }
    await this.#disk.syncFolder(this.#folder);
    await this.#disk.remove(from);
  }
}
