import { AppendFile } from './append-file.js';
import { type Disk, systemCode } from './disk.js';
import { type Series, stemOf } from './names.js';

const MOST_NAMES_TRIED = 1000;

export interface SegmentRowOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly series: Series;
  /** One file for each, written together: `bin`, `ndjson`. */
  readonly extensions: readonly string[];
  /** Number of the first segment to begin; earlier ones are never written to. */
  readonly first: number;
  /** A segment is complete; `closed` settles when its files are synced and closed. */
  readonly onFinished: (stem: string, closed: Promise<void>) => void;
}

/** A row of segments: the one that is written to, and how the next one begins. */
export class SegmentRow {
  readonly #options: SegmentRowOptions;
  #next: number;
  #stem = '';
  #files: readonly AppendFile[] = [];
  #named = true;

  constructor(options: SegmentRowOptions) {
    this.#options = options;
    this.#next = options.first;
  }

  /** The files to append to. A segment that a failed write has broken is left as it is, and a new one begun. */
  async current(): Promise<readonly AppendFile[]> {
    if (this.#files.some((file) => file.broken)) this.finish();
    if (this.#files.length === 0) await this.#begin();
    return this.#files;
  }

  /** What comes goes to a new segment. */
  finish(): void {
    const files = this.#files;
    if (files.length === 0) return;
    this.#files = [];
    this.#options.onFinished(this.#stem, closeAll(files));
  }

  /** Makes what was written survive a power cut; rejects with the disk's error. */
  async sync(): Promise<void> {
    for (const file of this.#files) await file.sync();
    if (this.#named) return;
    this.#named = true;
    await this.#options.disk.syncFolder(this.#options.folder);
  }

  /** Rejects with the disk's error, closed in any case. */
  async close(): Promise<void> {
    const files = this.#files;
    this.#files = [];
    await closeAll(files);
  }

  async #begin(): Promise<void> {
    const { disk, folder, series, extensions } = this.#options;
    for (let tries = 0; ; tries++) {
      const stem = stemOf(series, this.#next++);
      const files: AppendFile[] = [];
      try {
        for (const extension of extensions) files.push(await AppendFile.create(disk, `${folder}/${stem}.${extension}`));
        this.#stem = stem;
        this.#files = files;
        this.#named = false;
        return;
      } catch (error) {
        for (const file of files) {
          await file.close().catch(() => {});
          await disk.remove(file.path).catch(() => {});
        }
        if (systemCode(error) !== 'EEXIST' || tries >= MOST_NAMES_TRIED) throw error;
      }
    }
  }
}

async function closeAll(files: readonly AppendFile[]): Promise<void> {
  const results = await Promise.allSettled(files.map((file) => file.close()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason as Error;
}
