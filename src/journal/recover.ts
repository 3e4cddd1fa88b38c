import { readFile } from 'node:fs/promises';
import type { Damage } from './damage.js';
import type { Disk } from './disk.js';
import { isDraft, RUN_COPY, RUN_FILE, type Segment, type Series, segmentsIn } from './names.js';
import { segmentItems } from './read-capture.js';
import { segmentEntries } from './read-entries.js';
import { isWholeGzip, readableBytes, segmentBytes } from './segment-bytes.js';

export interface Recovered {
  /** The number that comes after the last segment of each series. */
  readonly next: ReadonlyMap<Series, number>;
  /** Files that are complete and not compressed yet. */
  readonly uncompressed: readonly string[];
  readonly damage: readonly Damage[];
}

/**
 * Looks through a folder that a process left behind: what is damaged in it, and what the next process goes on with.
 * Nothing that holds data is changed; removed are drafts, and of a file and its compressed copy the one that holds
 * less. Compressed files are only looked at for their end: reading a long night would keep the board unwatched.
 * Rejects only when the folder can't be listed.
 */
export async function recover(disk: Disk, folder: string): Promise<Recovered> {
  const damage: Damage[] = [];
  const names = await disk.list(folder);
  for (const name of names) {
    if (isDraft(name)) await disk.remove(`${folder}/${name}`).catch(() => {});
  }
  const next = new Map<Series, number>();
  const uncompressed: string[] = [];
  for (const [series, segments] of segmentsIn(names)) {
    for (const segment of segments) {
      next.set(series, segment.number + 1);
      const plain = await settleCopies(disk, folder, segment, damage);
      if (plain.length === 0) continue;
      uncompressed.push(...plain);
      const note = (found: Damage): void => {
        damage.push(found);
      };
      if (series === 'events') for await (const _entry of segmentEntries(folder, segment, false, note));
      else for await (const _item of segmentItems(folder, segment, false, { t: 0, baud: 0 }, note));
    }
  }
  return { next, uncompressed, damage };
}

/** Leaves one of each file and its compressed copy; returns the names of those that are not compressed. */
async function settleCopies(disk: Disk, folder: string, segment: Segment, damage: Damage[]): Promise<string[]> {
  const uncompressed: string[] = [];
  for (const extension of ['bin', 'ndjson']) {
    const name = `${segment.stem}.${extension}`;
    const path = `${folder}/${name}`;
    const zipped = `${path}.gz`;
    let isPlain = segment.files.has(extension);
    if (!segment.files.has(`${extension}.gz`)) {
      if (isPlain) uncompressed.push(name);
      continue;
    }
    if (isPlain) {
      // Both hold the begin of the same bytes: the longer one has all of the shorter.
      const [copy, original] = [
        await readableBytes(segmentBytes(path, undefined, ['gz'])),
        await readableBytes(segmentBytes(path, undefined, ['plain'])),
      ];
      isPlain = copy < original;
      await disk.remove(isPlain ? zipped : path).catch(() => {});
    }
    if (isPlain) uncompressed.push(name);
    else if (!(await isWholeGzip(zipped))) damage.push({ file: `${name}.gz`, kind: 'cut-off', bytes: 0 });
  }
  return uncompressed;
}

/** The value of `run.json`, or of its copy; null when neither can be read. */
export async function readRun(folder: string): Promise<{ run: unknown; damage: readonly Damage[] }> {
  const damage: Damage[] = [];
  for (const file of [RUN_FILE, RUN_COPY]) {
    try {
      const text = await readFile(`${folder}/${file}`, 'utf8');
      return { run: JSON.parse(text) as unknown, damage };
    } catch {
      damage.push({ file, kind: 'run-unreadable', bytes: 0 });
    }
  }
  return { run: null, damage };
}
