import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf } from '../errors.js';
import { printable } from '../printable.js';
import { timeOfDay } from '../units.js';
import type { Desk } from './desk-types.js';
import type { LogStore } from './log-store.js';

type Entries = Awaited<ReturnType<Desk['browse']>>;

/** Rows written at a time: a log of 100,000 needs no text of its size. */
const ROWS = 1000;

/** The folders and images in `folder`, folders first, hidden ones left out; none where it can't be read. */
export async function browse(folder: string): Promise<Entries> {
  const root = fromHome(folder);
  const names = await readdir(root).catch(() => []);
  const entries = await Promise.all(
    names
      .filter((name) => !name.startsWith('.'))
      .map(async (name) => {
        const path = join(root, name);
        // A link is what it leads to; one that leads nowhere is nothing.
        const is = await stat(path).catch(() => null);
        const folder = is?.isDirectory() === true;
        const image = is?.isFile() === true && /\.bin$/i.test(name);
        return folder || image ? { path, name: printable(name, 255), folder } : null;
      }),
  );
  return entries
    .filter((entry) => entry !== null)
    .sort((a, b) => Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** Writes what is kept of the log, with times; a file that is there is left alone. Resolves to what came of it. */
export async function saveLog(log: LogStore, file: string): ReturnType<Desk['saveLog']> {
  const path = fromHome(file);
  let out: FileHandle | null = null;
  try {
    out = await open(path, 'wx');
    const { first, last } = log;
    for (let n = first; n <= last; n += ROWS) await out.write(rowsText(log, n, Math.min(last, n + ROWS - 1)));
    return { ok: true, text: `The log is in ${path}: ${last - first + 1} lines.` };
  } catch (error) {
    const text =
      (error as NodeJS.ErrnoException).code === 'EEXIST'
        ? `${path} is there already: choose another name.`
        : `The log could not be written to ${path}: ${messageOf(error)}.`;
    return { ok: false, text };
  } finally {
    await out?.close().catch(() => undefined);
  }
}

/** Rows that were dropped meanwhile are left out. */
function rowsText(log: LogStore, from: number, to: number): string {
  let text = '';
  for (let n = from; n <= to; n++) {
    const row = log.at(n);
    if (row === undefined) continue;
    const mark = row.kind === 'event' ? '── ' : row.tone === 'sent' ? '> ' : '';
    text += `${timeOfDay(row.t)} ${mark}${row.text}\n`;
  }
  return text;
}

/** `~/...` as people type it. */
export function fromHome(path: string): string {
  return resolve(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path);
}
