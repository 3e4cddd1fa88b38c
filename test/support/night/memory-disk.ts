import { mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../../../src/journal/disk.js';

interface Held {
  readonly parts: Uint8Array[];
  length: number;
  /** What a power cut leaves. */
  synced: number;
}

/**
 * A disk that answers without real input or output, so that virtual time can run; `spill` puts what it holds into real
 * files, for those who read them.
 */
export class MemoryDisk implements Disk {
  readonly #files = new Map<string, Held>();
  /** Real files by now. */
  readonly #spilled = new Set<string>();
  /** Rejects every byte with ENOSPC. */
  full = false;
  #generation = 0;

  async makeFolder(path: string): Promise<void> {
    await mkdir(path, { recursive: true });
  }

  async list(folder: string): Promise<string[]> {
    const names = new Set(await readdir(folder));
    for (const path of this.#files.keys()) {
      if (dirname(path) === folder) names.add(path.slice(folder.length + 1));
    }
    return [...names];
  }

  async create(path: string): Promise<DiskFile> {
    if (this.#files.has(path)) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
    if (this.full) throw noSpace();
    const held: Held = { parts: [], length: 0, synced: 0 };
    this.#files.set(path, held);
    const generation = this.#generation;
    const alive = async (): Promise<void> => {
      // What a killed process still wanted to do never happens.
      if (generation !== this.#generation) await new Promise(() => undefined);
    };
    return {
      write: async (bytes) => {
        await alive();
        if (this.full) throw noSpace();
        held.parts.push(Uint8Array.from(bytes));
        held.length += bytes.length;
        return bytes.length;
      },
      sync: async () => {
        await alive();
        held.synced = held.length;
      },
      truncate: async (length) => {
        await alive();
        cut(held, length);
      },
      close: alive,
    };
  }

  async rename(from: string, to: string): Promise<void> {
    const held = this.#files.get(from);
    if (held === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    this.#files.delete(from);
    this.#files.set(to, held);
  }

  async remove(path: string): Promise<void> {
    if (this.#files.delete(path)) return;
    // No real file is asked for what was never there: virtual time would not wait for the answer.
    if (!this.#spilled.delete(path)) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    await unlink(path);
  }

  async syncFolder(): Promise<void> {
    // A name that was made is there.
  }

  /** The process that writes is gone; with `loss` (0 to 1) so is the power, and that share of what was not synced. */
  cutOff(loss: () => number): void {
    this.#generation += 1;
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
}

function cut(held: Held, length: number): void {
  if (length >= held.length) return;
  const kept = Buffer.concat(held.parts).subarray(0, length);
  held.parts.splice(0, held.parts.length, kept);
  held.length = length;
}

function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}
