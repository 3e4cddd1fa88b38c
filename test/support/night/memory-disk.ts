import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Disk, type DiskFile, realDisk } from '../../../src/journal/disk.js';

/** A compressed file in the making. */
const DRAFT = '.gz.tmp';

interface Held {
  readonly parts: Uint8Array[];
  length: number;
  /** What a power cut leaves. */
  synced: number;
}

/**
 * A disk that answers without real input or output, so that virtual time can run; `spill` puts what it holds into real
 * files, for those who read them. Compressed files, which nobody waits for, are real at once.
 */
export class MemoryDisk {
  /** Rejects every byte with ENOSPC. */
  full = false;
  readonly #files = new Map<string, Held>();
  /** Real files by now. */
  readonly #spilled = new Set<string>();
  #process = 0;

  /** As the next process sees it; what the one before still wanted to do never happens. */
  mount(): Disk {
    this.#process += 1;
    const process = this.#process;
    const isAlive = (): boolean => process === this.#process;
    const alive = async (): Promise<void> => {
      if (!isAlive()) await new Promise(() => undefined);
    };
    return {
      makeFolder: (path) => realDisk.makeFolder(path),
      list: (folder) => this.#list(folder),
      create: async (path) => {
        await alive();
        if (this.full) throw failed('ENOSPC');
        return path.endsWith(DRAFT) ? draft(await realDisk.create(path), isAlive) : this.#create(path, alive);
      },
      rename: async (from, to) => {
        await alive();
        await this.#rename(from, to);
      },
      remove: async (path) => {
        await alive();
        await this.#remove(path);
      },
      // A name that was made is there.
      syncFolder: alive,
    };
  }

  /** The process that writes is gone; of what was not synced, a share of `loss` (0 to 1) goes with the power. */
  cutOff(loss: () => number): void {
    this.#process += 1;
    for (const held of this.#files.values()) {
      cut(held, held.length - Math.round(loss() * (held.length - held.synced)));
    }
  }

  async spill(): Promise<void> {
    for (const [path, { parts }] of this.#files) {
      await writeFile(path, Buffer.concat(parts));
      this.#spilled.add(path);
    }
    this.#files.clear();
  }

  async #list(folder: string): Promise<string[]> {
    const names = new Set(await realDisk.list(folder));
    for (const path of this.#files.keys()) {
      if (dirname(path) === folder) names.add(path.slice(folder.length + 1));
    }
    return [...names];
  }

  #create(path: string, alive: () => Promise<void>): DiskFile {
    if (this.#files.has(path)) throw failed('EEXIST');
    const held: Held = { parts: [], length: 0, synced: 0 };
    this.#files.set(path, held);
    const file: DiskFile = {
      write: async (bytes) => {
        if (this.full) throw failed('ENOSPC');
        held.parts.push(Uint8Array.from(bytes));
        held.length += bytes.length;
        return bytes.length;
      },
      sync: async () => {
        held.synced = held.length;
      },
      truncate: async (length) => cut(held, length),
      close: async () => undefined,
    };
    return guarded(file, alive);
  }

  async #rename(from: string, to: string): Promise<void> {
    if (from.endsWith(DRAFT)) {
      await realDisk.rename(from, to);
      return;
    }
    const held = this.#files.get(from);
    if (held === undefined) throw failed('ENOENT');
    this.#files.delete(from);
    this.#files.set(to, held);
  }

  async #remove(path: string): Promise<void> {
    if (this.#files.delete(path)) return;
    // No real file is asked for what was never there: virtual time would not wait for the answer.
    if (!this.#spilled.delete(path) && !path.endsWith(DRAFT)) throw failed('ENOENT');
    await realDisk.remove(path);
  }
}

function guarded(file: DiskFile, alive: () => Promise<void>): DiskFile {
  return {
    write: (bytes) => alive().then(() => file.write(bytes)),
    sync: () => alive().then(() => file.sync()),
    truncate: (length) => alive().then(() => file.truncate(length)),
    close: () => alive().then(() => file.close()),
  };
}

/** A real file, which must be closed even if its process is gone. */
function draft(file: DiskFile, isAlive: () => boolean): DiskFile {
  const write = async (bytes: Uint8Array): Promise<number> => {
    if (!isAlive()) throw failed('EIO');
    return file.write(bytes);
  };
  return { ...file, write };
}

function cut(held: Held, length: number): void {
  if (length >= held.length) return;
  const kept = Buffer.concat(held.parts).subarray(0, length);
  held.parts.splice(0, held.parts.length, kept);
  held.length = length;
}

function failed(code: string): Error {
  return Object.assign(new Error(code), { code });
}
