import { EspwatchError } from '../errors.js';
import { ByteView, damaged } from './byte-view.js';
import type { CodeFile, CodeRange } from './code-file.js';
import { type CodeFunction, FunctionTable } from './function-table.js';
import { type ImageSegment, imageSegments } from './image.js';
import { CALL_BYTES, canRaise, isCall } from './xtensa.js';

const CLASS_32 = 1;
const LITTLE_ENDIAN = 1;
const EXECUTABLE = 2;
const MACHINE_XTENSA = 94;
const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'MIPS',
  40: 'ARM',
  62: 'x86-64',
  83: 'AVR',
  183: 'AArch64',
  243: 'RISC-V (an ESP32-C3, perhaps)',
};

const HEADER_BYTES = 52;
const SECTION_BYTES = 40;
const SYMBOL_BYTES = 16;
/** A linked firmware has some dozens. */
const SECTIONS_MOST = 1000;
const NAME_MOST = 1024;

const PROGBITS = 1;
const SYMTAB = 2;
const FLAG_ALLOC = 2;
const FLAG_EXECUTABLE = 4;
const TYPE_NONE = 0;
const TYPE_FUNCTION = 2;
const BIND_LOCAL = 0;
const BIND_GLOBAL = 1;

/** The core's build writes the image's length and CRC over these words of the code (ESP8266.md 6.3). */
const PATCHED: CodeRange = { from: 0x40201010, to: 0x40201018 };
/** A segment of an image may be longer than its section by the bytes to the next multiple of this. */
const PADDING = 16;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly at: number;
  readonly size: number;
  readonly link: number;
}

interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A linked ELF for the ESP8266 (System V ABI, chapter 4). Throws SYMBOLS_ELF. */
export function readElf(bytes: Uint8Array, name: string): CodeFile {
  const view = new ByteView(bytes);
  demandXtensa(view, name);
  const sections = readSections(view);
  const code = sections.filter(
    ({ type, flags, size }) => type === PROGBITS && isAll(flags, FLAG_ALLOC | FLAG_EXECUTABLE) && size > 0,
  );
  if (code.length === 0) throw damaged('it has no section with code');
  const ranges = code.map(({ address, size }) => ({ from: address, to: address + size }));
  const pieces = sections
    .filter(({ type, flags, size }) => type === PROGBITS && isAll(flags, FLAG_ALLOC) && size > 0)
    .map(({ address, at, size }) => ({ address, bytes: view.slice(at, size) }));
  const bytesAt = (address: number, length: number): Uint8Array =>
    pieces
      .filter((piece) => address >= piece.address && address < piece.address + piece.bytes.length)
      .map((piece) => piece.bytes.subarray(address - piece.address, address - piece.address + length))[0] ??
    new Uint8Array(0);
  const entry = view.u32(24);
  return {
    format: 'xtensa',
    ranges,
    functions: new FunctionTable(readFunctions(view, sections, ranges)),
    hasLines: sections.some((section) => section.name === '.debug_line' && section.size > 0),
    toolAddress: (address) => address,
    callSite: (word) => (isCall(bytesAt(word - CALL_BYTES, CALL_BYTES)) ? word - CALL_BYTES : null),
    canRaise: (address, exccause) => {
      const instruction = bytesAt(address, 3);
      return instruction.length < 2 ? null : canRaise(instruction, exccause);
    },
    fitsImage: (image) => {
      const parts = imageSegments(image);
      return parts !== null && parts.entry === entry && fits(parts.segments, pieces, ranges);
    },
  };
}

function demandXtensa(view: ByteView, name: string): void {
  if (view.length < HEADER_BYTES) throw damaged(`it ends after ${view.length} bytes`);
  const machine = view.u16(18);
  const right = view.u8(4) === CLASS_32 && view.u8(5) === LITTLE_ENDIAN && machine === MACHINE_XTENSA;
  if (right && view.u16(16) === EXECUTABLE) return;
  const what = right
    ? 'is not linked yet (an object file)'
    : `is for ${MACHINES[machine] ?? `machine ${machine}`}, not for the ESP8266`;
  throw new EspwatchError('SYMBOLS_ELF', `${name} ${what}.`, 'Give the .elf that the build made beside the .bin.');
}

