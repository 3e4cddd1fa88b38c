/** One process writes a run's folder: the file `lock` names it. What it left behind when it was killed does not count. */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { EspwatchError } from '../errors.js';
import { systemCode } from './disk.js';
import { LOCK_FILE } from './names.js';
import { type ProcessFacts, realProcesses } from './process-facts.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** `ProcessFacts.startOf`. */
  readonly start: string | null;
  /** Tells two locks of one process apart. */
  readonly id: string;
}

export interface Lock {
  /** Never rejects. */
  release(): Promise<void>;
}

/** Rejects with JOURNAL_BUSY while another process (or this one) holds the folder, else with the system's error. */
export async function takeLock(folder: string, processes: ProcessFacts = realProcesses): Promise<Lock> {
  const path = `${folder}/${LOCK_FILE}`;
  const { pid, host } = processes;
  const mine: Holder = { pid, host, start: await processes.startOf(pid), id: randomUUID() };
  for (let tries = 0; tries < 3; tries++) {
    if (await created(path, mine)) return { release: () => release(path, mine) };
    const text = await textOf(path);
    if (text === null) continue;
    const holder = parseHolder(text);
    if (holder !== null && (await lives(holder, processes))) throw busy(folder, holder, host);
    await clearAway(path, text, mine, processes);
  }
  throw busy(folder, null, host);
}

/** Whether a process writes the folder now. */
export async function isHeld(folder: string, processes: ProcessFacts = realProcesses): Promise<boolean> {
  const text = await textOf(`${folder}/${LOCK_FILE}`);
  const holder = text === null ? null : parseHolder(text);
  return holder !== null && (await lives(holder, processes));
}

/** False when there is a lock already. The name appears with its content: a lock is never seen half written. */
async function created(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${holder.id}`;
  const text = `${JSON.stringify(holder)}\n`;
  const file = await open(draft, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await link(draft, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return false;
    // FAT and some network file systems have no links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EOPNOTSUPP')
      return plainly(path, text);
    throw error;
  } finally {
    await file.close().catch(() => {});
    await unlink(draft).catch(() => {});
  }
}

async function plainly(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(text).finally(() => file.close());
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function lives(holder: Holder, processes: ProcessFacts): Promise<boolean> {
  // Of another computer nothing is known: its lock is believed.
  if (holder.host !== processes.host) return true;
  if (!processes.isAlive(holder.pid)) return false;
  if (holder.start === null) return true;
  const start = await processes.startOf(holder.pid);
  return start === null || start === holder.start;
}

/** Removes a lock that nobody holds. One process at a time does so: a lock that is newer than `stale` is never removed. */
async function clearAway(path: string, stale: string, mine: Holder, processes: ProcessFacts): Promise<void> {
  const turn = `${path}.turn`;
  if (!(await created(turn, mine))) {
    const other = parseHolder((await textOf(turn)) ?? '');
    if (other === null || !(await lives(other, processes))) await remove(turn);
    return;
  }
  try {
    if ((await textOf(path)) === stale) await remove(path);
  } finally {
    await remove(turn);
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
  });
}

async function release(path: string, mine: Holder): Promise<void> {
  try {
    const holder = parseHolder((await textOf(path)) ?? '');
    if (holder?.id === mine.id) await remove(path);
  } catch {
    // It does not count any more once this process has ended.
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Null for what no process of ours wrote to the end: a power cut can leave that. */
function parseHolder(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value?.pid !== 'number' || typeof value.host !== 'string' || typeof value.id !== 'string') return null;
    return { pid: value.pid, host: value.host, start: value.start ?? null, id: value.id };
  } catch {
    return null;
  }
}

function busy(folder: string, holder: Holder | null, host: string): EspwatchError {
  const who = holder === null ? 'another process' : `process ${holder.pid}`;
  const elsewhere = holder !== null && holder.host !== host;
  return new EspwatchError(
    'JOURNAL_BUSY',
    `The folder ${folder} is being written by ${who}${elsewhere ? ` on ${holder.host}` : ''}.`,
    elsewhere
      ? `If nothing runs there any more, delete the file ${LOCK_FILE} in that folder.`
      : 'Wait until that run has ended, or name another folder.',
  );
}
