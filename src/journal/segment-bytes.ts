import { createReadStream } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { constants, createGunzip, gzipSync } from 'node:zlib';
import { systemCode } from './disk.js';

const READ_BYTES = 256 * 1024;

/**
 * The end of every file that we compressed: an empty member, which any gunzip reads over. A file that was cut off
 * has no such end. BGZF of the SAM format (its "EOF marker") does the same for the same reason.
 */
export const GZIP_END: Uint8Array = gzipSync(new Uint8Array(0));

export type Form = 'plain' | 'gz';

/**
 * What is in a file of a run's folder, compressed or not: as much as can be read, without an error at the end of it.
 * A file that is compressed by another process meanwhile is found under its new name; one that is not there is empty.
 * @param onUnreadable called when the end was not reached.
 */
export async function* segmentBytes(
  path: string,
  onUnreadable: () => void = () => {},
  forms: readonly Form[] = ['plain', 'gz'],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const form of forms) {
    let some = false;
    try {
      for await (const part of form === 'plain' ? plain(path) : unzipped(`${path}.gz`)) {
        some = true;
        yield part;
      }
      return;
    } catch (error) {
      if (!some && systemCode(error) === 'ENOENT') continue;
      onUnreadable();
      return;
    }
  }
}

async function* plain(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, 'r');
  try {
    for (let at = 0; ; ) {
      const into = Buffer.allocUnsafe(READ_BYTES);
      const { bytesRead } = await handle.read(into, 0, READ_BYTES, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield into.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* unzipped(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  // Opened first: a stream would tell of a missing file only through the unzipper.
  await access(path);
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  // Gives out what a file that was cut off still holds, instead of an error in place of it.
  const unzip = createGunzip({ chunkSize: READ_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  file.on('error', (error) => unzip.destroy(error));
  file.pipe(unzip);
  try {
    for await (const part of unzip) yield part as Uint8Array;
  } finally {
    file.destroy();
    unzip.destroy();
  }
}

/** Whether a compressed file is there to its end; false also when it can't be read. */
export async function isWholeGzip(path: string): Promise<boolean> {
  try {
    const { size } = await stat(path);
    if (size < GZIP_END.length) return false;
    const handle = await open(path, 'r');
    try {
      const end = Buffer.alloc(GZIP_END.length);
      await handle.read(end, 0, end.length, size - end.length);
      return end.equals(GZIP_END);
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

/** How many bytes `segmentBytes` would give. */
export async function readableBytes(parts: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0;
  for await (const part of parts) count += part.length;
  return count;
}

const LF = 0x0a;
/** Far longer than any record: a crash report of 4096 words has 50 kB. */
const MOST_LINE_BYTES = 4 * 1024 * 1024;

/** A line without its line feed; `ended` is false for what follows the last one. */
export interface TextLine {
  readonly text: string;
  readonly ended: boolean;
}

/** Cuts bytes into lines of UTF-8; what is too long to be a record comes as an empty line. */
export async function* linesOf(parts: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine, void, undefined> {
  let held: Uint8Array[] = [];
  let size = 0;
  const take = (last: Uint8Array, ended: boolean): TextLine => {
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    size = 0;
    return {
      text: bytes.length > MOST_LINE_BYTES ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(),
      ended,
    };
  };
  for await (const part of parts) {
    let from = 0;
    for (let end = part.indexOf(LF); end >= 0; end = part.indexOf(LF, from)) {
      yield take(part.subarray(from, end), true);
      from = end + 1;
    }
    const rest = part.subarray(from);
    if (rest.length === 0) continue;
    // Of a line without an end only so much is held that it is known to be too long.
    if (size <= MOST_LINE_BYTES) held.push(rest);
    size += rest.length;
  }
  if (held.length > 0) yield take(new Uint8Array(0), false);
}
