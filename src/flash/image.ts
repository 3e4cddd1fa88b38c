import { EspwatchError } from '../errors.js';
import { hex, u32 } from './bytes.js';
import { crc32Mpeg2 } from './crc32.js';
import {
  type ImageHeader,
  isEsp8266Address,
  readHeader,
  readSegments,
  type SegmentList,
  segmentChecksum,
  storedChecksum,
} from './image-parts.js';
import { otherChipOf } from './other-chip.js';

const MAGIC_V1 = 0xe9;
const MAGIC_V2 = 0xea;
const MAX_SEGMENTS = 16;
/** Arduino layout: eboot below, the application's header here. */
const APP_AT = 0x1000;
const LENGTH_AT = 0x1010;
const CRC_AT = 0x1014;
const VIRTUAL_AT = 0x1018;
const EBOOT_ADDRESS = 0x4010f000;
const VIRTUAL_MAGIC = 'ESPWVB1\0';

/**
 * `arduino`: eboot and an application, as the ESP8266 Arduino core builds them. `virtual`: the same layout with the
 * program of the virtual board. `esp8266`: one image that the ROM loads whole. `raw`: data, taken as it is.
 */
export type ImageKind = 'arduino' | 'virtual' | 'esp8266' | 'raw';

export interface ImageInfo {
  readonly kind: ImageKind;
  /** Length of the file in bytes. */
  readonly bytes: number;
  /** Of the image that the ROM reads; null for raw data. */
  readonly header: ImageHeader | null;
  readonly segments: number;
  /** CRC-32 of the whole image: null where the format has none (old cores, raw data). */
  readonly crc: number | null;
}

const RAW: Omit<ImageInfo, 'bytes'> = { kind: 'raw', header: null, segments: 0, crc: null };

/**
 * Reads and checks what is to be written at `offset`, before anything is written.
 * At 0x0 the ROM needs an image; elsewhere data of any kind is taken, unless it begins like an image and is broken.
 * Throws `IMAGE_NOT_ESP`, `IMAGE_CHECKSUM` or `IMAGE_OTHER_CHIP`. Formats: ESP8266.md 6.
 */
export function parseImage(bytes: Uint8Array, offset = 0, name = 'The file'): ImageInfo {
  if (bytes.length === 0) throw notEsp(`${name} is empty`, 'Build the sketch again.');
  if (looksLikeImage(bytes)) return parseV1(bytes, name);
  if (offset === 0) throw notAtZero(bytes, name);
  return { ...RAW, bytes: bytes.length };
}

/** One line for a person. */
export function describeImage(info: ImageInfo): string {
  const what = {
    arduino: 'Arduino image',
    virtual: 'image for the virtual board',
    esp8266: 'ESP8266 image',
    raw: 'data',
  }[info.kind];
  const parts = [what, `${info.bytes} bytes`];
  if (info.header !== null) {
    const { mode, frequency, size, entry } = info.header;
    parts.push(`${mode} ${frequency} ${size}`, `entry ${hex(entry, 8)}`, `${info.segments} segments`);
  }
  if (info.crc !== null) parts.push(`CRC ${hex(info.crc, 8)} ok`);
  return parts.join(', ');
}

/** An E9 header with a segment count and a flash mode that exist. */
function looksLikeImage(bytes: Uint8Array): boolean {
  const [magic, count = 0, mode = 0] = bytes;
  return magic === MAGIC_V1 && bytes.length >= 16 && count >= 1 && count <= MAX_SEGMENTS && mode <= 3;
}

function parseV1(bytes: Uint8Array, name: string): ImageInfo {
  const list = readSegments(bytes, 8, bytes[1] ?? 0);
  const stray = [...list.segments, ...(list.cutOff === null ? [] : [list.cutOff])].find(
    ({ address }) => !isEsp8266Address(address),
  );
  const sound = list.cutOff === null && storedChecksum(bytes, list) === segmentChecksum(bytes, list.segments);
  if (!sound || stray !== undefined) {
    const chip = otherChipOf(bytes);
    if (chip !== null) throw otherChip(name, chip);
  }
  if (list.cutOff !== null && isEsp8266Address(list.cutOff.address)) throw cutOff(name, list, bytes.length);
  if (stray !== undefined) {
    throw notEsp(
      `${name} has a segment for address ${hex(stray.address, 8)}, where an ESP8266 has no memory`,
      'Choose the .bin file that was built for the ESP8266.',
    );
  }
  if (list.cutOff !== null) throw cutOff(name, list, bytes.length);
  if (!sound) throw checksum(name, segmentChecksum(bytes, list.segments), storedChecksum(bytes, list));
  const whole: ImageInfo = {
    kind: 'esp8266',
    bytes: bytes.length,
    header: readHeader(bytes),
    segments: list.segments.length,
    crc: null,
  };
  const app = bytes.subarray(APP_AT);
  const second = list.segments[0]?.address === EBOOT_ADDRESS && looksLikeImage(app);
  return second ? parseApp(bytes, app, whole, name) : whole;
}