function readSections(view: ByteView): readonly Section[] {
  const table = view.u32(32);
  const size = view.u16(46);
  const count = view.u16(48);
  if (count === 0) throw damaged('it has no sections: it was stripped of them');
  if (size < SECTION_BYTES || count > SECTIONS_MOST)
    throw damaged(`its section table is impossible (${count} of ${size} bytes)`);
  view.slice(table, count * size);
  const rows = Array.from({ length: count }, (_, i) => table + i * size);
  const names = rows[view.u16(50)];
  if (names === undefined) throw damaged('its section names are missing');
  const nameTable = { at: view.u32(names + 16), size: view.u32(names + 20) };
  return rows.map((row) => ({
    name: textAt(view, nameTable, view.u32(row)),
    type: view.u32(row + 4),
    flags: view.u32(row + 8),
    address: view.u32(row + 12),
    at: view.u32(row + 16),
    size: view.u32(row + 20),
    link: view.u32(row + 24),
  }));
}

interface Candidate extends CodeFunction {
  readonly rank: number;
}

/** Functions, and labels of assembler code; those without a size reach to the next symbol or the end of their section. */
function readFunctions(view: ByteView, sections: readonly Section[], ranges: readonly CodeRange[]): CodeFunction[] {
  const table = sections.find(({ type }) => type === SYMTAB);
  const names = table === undefined ? undefined : sections[table.link];
  if (table === undefined || names === undefined) return [];
  view.slice(table.at, table.size);
  const found: Candidate[] = [];
  for (let at = table.at; at + SYMBOL_BYTES <= table.at + table.size; at += SYMBOL_BYTES) {
    const info = view.u8(at + 12);
    const type = info & 0x0f;
    if (type !== TYPE_FUNCTION && type !== TYPE_NONE) continue;
    const from = view.u32(at + 4);
    const range = ranges.find((r) => from >= r.from && from < r.to);
    if (range === undefined) continue;
    const name = textAt(view, names, view.u32(at));
    if (name === '' || name.startsWith('.')) continue;
    const size = view.u32(at + 8);
    found.push({
      name,
      from,
      to: size === 0 ? 0 : Math.min(from + size, range.to),
      rank: rankOf(type, info >> 4, size),
    });
  }
  found.sort((a, b) => a.from - b.from || a.rank - b.rank);
  return closed(found, ranges);
}

/** Gives those without an end one. */
function closed(sorted: readonly Candidate[], ranges: readonly CodeRange[]): CodeFunction[] {
  const functions: CodeFunction[] = [];
  let next = Number.POSITIVE_INFINITY;
  let start = Number.POSITIVE_INFINITY;
  for (const { name, from, to } of sorted.toReversed()) {
    if (from < start) next = start;
    start = from;
    const end = ranges.find((r) => from >= r.from && from < r.to)?.to ?? from;
    functions.push({ name, from, to: to === 0 ? Math.min(next, end) : to });
  }
  return functions.reverse();
}

/** Of several names for one address the most telling comes first. */
function rankOf(type: number, bind: number, size: number): number {
  const bindRank = bind === BIND_GLOBAL ? 0 : bind === BIND_LOCAL ? 2 : 1;
  return (type === TYPE_FUNCTION ? 0 : 8) + (size > 0 ? 0 : 4) + bindRank;
}

function textAt(view: ByteView, { at, size }: { readonly at: number; readonly size: number }, offset: number): string {
  if (offset >= size) throw damaged('a name lies outside of the table of names');
  const bytes = view.slice(at, size).subarray(offset, offset + NAME_MOST);
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

/** True when every segment is what the ELF has at its address, and all of the ELF's code is in one. */
function fits(segments: readonly ImageSegment[], pieces: readonly Piece[], code: readonly CodeRange[]): boolean {
  const same = segments.every((segment) => segmentFits(segment, pieces));
  return (
    same && code.every(({ from, to }) => segments.some((s) => from >= s.address && to <= s.address + s.bytes.length))
  );
}

function segmentFits({ address, bytes }: ImageSegment, pieces: readonly Piece[]): boolean {
  const known = new Uint8Array(bytes.length);
  const expected = new Uint8Array(bytes.length);
  for (const piece of pieces) {
    const from = Math.max(piece.address, address);
    const to = Math.min(piece.address + piece.bytes.length, address + bytes.length);
    if (from >= to) continue;
    expected.set(piece.bytes.subarray(from - piece.address, to - piece.address), from - address);
    known.fill(1, from - address, to - address);
  }
  let foreign = 0;
  for (let i = 0; i < bytes.length; i++) {
    const at = address + i;
    if (at >= PATCHED.from && at < PATCHED.to) continue;
    if (known[i] === 1 ? bytes[i] !== expected[i] : bytes[i] !== 0) return false;
    if (known[i] === 0) foreign += 1;
  }
  return foreign < PADDING * 4;
}

function isAll(flags: number, wanted: number): boolean {
  return (flags & wanted) === wanted;
}
