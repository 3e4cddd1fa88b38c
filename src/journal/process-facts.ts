import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { systemCode } from './disk.js';

/** What tells whether a process that wrote its number down is still that process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly host: string;
  /** Whether a process has this number. */
  isAlive(pid: number): boolean;
  /** The same text for as long as the process lives, another one for the next with its number; null = not known here. */
  startOf(pid: number): Promise<string | null>;
}

export const realProcesses: ProcessFacts = {
  pid: process.pid,
  host: hostname(),
  isAlive: (pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // EPERM: it lives and belongs to somebody else.
      return systemCode(error) !== 'ESRCH';
    }
  },
  startOf: async (pid) => {
    try {
      if (process.platform === 'linux') return await linuxStart(pid);
      if (process.platform === 'win32') return null;
      const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], {
        env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      });
      return stdout.trim() || null;
    } catch {
      return null;
    }
  },
};

/** Clock ticks since boot, of proc(5) field 22, with the boot they count from. */
async function linuxStart(pid: number): Promise<string | null> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'latin1'),
    readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
  ]);
  // The second field is the program's name in brackets and may hold anything.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? null : `${boot.trim()} ${ticks}`;
}
