import { type CaptureItem, type IndexRecord, parseIndexRecord } from './capture-record.js';
import type { Damage } from './damage.js';
import { realDisk } from './disk.js';
import { isHeld } from './lock.js';
import { captureSeries, type Segment, segmentsIn } from './names.js';
import type { ReadOptions } from './read-entries.js';
import { linesOf, segmentBytes } from './segment-bytes.js';

/**
 * What a board sent, and what was done to the parser meanwhile, as it was: every byte that is there, in order, in
 * constant memory. Long runs of bytes come in pieces. A run that is being watched is read as far as it was written
 * when the reading began or somewhat further. Rejects only when the folder itself can't be listed.
 */
export async function* readCapture(
  folder: string,
  board: number,
  options: ReadOptions = {},
): AsyncGenerator<CaptureItem, void, undefined> {
  const live = await isHeld(folder);
  const segments = segmentsIn(await realDisk.list(folder)).get(captureSeries(board)) ?? [];
  let last: Known = { t: 0, baud: 0 };
  for (const segment of segments) {
    const inWork = live && segment === segments.at(-1);
    last = yield* segmentItems(folder, segment, inWork, last, options.onDamage);
  }
}

/** Time and speed of the last run of bytes that is known. */
interface Known {
  readonly t: number;
  readonly baud: number;
}

/** One segment. @param inWork bytes beyond the index are being written: their time is about to come. */
export async function* segmentItems(
  folder: string,
  segment: Segment,
  inWork: boolean,
  before: Known,
  onDamage: (damage: Damage) => void = () => {},
): AsyncGenerator<CaptureItem, Known, undefined> {
  const bin = `${segment.stem}.bin`;
  const index = `${segment.stem}.ndjson`;
  const cutOff = (file: string) => () => onDamage({ file, kind: 'cut-off', bytes: 0 });
  const bytes = new ByteQueue(segmentBytes(`${folder}/${bin}`, cutOff(bin)));
  let { t, baud } = before;
  try {
    for await (const { text, ended } of linesOf(segmentBytes(`${folder}/${index}`, cutOff(index)))) {
      const record: IndexRecord | null = parseIndexRecord(text);
      if (record === null) {
        if (ended || !inWork) onDamage({ file: index, kind: 'torn-line', bytes: Buffer.byteLength(text) });
        continue;
      }
      // Lines of the index are missing: their bytes are there.
      for await (const part of bytes.upTo(record.at)) {
        onDamage({ file: bin, kind: 'time-unknown', bytes: part.length });
        yield { t, baud, bytes: part, timeUnknown: true };
      }
      if (bytes.position < record.at) {
        onDamage({ file: index, kind: 'bytes-missing', bytes: 'bytes' in record ? record.bytes : 0 });
        continue;
      }
      t = record.t;
      if ('do' in record) {
        yield { t, do: record.do };
      } else if ('lost' in record) {
        yield { t, lost: record.lost };
      } else {
        baud = record.baud;
        const end = record.at + record.bytes;
        for await (const part of bytes.upTo(end)) yield { t, baud, bytes: part };
        if (bytes.position < end) onDamage({ file: index, kind: 'bytes-missing', bytes: end - bytes.position });
      }
    }
    if (inWork) return { t, baud };
    for await (const part of bytes.upTo(Number.POSITIVE_INFINITY)) {
      onDamage({ file: bin, kind: 'time-unknown', bytes: part.length });
      yield { t, baud, bytes: part, timeUnknown: true };
    }
    return { t, baud };
  } finally {
    await bytes.close();
  }
}

/** Bytes by their place, as they are asked for. */
class ByteQueue {
  readonly #parts: AsyncGenerator<Uint8Array, void, undefined>;
  #held: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(parts: AsyncGenerator<Uint8Array, void, undefined>) {
    this.#parts = parts;
  }

  /** The place of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** The bytes before `end` that were not given out yet, in pieces; fewer where the file ends before. */
  async *upTo(end: number): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#position < end) {
      if (this.#held.length === 0) {
        const next = await this.#parts.next();
        if (next.done === true) return;
        this.#held = next.value;
        continue;
      }
      const part = this.#held.subarray(0, end - this.#position);
      this.#held = this.#held.subarray(part.length);
      this.#position += part.length;
      yield part;
    }
  }

  async close(): Promise<void> {
    await this.#parts.return();
  }
}
