import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { createInflate, deflate } from 'node:zlib';
import { EspwatchError } from '../errors.js';
import { hex, padToMultiple, words } from './bytes.js';
import { type ChipLoader, isTransient, OP, type Request, request } from './loader.js';

/** What the stub takes at a time, in bytes on the wire. */
const BLOCK = 0x4000;
const TRIES = 3;
const BEGIN_MS = 10_000;
/** Slowest flash chips in their data sheets: 400 ms for a sector, 3 ms for a page (ESP8266.md 9.2). */
const SECTOR_ERASE_MS = 400;
const PAGE_PROGRAM_MS = 3;
const BLOCK_MS = 3000;
const LONGEST_MS = 120_000;

const deflateAsync = promisify(deflate);

interface Block {
  readonly wire: Uint8Array;
  /** Bytes of flash that it fills. */
  readonly flashBytes: number;
}

/** A part as it goes over the wire. */
export interface EncodedPart {
  readonly name: string;
  readonly offset: number;
  /** Bytes written, a multiple of 4 (padded with FF). */
  readonly length: number;
  /** Of those bytes, 32 hex digits. */
  readonly md5: string;
  /** False when compression is no gain and the bytes go as they are. */
  readonly compressed: boolean;
  /** Bytes of all blocks, before SLIP. */
  readonly wireBytes: number;
  readonly blocks: readonly Block[];
}

/** Compresses a part off the event loop. The bytes are never changed, the image's header included. */
export async function encodePart(name: string, offset: number, bytes: Uint8Array): Promise<EncodedPart> {
  const data = padToMultiple(bytes, 4);
  const md5 = createHash('md5').update(data).digest('hex');
  const packed = await deflateAsync(data, { level: 9 });
  const compressed = packed.length < data.length;
  const wire = compressed ? packed : data;
  const pieces = cut(wire, compressed ? BLOCK : evenBlock(data.length));
  const sizes = compressed ? await inflatedSizes(pieces, data.length) : pieces.map((piece) => piece.length);
  return {
    name,
    offset,
    length: data.length,
    md5,
    compressed,
    wireBytes: wire.length,
    blocks: pieces.map((piece, i) => ({ wire: piece, flashBytes: sizes[i] ?? 0 })),
  };
}

/**
 * Writes one part; `onBlock` is told the bytes of flash that each acknowledged block fills, and a negative number
 * when the part starts over. A failed block starts the part over (3 tries), since the stub has already fed a part
 * of the stream to its inflater. Rejects with the last try's error.
 */
export async function writePart(
  loader: ChipLoader,
  part: EncodedPart,
  onBlock: (flashBytes: number) => void,
): Promise<void> {
  for (let tryNumber = 1; ; tryNumber++) {
    let reported = 0;
    try {
      await sendPart(loader, part, (flashBytes) => {
        reported += flashBytes;
        onBlock(flashBytes);
      });
      return;
    } catch (error) {
      if (!isTransient(error) || tryNumber === TRIES || !(await loader.resync())) throw error;
      onBlock(-reported);
    }
  }
}

/** Throws `FLASH_VERIFY` unless the flash holds the part. */
export async function verifyPart(loader: ChipLoader, part: EncodedPart): Promise<void> {
  const found = await loader.md5(part.offset, part.length);
  if (found === part.md5) return;
  throw new EspwatchError(
    'FLASH_VERIFY',
    `The flash does not hold ${part.name} at ${hex(part.offset)}: its MD5 is ${found}, expected ${part.md5}.`,
    'Check the power supply (a weak one spoils writes) and try again; if it fails again, the flash chip may be worn out.',
  );
}

async function sendPart(loader: ChipLoader, part: EncodedPart, onBlock: (flashBytes: number) => void): Promise<void> {
  const { blocks, length, offset, compressed } = part;
  const op = compressed
    ? { begin: OP.deflateBegin, data: OP.deflateData, end: OP.deflateEnd }
    : { begin: OP.flashBegin, data: OP.flashData, end: OP.flashEnd };
  const blockSize = compressed ? BLOCK : evenBlock(length);
  await loader.exchange(
    'to begin writing',
    request(op.begin, words(length, blocks.length, blockSize, offset)),
    BEGIN_MS,
  );
  let following = blockRequest(op.data, blocks[0], 0);
  // The stub answers when it has received a block and writes it while the next one comes in: each answer is late
  // by the write before it, and the last write is waited for with the END command.
  let unwritten = 0;
  for (const [i, block] of blocks.entries()) {
    unwritten += block.flashBytes;
    const answered = loader.exchange(`block ${i}`, following, writeTimeout(unwritten));
    // Framed while the block before is on the wire, so that the wire never waits for it.
    following = blockRequest(op.data, blocks[i + 1], i + 1);
    await answered;
    onBlock(block.flashBytes);
    unwritten = block.flashBytes;
  }
  await loader.exchange('to end writing', request(op.end, words(1)), writeTimeout(unwritten));
}

function blockRequest(op: number, block: Block | undefined, seq: number): Request {
  const wire = block?.wire ?? new Uint8Array(0);
  return request(op, words(wire.length, seq, 0, 0), wire);
}

/** Time for `flashBytes` to be erased and written by the slowest chip, in ms. */
function writeTimeout(flashBytes: number): number {
  const sectors = Math.ceil(flashBytes / 0x1000) + 1;
  const pages = Math.ceil(flashBytes / 0x100);
  return Math.min(LONGEST_MS, BLOCK_MS + sectors * SECTOR_ERASE_MS + pages * PAGE_PROGRAM_MS);
}

/** For uncompressed data: equal blocks, so that the last one needs no padding beyond its part. */
function evenBlock(length: number): number {
  const blocks = Math.ceil(length / BLOCK);
  return Math.ceil(length / blocks / 4) * 4;
}

function cut(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

/** How many bytes each piece of a deflated stream inflates to, `total` in all. */
async function inflatedSizes(pieces: readonly Uint8Array[], total: number): Promise<readonly number[]> {
  const inflate = createInflate();
  let seen = 0;
  inflate.on('data', (chunk: Uint8Array) => {
    seen += chunk.length;
  });
  const sizes: number[] = [];
  let before = 0;
  for (const [i, piece] of pieces.entries()) {
    await new Promise<void>((resolve, reject) => {
      inflate.once('error', reject);
      inflate.write(piece, () => resolve());
    });
    inflate.removeAllListeners('error');
    const end = i === pieces.length - 1 ? total : seen;
    sizes.push(end - before);
    before = end;
  }
  inflate.destroy();
  return sizes;
}
