import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** A process that has a device open. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
}

export interface HolderOptions {
  /** Where the process file system is mounted. */
  readonly proc?: string;
  readonly self?: number;
}

/**
 * The process that has the device at `path` open, other than this one; null when nobody has, or when the system
 * does not say (other users' processes, systems without /proc).
 */
export async function findHolder(path: string, options: HolderOptions = {}): Promise<Holder | null> {
  const device = await realpath(path).catch(() => path);
  return (await holders([device], options)).get(device) ?? null;
}

/** The holders of several devices in one walk; the devices' names must be free of links. */
export async function holders(
  devices: readonly string[],
  { proc = '/proc', self = process.pid }: HolderOptions = {},
): Promise<Map<string, Holder>> {
  const found = new Map<string, Holder>();
  const wanted = new Set(devices);
  if (wanted.size === 0) return found;
  const pids = (await entries(proc)).filter((name) => /^\d+$/.test(name) && Number(name) !== self);
  for (const pid of pids.sort((a, b) => Number(a) - Number(b))) {
    const fds = join(proc, pid, 'fd');
    const open = await Promise.all((await entries(fds)).map((fd) => readlink(join(fds, fd)).catch(() => '')));
    const held = open.filter((device) => wanted.has(device) && !found.has(device));
    if (held.length === 0) continue;
    const command = (await readFile(join(proc, pid, 'comm'), 'utf8').catch(() => '')).trim();
    for (const device of held) found.set(device, { pid: Number(pid), command: command || 'a program' });
  }
  return found;
}

/** Processes end while we look, and others' are closed to us: both read as empty. */
async function entries(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}
