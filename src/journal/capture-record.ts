/** The index beside a capture: when each run of bytes came, and what was done to the parser between them. */
import type { ParserStep } from './entry.js';
import { parseRecord } from './entry-text.js';

/** Bytes as they came: `t` in the run's ms, `baud` the host's speed. A `Chunk` of a serial link has this shape. */
export interface CapturedBytes {
  readonly t: number;
  readonly baud: number;
  readonly bytes: Uint8Array;
  /** The index was lost here: `t` and `baud` are those of the last run that is known, 0 where none is. */
  readonly timeUnknown?: true;
}

export interface CapturedStep {
  readonly t: number;
  readonly do: ParserStep;
}

/** So many bytes that came from `t` on were not kept: the disk would not take them. */
export interface CaptureLoss {
  readonly t: number;
  readonly lost: number;
}

export type CaptureItem = CapturedBytes | CapturedStep | CaptureLoss;

/** A record before it has its place in a segment. */
export type PendingRecord =
  | { readonly t: number; readonly baud: number; readonly count: number }
  | CapturedStep
  | CaptureLoss;

/** A line of the index. `at` counts bytes from the segment's begin, so that each line stands for itself. */
export type IndexRecord =
  | { readonly t: number; readonly baud: number; readonly at: number; readonly bytes: number }
  | (CapturedStep & { readonly at: number })
  | (CaptureLoss & { readonly at: number });

/** The lines of `records`, whose first byte is at `at`. */
export function indexText(records: readonly PendingRecord[], at: number): string {
  let text = '';
  let place = at;
  for (const record of records) {
    if ('count' in record) {
      text += `{"t":${record.t},"baud":${record.baud},"at":${place},"bytes":${record.count}}\n`;
      place += record.count;
    } else if ('do' in record) text += `{"t":${record.t},"at":${place},"do":"${record.do}"}\n`;
    else text += `{"t":${record.t},"at":${place},"lost":${record.lost}}\n`;
  }
  return text;
}

/** Null for a line that is none: torn or damaged. */
export function parseIndexRecord(line: string): IndexRecord | null {
  const value = parseRecord(line);
  if (value === null || typeof value['t'] !== 'number' || !isCount(value['at'])) return null;
  const { t, at } = { t: value['t'], at: value['at'] };
  if (isCount(value['bytes'])) {
    return typeof value['baud'] === 'number' ? { t, baud: value['baud'], at, bytes: value['bytes'] } : null;
  }
  if (isCount(value['lost'])) return { t, at, lost: value['lost'] };
  const step = value['do'];
  if (step === 'begin' || step === 'flush-lines' || step === 'flush') return { t, at, do: step };
  return null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
