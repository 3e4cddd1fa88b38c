// Packs the program into a flash image as the Arduino core lays it out: eboot at 0, the
// application at 0x1000, its length and CRC in the first words of the irom segment.
import { deflateSync, inflateSync } from 'node:zlib';

const APP = 0x1000;
const LENGTH_WORD = 0x1010;
const CRC_WORD = 0x1014;
const DEFLATED = 0x1028;
const MODE_DIO = 2;
const SIZE_4MB_40MHZ = 0x40;
const CHECKSUM_SEED = 0xef;

const EBOOT_TEXT = 'espwatch virtual board: second stage. It starts the program in the segment at flash 0x1008.\n';
const DATA_TEXT = 'espwatch virtual board';
const CODE_TEXT = 'espwatch sketch';
const MAGIC = 'ESPWVB1';

/** Zero-padded to `length` bytes. */
function padded(bytes, length) {
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}

const roundUp = (n, unit) => Math.ceil(n / unit) * unit;
const text = (s, length) => padded(new TextEncoder().encode(s), length);

/** An E9 image: header, segments `{address, data}`, padding to 16, checksum in the last byte. */
function e9Image(entry, segments) {
  const bodyLength = 8 + segments.reduce((sum, s) => sum + 8 + s.data.length, 0);
  const out = new Uint8Array(roundUp(bodyLength + 1, 16));
  const view = new DataView(out.buffer);
  out.set([0xe9, segments.length, MODE_DIO, SIZE_4MB_40MHZ]);
  view.setUint32(4, entry, true);
  let at = 8;
  let checksum = CHECKSUM_SEED;
  for (const { address, data } of segments) {
    view.setUint32(at, address, true);
    view.setUint32(at + 4, data.length, true);
    out.set(data, at + 8);
    for (const byte of data) checksum ^= byte;
    at += 8 + data.length;
  }
  out[out.length - 1] = checksum;
  return out;
}

/** CRC-32/MPEG-2 over [from, to), the words that hold length and CRC taken as zero. */
function crcRange(image, from, to, start) {
  let crc = start;
  for (let i = from; i < to; i++) {
    const byte = i >= LENGTH_WORD && i < CRC_WORD + 4 ? 0 : image[i];
    crc = (crc ^ (byte << 24)) >>> 0;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1) >>> 0;
    }
  }
  return crc;
}

/** The word at 0x1014 that the Arduino core's ESP.checkFlashCRC() expects. */
export const imageCrc = (image) => crcRange(image, 0, image.length, 0xffffffff);

/**
 * Sets the CRC word and the checksum byte, which cover each other: a spare byte of the last segment
 * is varied until a pair fits.
 */
function seal(image, spareAt) {
  const view = new DataView(image.buffer);
  const last = image.length - 1;
  const unsealed = image[last];
  const before = crcRange(image, 0, spareAt, 0xffffffff);
  for (let spare = 1; spare < 256; spare++) {
    image[spareAt] = spare;
    for (let checksum = 0; checksum < 256; checksum++) {
      image[last] = checksum;
      const crc = crcRange(image, spareAt, image.length, before);
      const crcBytes = (crc ^ (crc >>> 8) ^ (crc >>> 16) ^ (crc >>> 24)) & 0xff;
      if ((unsealed ^ spare ^ crcBytes) !== checksum) continue;
      view.setUint32(CRC_WORD, crc, true);
      return image;
    }
  }
  throw new Error('no CRC and checksum fit each other');
}

/** The whole flash image of the wasm module, written at 0x0. */
export const flashImage = (wasm) => pack(wasm, deflateSync(wasm, { level: 9 }));

/**
 * True when `image` is a flash image of `wasm`. The deflated bytes may differ: zlib's choices change with its version
 * and the CPU. What they inflate to, and all the rest, may not.
 */
export function isImageOf(image, wasm) {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  if (image.length < DEFLATED) return false;
  const deflated = image.subarray(DEFLATED, DEFLATED + view.getUint32(DEFLATED - 4, true));
  try {
    return inflateSync(deflated).equals(wasm) && Buffer.from(pack(wasm, deflated)).equals(image);
  } catch {
    return false;
  }
}

function pack(wasm, deflated) {
  const eboot = e9Image(0x4010f000, [
    { address: 0x4010f000, data: text(EBOOT_TEXT, roundUp(EBOOT_TEXT.length, 4)) },
    { address: 0x3fff20b8, data: text(DATA_TEXT, 40) },
  ]);
  const irom = new Uint8Array(24 + roundUp(deflated.length, 4));
  const view = new DataView(irom.buffer);
  irom.set(text(MAGIC, 8), 8);
  view.setUint32(16, wasm.length, true);
  view.setUint32(20, deflated.length, true);
  irom.set(deflated, 24);
  const code = text(CODE_TEXT, 16);
  const appLength = roundUp(8 + 8 + irom.length + 8 + code.length + 1, 16);
  view.setUint32(0, APP + appLength, true);
  const app = e9Image(0x40100004, [
    { address: 0x40201010, data: irom },
    { address: 0x40100000, data: code },
  ]);
  const image = new Uint8Array(APP + app.length).fill(0xaa, 0, APP);
  image.set(eboot);
  image.set(app, APP);
  return seal(image, APP + 8 + 8 + irom.length + 8 + code.length - 1);
}
