import { randomFillSync } from 'node:crypto';
import { type Disk, writeAll } from './disk.js';
import { RESERVE_FILE } from './names.js';

/** Room kept back for the journal: a file that is deleted when the disk is full. */
export class Reserve {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #bytes: number;
  #there = false;

  constructor(disk: Disk, folder: string, bytes: number) {
    this.#disk = disk;
    this.#path = `${folder}/${RESERVE_FILE}`;
    this.#bytes = bytes;
  }

  get isThere(): boolean {
    return this.#there;
  }

  /** Takes the room; rejects with the disk's error, and takes none then. */
  async take(): Promise<void> {
    await this.release();
    const file = await this.#disk.create(this.#path);
    try {
      try {
        // Random: a file system that compresses would keep no room for zeros.
        await writeAll(file, randomFillSync(new Uint8Array(this.#bytes)));
        await file.sync();
      } finally {
        await file.close();
      }
      this.#there = true;
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /** Gives the room back. Never rejects. */
  async release(): Promise<void> {
    this.#there = false;
    await this.#disk.remove(this.#path).catch(() => {});
  }
}
