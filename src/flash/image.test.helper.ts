import { deflateSync } from 'node:zlib';
import { words, xorChecksum } from './bytes.js';
import { imageCrc } from './image.js';

export interface TestSegment {
  readonly address: number;
  readonly data: Uint8Array;
}

/** Bytes that deflate to about two thirds, like code: the same for the same seed. */
export function codeLike(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 24) & 0x3f;
  });
}

/** A version 1 image (ESP8266.md 6.1). */
export function v1Image(segments: readonly TestSegment[], entry = 0x40100004): Buffer {
  const pieces = [Uint8Array.of(0xe9, segments.length, 2, 0x40), words(entry)];
  let sum = 0xef;
  for (const { address, data } of segments) {
    pieces.push(words(address, data.length), data);
    sum = xorChecksum(data, sum);
  }
  const body = Buffer.concat(pieces);
  const image = Buffer.alloc((body.length + 16) & ~15);
  body.copy(image);
  image[image.length - 1] = sum;
  return image;
}

const EBOOT = v1Image(
  [
    { address: 0x4010f000, data: codeLike(256, 7) },
    { address: 0x3fff20b8, data: codeLike(40, 8) },
  ],
  0x4010f000,
);

/** An Arduino image: eboot, the application from 0x1000 on, length and CRC in its first segment. */
export function arduinoImage(codeBytes = 2048, start: Uint8Array = new Uint8Array(8)): Buffer {
  const irom = Buffer.concat([new Uint8Array(8), start, codeLike(codeBytes)]);
  const app = v1Image([
    { address: 0x40201010, data: irom },
    { address: 0x40100000, data: codeLike(64, 3) },
  ]);
  const image = Buffer.concat([EBOOT, Buffer.alloc(0x1000 - EBOOT.length, 0xaa), app]);
  image.writeUInt32LE(image.length, 0x1010);
  image.writeUInt32LE(imageCrc(image), 0x1014);
  return image;
}

/** An image for the virtual board: the magic and a deflated program where code would be. */
export function virtualImage(): Buffer {
  const program = deflateSync(Buffer.from('\0asm'));
  const padding = new Uint8Array((4 - (program.length % 4)) % 4);
  const start = Buffer.concat([Buffer.from('ESPWVB1\0'), words(4, program.length), program, padding]);
  return arduinoImage(0, start);
}

/** An ESP32-family image: 16 bytes more of header, chip id at 12. */
export function esp32Image(chipId: number, address = 0x400d0020): Buffer {
  const extended = Buffer.alloc(24);
  extended.set([0xe9, 1, 2, 0x20]);
  extended.set([0xee], 8);
  extended.writeUInt16LE(chipId, 12);
  const data = codeLike(64);
  const body = Buffer.concat([extended, words(address, data.length), data]);
  const image = Buffer.alloc((body.length + 16) & ~15);
  body.copy(image);
  image[image.length - 1] = xorChecksum(data);
  return image;
}
