import type { Damage } from './damage.js';
import { realDisk } from './disk.js';
import type { JournalEntry } from './entry.js';
import { parseEntry } from './entry-text.js';
import { isHeld } from './lock.js';
import { type Segment, segmentsIn } from './names.js';
import { linesOf, segmentBytes } from './segment-bytes.js';

export interface ReadOptions {
  readonly onDamage?: (damage: Damage) => void;
}

/**
 * The journal of a run: every entry that can be read, in the order in which they were written, in constant memory.
 * A run that is being watched is read as far as it was written when the reading began or somewhat further.
 * Rejects only when the folder itself can't be listed.
 */
export async function* readEntries(
  folder: string,
  options: ReadOptions = {},
): AsyncGenerator<JournalEntry, void, undefined> {
  const live = await isHeld(folder);
  const segments = segmentsIn(await realDisk.list(folder)).get('events') ?? [];
  for (const segment of segments) {
    // The writer may be in the middle of its last line.
    const inWork = live && segment === segments.at(-1);
    yield* segmentEntries(folder, segment, inWork, options.onDamage);
  }
}

/** The entries of one segment. @param inWork a torn last line is not damage but being written. */
export async function* segmentEntries(
  folder: string,
  segment: Segment,
  inWork: boolean,
  onDamage: (damage: Damage) => void = () => {},
): AsyncGenerator<JournalEntry, void, undefined> {
  const file = `${segment.stem}.ndjson`;
  const bytes = segmentBytes(`${folder}/${file}`, () => onDamage({ file, kind: 'cut-off', bytes: 0 }));
  for await (const { text, ended } of linesOf(bytes)) {
    const entry = parseEntry(text);
    if (entry !== null) yield entry;
    else if (ended || !inWork) onDamage({ file, kind: 'torn-line', bytes: Buffer.byteLength(text) });
  }
}
