/** The names in a run's folder. */

export const RUN_FILE = 'run.json';
/** The same once more: without its plan a run cannot be resumed. */
export const RUN_COPY = 'run.copy.json';
export const LOCK_FILE = 'lock';
export const RESERVE_FILE = 'reserve';

/** A row of segments: `events`, or `capture-N` of board N. */
export type Series = 'events' | `capture-${number}`;

export interface Segment {
  readonly series: Series;
  /** Counts from 1. */
  readonly number: number;
  /** Without extension: `capture-0-0001`. */
  readonly stem: string;
  /** Extensions that are there: `bin`, `ndjson`, each perhaps also with `.gz`. */
  readonly files: ReadonlySet<string>;
}

const SEGMENT = /^(events|capture-(?:0|[1-9]\d{0,5}))-(\d{4,9})\.((?:bin|ndjson)(?:\.gz)?)$/;

export function captureSeries(board: number): Series {
  return `capture-${board}`;
}

export function stemOf(series: Series, number: number): string {
  return `${series}-${String(number).padStart(4, '0')}`;
}

/** The segments of a folder's listing, in order of their numbers, by series. */
export function segmentsIn(names: readonly string[]): Map<Series, Segment[]> {
  const found = new Map<string, Segment & { readonly files: Set<string> }>();
  for (const name of names) {
    const [, series, number, extension] = SEGMENT.exec(name) ?? [];
    if (series === undefined || number === undefined || extension === undefined) continue;
    const stem = `${series}-${number}`;
    const segment = found.get(stem) ?? { series: series as Series, number: Number(number), stem, files: new Set() };
    segment.files.add(extension);
    found.set(stem, segment);
  }
  const all = new Map<Series, Segment[]>();
  for (const segment of found.values()) {
    const row = all.get(segment.series);
    if (row === undefined) all.set(segment.series, [segment]);
    else row.push(segment);
  }
  for (const row of all.values()) row.sort((a, b) => a.number - b.number);
  return all;
}

/** A compressed file that was not finished, or a file that was to take another's place. */
export function isDraft(name: string): boolean {
  return name.endsWith('.gz.tmp') || name === `${RUN_FILE}.tmp` || name === `${RUN_COPY}.tmp`;
}
