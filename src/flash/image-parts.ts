import { u32, xorChecksum } from './bytes.js';

/** Flash mode, size and frequency as the header's bytes 2 and 3 name them (ESP8266.md 6.1). */
const MODES: Readonly<Record<number, string>> = { 0: 'QIO', 1: 'QOUT', 2: 'DIO', 3: 'DOUT' };
const SIZES: Readonly<Record<number, string>> = {
  0: '512 KB',
  1: '256 KB',
  2: '1 MB',
  3: '2 MB',
  4: '4 MB',
  5: '2 MB (c1)',
  6: '4 MB (c1)',
  8: '8 MB',
  9: '16 MB',
};
const FREQUENCIES: Readonly<Record<number, string>> = { 0: '40 MHz', 1: '26 MHz', 2: '20 MHz', 15: '80 MHz' };

export interface Segment {
  /** Load address. */
  readonly address: number;
  /** Bytes of data. */
  readonly length: number;
  /** Where its data begins, from the start of the image. */
  readonly at: number;
}

export interface ImageHeader {
  readonly mode: string;
  readonly size: string;
  readonly frequency: string;
  /** Address that the loader jumps to. */
  readonly entry: number;
}

/** Segments that were read one after another, and what came after the last. */
export interface SegmentList {
  readonly segments: readonly Segment[];
  /** The segment that does not fit into the file, or null. */
  readonly cutOff: Segment | null;
  /** Where the image ends: the checksum is its last byte, on a multiple of 16. */
  readonly end: number;
}

/** `bytes` begins with an 8-byte header (E9 or EA). */
export function readHeader(bytes: Uint8Array): ImageHeader {
  const sizeAndFrequency = bytes[3] ?? 0;
  return {
    mode: MODES[bytes[2] ?? 0] ?? 'unknown mode',
    size: SIZES[sizeAndFrequency >> 4] ?? 'unknown size',
    frequency: FREQUENCIES[sizeAndFrequency & 0x0f] ?? 'unknown frequency',
    entry: u32(bytes, 4),
  };
}

/** Reads `count` segment headers from `first` on. Lengths are checked against the file, addresses are not. */
export function readSegments(bytes: Uint8Array, first: number, count: number): SegmentList {
  const segments: Segment[] = [];
  let at = first;
  for (let i = 0; i < count; i++) {
    const room = at + 8 <= bytes.length;
    const segment = room
      ? { address: u32(bytes, at), length: u32(bytes, at + 4), at: at + 8 }
      : { address: 0, length: 0, at };
    if (!room || segment.at + segment.length > bytes.length) return { segments, cutOff: segment, end: bytes.length };
    segments.push(segment);
    at = segment.at + segment.length;
  }
  return { segments, cutOff: null, end: (at + 16) & ~15 };
}

/** 0xEF XOR all segment data. */
export function segmentChecksum(bytes: Uint8Array, segments: readonly Segment[]): number {
  return segments.reduce((sum, { at, length }) => xorChecksum(bytes.subarray(at, at + length), sum), 0xef);
}

/** The checksum that the image carries in its last byte, or null when the file ends before it. */
export function storedChecksum(bytes: Uint8Array, list: SegmentList): number | null {
  return list.cutOff === null ? (bytes[list.end - 1] ?? null) : null;
}

const ESP8266_RANGES: readonly (readonly [from: number, to: number])[] = [
  [0x3ffe8000, 0x40000000],
  [0x40100000, 0x40110000],
  [0x40200000, 0x40300000],
  [0x60001000, 0x60002000],
];

/** DRAM, IRAM (with eboot's 0x4010f000), the first cached MB of flash, or RTC memory. */
export function isEsp8266Address(address: number): boolean {
  return ESP8266_RANGES.some(([from, to]) => address >= from && address < to);
}
