import { type FileHandle, open } from 'node:fs/promises';
import { EspwatchError, messageOf } from '../errors.js';
import type { ParserStep } from '../journal/entry.js';
import type { Chunk } from '../serial/link.js';

export type CaptureRecord = Chunk | { readonly t: number; readonly do: ParserStep };

/** The most that is read at once. */
const PIECE = 64 * 1024;

/**
 * What a capture (see `Capture`) holds, in order. A file without an index beside it is taken as what one board said
 * at `baud`, with times unknown (0): any saved log can be read. Throws USAGE when the file can't be read.
 */
export async function* readCaptureFile(file: string, baud: number): AsyncGenerator<CaptureRecord> {
  const data = await open(file).catch((error: unknown) => {
    throw new EspwatchError('USAGE', `${file} can't be read: ${messageOf(error)}.`, 'Check the path.', {
      cause: error,
    });
  });
  try {
    let how = { t: 0, baud };
    for await (const record of indexOf(file)) {
      if ('do' in record) {
        yield record;
        continue;
      }
      how = { t: record.t, baud: record.baud };
      yield* pieces(data, record.bytes, how);
    }
    yield* pieces(data, Number.POSITIVE_INFINITY, how);
  } finally {
    await data.close();
  }
}

async function* indexOf(file: string): AsyncGenerator<NonNullable<ReturnType<typeof parsed>>> {
  const index = await open(`${file}.index.ndjson`).catch(() => null);
  if (index === null) return;
  for await (const line of index.readLines()) {
    const record = parsed(line);
    if (record !== null) yield record;
  }
}

async function* pieces(
  data: FileHandle,
  count: number,
  how: { readonly t: number; readonly baud: number },
): AsyncGenerator<Chunk> {
  for (let left = count; left > 0; ) {
    const buffer = new Uint8Array(Math.min(left, PIECE));
    const { bytesRead } = await data.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    left -= bytesRead;
    yield { ...how, bytes: buffer.subarray(0, bytesRead) };
  }
}

/** Null for a line that is none: a capture may end in the middle of one. */
function parsed(line: string): { t: number; baud: number; bytes: number } | { t: number; do: ParserStep } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('t' in value) || typeof value.t !== 'number') return null;
  const { t } = value;
  if ('do' in value) return value.do === 'flush' || value.do === 'flush-lines' ? { t, do: value.do } : null;
  if (!('baud' in value) || !('bytes' in value)) return null;
  const { baud, bytes } = value;
  return typeof baud === 'number' && typeof bytes === 'number' && bytes >= 0 ? { t, baud, bytes } : null;
}
