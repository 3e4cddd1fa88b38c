/** What a run's folder asks of a disk: small, so that a test can fail any call of it. */
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';

/** A file that is only ever appended to. Every method rejects with the system's own error (`code` ENOSPC, EIO, ...). */
export interface DiskFile {
  /** Appends; resolves to how many bytes were taken, which may be fewer than there are. */
  write(bytes: Uint8Array): Promise<number>;
  /** Resolves when what was written would survive a power cut. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  makeFolder(path: string): Promise<void>;
  /** File names; rejects with ENOENT where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** A new file; rejects with EEXIST when there is one. */
  create(path: string): Promise<DiskFile>;
  /** Takes the place of what is there. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes new names and renames in a folder survive a power cut, where the platform can. */
  syncFolder(path: string): Promise<void>;
}

export const realDisk: Disk = {
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  list: (folder) => readdir(folder),
  create: async (path) => {
    const handle = await open(path, 'ax');
    return {
      write: async (bytes) => (await handle.write(bytes)).bytesWritten,
      sync: () => handle.datasync(),
      truncate: (length) => handle.truncate(length),
      close: () => handle.close(),
    };
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => unlink(path),
  syncFolder: async (path) => {
    // Windows has no handle of a folder that could be synced.
    if (process.platform === 'win32') return;
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** The system's code of a failed call; null for other errors. */
export function systemCode(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : null;
}

/** There is no room: the disk is full, or the user's share of it. */
export function isFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Writes a whole file so that its name never stands for a part of it. */
export async function writeWhole(disk: Disk, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = `${folder}/${name}`;
  const draft = `${path}.tmp`;
  await disk.remove(draft).catch(() => {});
  const file = await disk.create(draft);
  try {
    await writeAll(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(draft, path);
  await disk.syncFolder(folder);
}

/** Writes all of `bytes`, however many calls it takes. A disk that takes nothing counts as full. */
export async function writeAll(file: DiskFile, bytes: Uint8Array, onTaken?: (count: number) => void): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const count = await file.write(at === 0 ? bytes : bytes.subarray(at));
    if (count === 0) throw Object.assign(new Error('ENOSPC: the disk takes no more bytes'), { code: 'ENOSPC' });
    at += count;
    onTaken?.(count);
  }
}
