import { EspwatchError } from '../errors.js';
import { readElf } from './elf.js';
import type { FunctionTable } from './function-table.js';
import { readWasm } from './wasm.js';

/** A stretch of executable code: chip addresses, the end exclusive. */
export interface CodeRange {
  readonly from: number;
  readonly to: number;
}

/** A program with symbols: an ELF for the chip, or the WebAssembly module that the virtual board runs. */
export interface CodeFile {
  readonly format: 'xtensa' | 'wasm';
  readonly ranges: readonly CodeRange[];
  readonly functions: FunctionTable;
  /** Whether there is debug information: without it nobody can tell files and lines. */
  readonly hasLines: boolean;
  /** What addr2line knows this address as. */
  toolAddress(address: number): number;
  /** Address of the call that a word on the stack returns from; null when there is none. */
  callSite(word: number): number | null;
  /** Whether the instruction there can raise this EXCCAUSE; null when that can't be told. */
  canRaise(address: number, exccause: number): boolean | null;
  /** Whether a flash image was made from this program: every byte of it is compared. */
  fitsImage(image: Uint8Array): boolean;
}

export function isCode(file: CodeFile, address: number): boolean {
  return file.ranges.some(({ from, to }) => address >= from && address < to);
}

/** Reads an ELF for the ESP8266 or a WebAssembly module. Throws SYMBOLS_ELF; takes time in proportion to the length. */
export function readCodeFile(bytes: Uint8Array, name: string): CodeFile {
  const [a, b, c, d] = bytes;
  if (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46) return readElf(bytes, name);
  if (a === 0 && b === 0x61 && c === 0x73 && d === 0x6d) return readWasm(bytes);
  const [what, hint] =
    a === 0xe9
      ? ['is a flash image, which has no symbols', 'Give the .elf that the build made beside it.']
      : bytes.length === 0
        ? ['is empty', 'Build the firmware again.']
        : ['is no ELF file', 'Give the .elf that the build made beside the .bin.'];
  throw new EspwatchError('SYMBOLS_ELF', `${name} ${what}.`, hint);
}
