import { readFile } from 'node:fs/promises';

/** What a process has used, from /proc (Linux). */
export interface Usage {
  /** Wall clock, ms since 1970. */
  readonly t: number;
  /** User and system time so far, s. */
  readonly cpuS: number;
  /** Resident set now, and at most so far, bytes. */
  readonly rss: number;
  readonly peakRss: number;
}

/** `USER_HZ` of every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** Null when the process is gone. */
export async function usageOf(pid: number): Promise<Usage | null> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // The name may hold spaces; what follows it does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kB = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { t: Date.now(), cpuS: ticks / TICKS_PER_S, rss: kB('VmRSS') * 1024, peakRss: kB('VmHWM') * 1024 };
  } catch {
    return null;
  }
}

/** Share of one core between two samples, in percent. */
export function cpuPercent(from: Usage, to: Usage): number {
  return to.t <= from.t ? 0 : (100 * 1000 * (to.cpuS - from.cpuS)) / (to.t - from.t);
}
