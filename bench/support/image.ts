import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';

const SKETCH = new URL('../../../firmware/prebuilt/tls_mqtt.virtual.bin', import.meta.url);
const SIZE = 400 * 1024;
const SEED = 0x8266;

export interface BenchImage {
  readonly bytes: Uint8Array;
  /** Bytes of it that are the committed sketch. */
  readonly sketch: number;
  /** Bytes after deflate at level 9, as both tools send it. */
  readonly deflated: number;
}

/**
 * The committed sketch image, followed by what the rest of a 400 KB Arduino binary looks like. The image tells its
 * own length, so that it stays valid and bootable with something behind it.
 */
export async function benchImage(): Promise<BenchImage> {
  const sketch = await readFile(SKETCH);
  const bytes = new Uint8Array(SIZE);
  bytes.set(sketch);
  bytes.set(binaryLike(SIZE - sketch.length, SEED), sketch.length);
  return { bytes, sketch: sketch.length, deflated: deflateSync(bytes, { level: 9 }).length };
}

const WORDS = `connect client server wifi station timeout error socket buffer response request header content length
  certificate handshake session verify publish subscribe topic payload reconnect heap stack watchdog update config
  sensor temperature humidity pressure interval address gateway netmask hostname channel failed invalid begin end
  allocate callback index value write read flash sector erase signature public private modulus cipher digest`
  .trim()
  .split(/\s+/);

/** How often each kind of content comes, in parts of 100; the lengths make code about four fifths of the bytes. */
const CODE = 46;
const REPEAT = CODE + 28;
const TEXT = REPEAT + 12;
const POINTERS = TEXT + 8;
const TABLE = POINTERS + 2;

/**
 * `length` bytes that deflate about as an ESP8266 Arduino binary does (to 65 to 75 %, ESP8266.md 9.1), the same for the
 * same seed: Xtensa-like instructions (few opcodes and registers, many operands), snippets that occur again, texts,
 * pointer tables, dense constant tables (certificates, fonts), zeros.
 */
export function binaryLike(length: number, seed: number): Uint8Array {
  const out = new Uint8Array(length);
  const random = generator(seed);
  const below = (n: number): number => Math.floor(random() * n);
  // The smaller ones more often, as registers and opcodes are used.
  const skewed = (n: number): number => Math.floor(n * random() * random());
  let at = 0;
  const put = (...bytes: readonly number[]): void => {
    for (const byte of bytes) if (at < length) out[at++] = byte & 0xff;
  };
  while (at < length) {
    const kind = below(100);
    if (kind < CODE) {
      for (let n = 12 + below(60); n > 0; n--) {
        const opcode = skewed(32) * 4 + 1;
        if (below(3) === 0) put(opcode | 0x08, (skewed(16) << 4) | skewed(16));
        else put(opcode, (skewed(16) << 4) | skewed(16), below(4) === 0 ? below(256) : skewed(20) * 4);
      }
    } else if (kind < REPEAT && at > 64) {
      const from = at - 1 - below(Math.min(at - 32, 24_000));
      const n = 10 + below(50);
      put(...out.slice(from, from + n));
    } else if (kind < TEXT) {
      for (let n = 2 + below(6); n > 0; n--) put(...Buffer.from(`${WORDS[below(WORDS.length)]} `));
      put(0);
    } else if (kind < POINTERS) {
      for (let n = 4 + below(12); n > 0; n--) put(below(64) * 4, below(256), below(4) + 0x20, 0x40);
    } else if (kind < TABLE) {
      for (let n = 64 + below(256); n > 0; n--) put(below(256));
    } else {
      for (let n = 4 + below(40); n > 0; n--) put(0);
    }
  }
  return out;
}

/** Numbers from 0 to 1 that depend on the seed only (mulberry32's mixing of a counter). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
