import { EspwatchError } from '../errors.js';
import { hex } from './bytes.js';
import { type ImageInfo, parseImage } from './image.js';

/** Erase unit of the flash, in bytes. */
export const SECTOR = 0x1000;
/** Nothing beyond is reachable: esptool-js 0.7.0's ESP8266 stub keeps a private size of 4 MB (ESP8266.md 4.10). */
export const STUB_REACH = 0x400000;

/** `IMAGE[@OFFSET]` of the command line. */
export interface PartArgument {
  readonly path: string;
  /** Flash address in bytes. */
  readonly offset: number;
}

/** What is to be written where. */
export interface FlashPart {
  /** For messages: the file's name, or what the data is. */
  readonly name: string;
  /** Flash address in bytes, a multiple of 4096. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** `data` is taken as it is wherever it goes; `image` (the default) is checked as `parseImage` says. */
  readonly role?: 'image' | 'data';
}

export interface PlannedPart extends FlashPart {
  readonly info: ImageInfo;
}

/** Parts that are sound and do not touch each other, in the order of their addresses. */
export interface FlashPlan {
  readonly parts: readonly PlannedPart[];
  /** Bytes of all parts. */
  readonly bytes: number;
  /** Set when a part can only run on the virtual board. */
  readonly forVirtualBoard: PlannedPart | null;
}

/** Splits `IMAGE[@OFFSET]`; the offset is hexadecimal with 0x, or decimal, and 0 when left out. Throws `USAGE`. */
export function parsePartArgument(text: string): PartArgument {
  const at = text.lastIndexOf('@');
  const suffix = at < 0 ? '' : text.slice(at + 1);
  // A name such as "fw@home.bin" has an @ of its own; one word that begins with a digit was meant as an offset.
  if (at < 0 || !/^\d\w*$/.test(suffix)) return named(text, text, 0);
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(suffix)) {
    throw usage(`"${suffix}" in "${text}" is no flash offset`, 'Write it as 0x300000 or as a decimal number.');
  }
  return named(text, text.slice(0, at), Number(suffix));
}

function named(text: string, path: string, offset: number): PartArgument {
  if (path === '') throw usage(`"${text}" names no file`, 'Write IMAGE or IMAGE@OFFSET.');
  return { path, offset };
}

/**
 * Checks every part and puts them in order. `flashSize` in bytes when it is known; the size is checked again once
 * the board was asked. Throws `USAGE`, `IMAGE_*`.
 */
export function planFlash(parts: readonly FlashPart[], flashSize?: number): FlashPlan {
  if (parts.length === 0) throw usage('There is nothing to flash', 'Name an image.');
  for (const { name, offset } of parts) {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset % SECTOR !== 0) {
      throw usage(
        `${name} cannot go to ${hex(offset)}`,
        `Flash is written in sectors: use a multiple of ${hex(SECTOR)}.`,
      );
    }
  }
  const planned = parts
    .map((part): PlannedPart => ({ ...part, info: infoOf(part) }))
    .sort((a, b) => a.offset - b.offset);
  planned.forEach((part, i) => {
    const next = planned[i + 1];
    if (next !== undefined && sectorEnd(part) > next.offset) throw overlap(part, next);
  });
  const plan: FlashPlan = {
    parts: planned,
    bytes: planned.reduce((sum, { bytes }) => sum + bytes.length, 0),
    forVirtualBoard: planned.find(({ info }) => info.kind === 'virtual') ?? null,
  };
  checkFits(plan, flashSize ?? Number.POSITIVE_INFINITY);
  return plan;
}

/** Throws `IMAGE_TOO_LARGE` when a part ends beyond the flash (`flashSize` bytes) or beyond what the flasher reaches. */
export function checkFits(plan: FlashPlan, flashSize: number): void {
  const limit = Math.min(flashSize, STUB_REACH);
  for (const { name, offset, bytes } of plan.parts) {
    const end = offset + bytes.length;
    if (end <= limit) continue;
    const why =
      limit < flashSize ? `the flasher reaches the first ${limit} bytes only` : `the flash has ${flashSize} bytes`;
    throw new EspwatchError(
      'IMAGE_TOO_LARGE',
      `${name} ends at ${hex(end)} (${bytes.length} bytes at ${hex(offset)}), and ${why}.`,
      'Use a smaller image or a lower offset.',
    );
  }
}

function infoOf({ name, offset, bytes, role }: FlashPart): ImageInfo {
  if (role === 'data' && bytes.length > 0) {
    return { kind: 'raw', bytes: bytes.length, header: null, segments: 0, crc: null };
  }
  return parseImage(bytes, offset, name);
}

/** The end of the last sector that writing the part erases. */
function sectorEnd({ offset, bytes }: FlashPart): number {
  return Math.ceil((offset + bytes.length) / SECTOR) * SECTOR;
}

function overlap(a: FlashPart, b: FlashPart): EspwatchError {
  return new EspwatchError(
    'IMAGE_OVERLAP',
    `${a.name} (${hex(a.offset)} to ${hex(a.offset + a.bytes.length)}) and ${b.name} (from ${hex(b.offset)}) share a flash sector.`,
    `Give them offsets that are at least ${hex(sectorEnd(a) - a.offset)} apart.`,
  );
}

function usage(message: string, hint: string): EspwatchError {
  return new EspwatchError('USAGE', `${message}.`, hint);
}
