import { inflateSync } from 'node:zlib';

/** What is loaded, or mapped, at an address. */
export interface ImageSegment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface ImageSegments {
  readonly entry: number;
  readonly segments: readonly ImageSegment[];
}

const MAGIC = 0xe9;
const SEGMENTS_MOST = 16;
const EBOOT_ADDRESS = 0x4010f000;
/** The application behind eboot (ESP8266.md 6.3). */
const APP_AT = 0x1000;

/** Where the virtual board's program lies in its image: mark, length of the module, length and bytes deflated. */
const VIRTUAL_MARK = { at: 0x1018, text: 'ESPWVB1\0' };
const MODULE_LENGTH_AT = 0x1020;
const DEFLATED_LENGTH_AT = 0x1024;
const DEFLATED_AT = 0x1028;
const MODULE_MOST = 4 << 20;

/** The application's segments: behind eboot where there is one. Null for what is no image of this chip. */
export function imageSegments(image: Uint8Array): ImageSegments | null {
  const first = segmentsAt(image, 0);
  if (first?.segments[0]?.address !== EBOOT_ADDRESS) return first;
  return segmentsAt(image, APP_AT) ?? first;
}

function segmentsAt(image: Uint8Array, start: number): ImageSegments | null {
  const count = image[start + 1] ?? 0;
  if (image[start] !== MAGIC || count < 1 || count > SEGMENTS_MOST || start + 8 > image.length) return null;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const segments: ImageSegment[] = [];
  let at = start + 8;
  for (let i = 0; i < count; i++) {
    if (at + 8 > image.length) return null;
    const length = view.getUint32(at + 4, true);
    const from = at + 8;
    if (from + length > image.length) return null;
    segments.push({ address: view.getUint32(at, true), bytes: image.subarray(from, from + length) });
    at = from + length;
  }
  return { entry: view.getUint32(start + 4, true), segments };
}

/** The WebAssembly module in an image for the virtual board; null for any other image. */
export function moduleInImage(image: Uint8Array): Uint8Array | null {
  const { at, text } = VIRTUAL_MARK;
  if (image.length < DEFLATED_AT || Buffer.from(image.subarray(at, at + text.length)).toString('latin1') !== text)
    return null;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const length = view.getUint32(MODULE_LENGTH_AT, true);
  const deflated = image.subarray(DEFLATED_AT, DEFLATED_AT + view.getUint32(DEFLATED_LENGTH_AT, true));
  try {
    const inflated = inflateSync(deflated, { maxOutputLength: MODULE_MOST });
    return inflated.length === length ? inflated : null;
  } catch {
    return null;
  }
}