/** The application behind eboot. `boot` is what the ROM's image said. */
function parseApp(bytes: Uint8Array, app: Uint8Array, boot: ImageInfo, name: string): ImageInfo {
  const list = readSegments(app, 8, app[1] ?? 0);
  if (list.cutOff !== null) throw cutOff(name, list, bytes.length);
  const end = APP_AT + list.end;
  const virtual = new TextDecoder('latin1').decode(bytes.subarray(VIRTUAL_AT, VIRTUAL_AT + 8)) === VIRTUAL_MAGIC;
  const kind = virtual ? 'virtual' : 'arduino';
  const segments = boot.segments + list.segments.length;
  const hasCrc = end > VIRTUAL_AT && end <= bytes.length && u32(bytes, LENGTH_AT) === end;
  if (hasCrc) {
    const image = bytes.subarray(0, end);
    const crc = imageCrc(image);
    if (crc !== u32(image, CRC_AT)) throw badCrc(name, crc, u32(image, CRC_AT));
    return { ...boot, kind, segments, crc };
  }
  if (virtual) throw checksumOf(`${name} says that it is ${u32(bytes, LENGTH_AT)} bytes long and is ${end}`);
  // Cores before 2.7 have code where the length stands now, and a checksum that nobody blanked words for.
  const expected = segmentChecksum(app, list.segments);
  if (storedChecksum(app, list) !== expected) throw checksum(name, expected, storedChecksum(app, list));
  return { ...boot, kind, segments };
}

/** CRC-32/MPEG-2 over the whole image with its own length and CRC words as zeros. */
export function imageCrc(image: Uint8Array): number {
  const upTo = crc32Mpeg2(image.subarray(0, LENGTH_AT));
  return crc32Mpeg2(image.subarray(VIRTUAL_AT), crc32Mpeg2(new Uint8Array(8), upTo));
}

function notEsp(what: string, hint: string): EspwatchError {
  return new EspwatchError('IMAGE_NOT_ESP', `${what}.`, hint);
}

/** What the first bytes say about a file that the ROM could not start. */
function notAtZero(bytes: Uint8Array, name: string): EspwatchError {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b)
    return notEsp(`${name} is packed with gzip`, 'Unpack it with gunzip, then flash the .bin.');
  if (a === 0x50 && b === 0x4b) return notEsp(`${name} is a zip archive`, 'Unpack it, then flash the .bin in it.');
  if (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46) {
    return notEsp(`${name} is an ELF file`, 'Flash the .bin that the build made beside it.');
  }
  if (a === MAGIC_V2) {
    return notEsp(
      `${name} is a version 2 image, which the ROM cannot start at 0x0`,
      'It needs a second-stage loader: write that at 0x0 and this file at 0x1000.',
    );
  }
  if (bytes.every((byte) => byte === 0xff))
    return notEsp(`${name} holds nothing but FF`, 'Choose the built .bin file.');
  return notEsp(
    `${name} is no ESP8266 image: it begins with ${hex(a ?? 0, 2)}, not 0xe9`,
    'Choose the built .bin file, or give the offset that this data belongs at (FILE@OFFSET).',
  );
}

function otherChip(name: string, chip: string): EspwatchError {
  return new EspwatchError(
    'IMAGE_OTHER_CHIP',
    `${name} was built for ${chip}, not for the ESP8266.`,
    'Build it with an ESP8266 board selected.',
  );
}

function checksumOf(what: string): EspwatchError {
  return new EspwatchError('IMAGE_CHECKSUM', `${what}.`, 'The file is damaged: build or download it again.');
}

function checksum(name: string, expected: number, found: number | null): EspwatchError {
  const stored = found === null ? 'is missing' : `says ${hex(found, 2)}`;
  return checksumOf(`The checksum of ${name} ${stored}, its content gives ${hex(expected, 2)}`);
}

function badCrc(name: string, expected: number, found: number): EspwatchError {
  return checksumOf(`The CRC of ${name} says ${hex(found, 8)}, its content gives ${hex(expected, 8)}`);
}

function cutOff(name: string, list: SegmentList, length: number): EspwatchError {
  return checksumOf(`${name} ends at ${length} bytes, in the middle of segment ${list.segments.length + 1}`);
}
