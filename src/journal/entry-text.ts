/** A journal entry as a line of `events-*.ndjson`, and back. */
import type { JournalEntry } from './entry.js';

const KINDS: ReadonlySet<string> = new Set<JournalEntry['kind']>([
  'begin',
  'event',
  'alive',
  'host',
  'renumbered',
  'storage',
  'end',
]);

/** One line with its line feed. Bytes in an event are written as `{"base64": "..."}`, which JSON has no word for. */
export function entryLine(entry: JournalEntry): string {
  if (entry.kind !== 'event') return `${JSON.stringify(entry)}\n`;
  let event: object = entry.event;
  for (const [name, value] of Object.entries(event)) {
    if (!(value instanceof Uint8Array)) continue;
    event = { ...event, [name]: { base64: Buffer.from(value).toString('base64') } };
  }
  return `${JSON.stringify(event === entry.event ? entry : { ...entry, event })}\n`;
}

/** Null for a line that is no entry: torn, damaged, or of a kind that a later version writes. */
export function parseEntry(line: string): JournalEntry | null {
  const value = parseRecord(line);
  if (value === null || typeof value['kind'] !== 'string' || !KINDS.has(value['kind'])) return null;
  if (value['kind'] !== 'event') return typeof value['t'] === 'number' ? (value as unknown as JournalEntry) : null;
  const event = value['event'];
  if (!isRecord(event) || typeof value['board'] !== 'number') return null;
  if (typeof event['t'] !== 'number' || typeof event['seq'] !== 'number' || typeof event['type'] !== 'string') {
    return null;
  }
  for (const [name, part] of Object.entries(event)) {
    if (isRecord(part) && typeof part['base64'] === 'string' && Object.keys(part).length === 1) {
      event[name] = new Uint8Array(Buffer.from(part['base64'], 'base64'));
    }
  }
  return value as unknown as JournalEntry;
}

/** The JSON object on a line; null for anything else. A part of an object is never an object. */
export function parseRecord(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
