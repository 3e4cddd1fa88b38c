import { type Disk, type DiskFile, writeAll } from './disk.js';

/** A file of a segment: appended to in whole records, whatever the disk does in the middle of one. */
export class AppendFile {
  readonly path: string;
  readonly #file: DiskFile;
  #length = 0;
  #broken = false;
  #dirty = false;
  #syncing: Promise<void> | null = null;

  private constructor(path: string, file: DiskFile) {
    this.path = path;
    this.#file = file;
  }

  /** Rejects with EEXIST rather than touch what is there. */
  static async create(disk: Disk, path: string): Promise<AppendFile> {
    return new AppendFile(path, await disk.create(path));
  }

  /** Bytes in the file. */
  get length(): number {
    return this.#length;
  }

  /** It may end in a part of a record, or its last seconds may be lost: nothing may be appended any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /** All of `bytes` or, unless the file is broken then, none of them. Rejects with the disk's error. */
  async append(bytes: Uint8Array): Promise<void> {
    const before = this.#length;
    this.#dirty = true;
    try {
      await writeAll(this.#file, bytes, (count) => {
        this.#length += count;
      });
    } catch (error) {
      await this.cutTo(before);
      throw error;
    }
  }

  /** Takes back what came after `length`. Where the disk refuses even that, the file is broken. */
  async cutTo(length: number): Promise<void> {
    if (this.#length === length) return;
    try {
      await this.#file.truncate(length);
      this.#length = length;
    } catch {
      this.#broken = true;
    }
  }

  /** Makes what was appended survive a power cut. A disk that fails here may have dropped it: the file is broken. */
  async sync(): Promise<void> {
    // What is under way may have begun before the last append.
    while (this.#syncing !== null) await this.#syncing.catch(() => {});
    if (!this.#dirty || this.#broken) return;
    this.#dirty = false;
    this.#syncing = this.#file.sync().finally(() => {
      this.#syncing = null;
    });
    try {
      await this.#syncing;
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  /** Syncs and closes; rejects with the first error, closed in any case. */
  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await this.#file.close();
    }
  }
}
