/** What the tests of a run's folder share: folders that go away, a disk that fails when told to, and reading all. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from '../../test/support/cleanup.js';
import type { CaptureItem } from './capture-record.js';
import type { Damage } from './damage.js';
import { type Disk, type DiskFile, realDisk } from './disk.js';
import type { JournalEntry } from './entry.js';
import { readCapture } from './read-capture.js';
import { readEntries } from './read-entries.js';

export async function emptyFolder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'espwatch-journal-'));
  atEnd(t, () => rm(path, { recursive: true, force: true }));
  return path;
}

export type Call = 'create' | 'write' | 'sync' | 'truncate' | 'close' | 'rename' | 'remove' | 'syncFolder';
/** What a call does instead: fail with this code, or take only so many bytes. */
export type Fault = string | { readonly take: number } | null;

/** The real disk, with a say in every call. */
export class FaultyDisk implements Disk {
  /** Asked before each call, with the file's name. */
  fault: (call: Call, name: string) => Fault = () => null;
  readonly open = new Set<string>();
  calls = 0;

  makeFolder(path: string): Promise<void> {
    return realDisk.makeFolder(path);
  }

  list(folder: string): Promise<string[]> {
    return realDisk.list(folder);
  }

  async create(path: string): Promise<DiskFile> {
    this.#ask('create', path);
    const file = await realDisk.create(path);
    this.open.add(basename(path));
    return {
      write: async (bytes) => {
        const fault = this.#ask('write', path);
        return file.write(fault === null ? bytes : bytes.subarray(0, fault));
      },
      // Whether a sync reached the platter no test can see; many of them take their time.
      sync: async () => {
        this.#ask('sync', path);
      },
      truncate: async (length) => {
        this.#ask('truncate', path);
        await file.truncate(length);
      },
      close: async () => {
        await file.close();
        this.open.delete(basename(path));
        this.#ask('close', path);
      },
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.#ask('rename', from);
    await realDisk.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    this.#ask('remove', path);
    await realDisk.remove(path);
  }

  async syncFolder(path: string): Promise<void> {
    this.#ask('syncFolder', path);
  }

  #ask(call: Call, path: string): number | null {
    this.calls += 1;
    const fault = this.fault(call, basename(path));
    if (fault === null) return null;
    if (typeof fault !== 'string') return fault.take;
    throw Object.assign(new Error(`${fault}: injected, ${call}`), { code: fault });
  }
}

export interface Read<T> {
  readonly items: readonly T[];
  readonly damage: readonly Damage[];
}

export async function entriesIn(folder: string): Promise<Read<JournalEntry>> {
  const damage: Damage[] = [];
  const items: JournalEntry[] = [];
  for await (const entry of readEntries(folder, { onDamage: (found) => damage.push(found) })) items.push(entry);
  return { items, damage };
}

export async function captureIn(folder: string, board: number): Promise<Read<CaptureItem>> {
  const damage: Damage[] = [];
  const items: CaptureItem[] = [];
  for await (const item of readCapture(folder, board, { onDamage: (found) => damage.push(found) })) items.push(item);
  return { items, damage };
}

/** All bytes of a capture, as text of one character a byte. */
export function bytesOf(items: readonly CaptureItem[]): string {
  return items.map((item) => ('bytes' in item ? Buffer.from(item.bytes).toString('latin1') : '')).join('');
}

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

export const alive = (t: number): JournalEntry => ({ kind: 'alive', t });
