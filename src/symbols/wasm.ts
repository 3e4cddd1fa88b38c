import { ByteView, damaged } from './byte-view.js';
import type { CodeFile } from './code-file.js';
import { type CodeFunction, FunctionTable } from './function-table.js';
import { moduleInImage } from './image.js';

/** The virtual board prints this plus the offset in the module (`sim/program/traps.ts`). */
const CODE_BASE = 0x4020_0000;
const HEADER_BYTES = 8;
const CUSTOM = 0;
const IMPORT = 2;
const CODE = 10;
const NAMES_OF_FUNCTIONS = 1;
const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const FUNCTIONS_MOST = 1_000_000;
const NAME_MOST = 1024;

interface Section {
  readonly id: number;
  /** Of a custom section. */
  readonly name: string;
  /** Where its content begins (behind the name of a custom one), and ends. */
  readonly from: number;
  readonly to: number;
}

/** A cursor over one section; LEB128 numbers up to 32 bits. */
class Reader {
  at: number;
  readonly #view: ByteView;
  readonly #to: number;

  constructor(view: ByteView, from: number, to: number) {
    this.#view = view;
    this.at = from;
    this.#to = to;
  }

  get done(): boolean {
    return this.at >= this.#to;
  }

  byte(): number {
    if (this.done) throw damaged('a section ends too early');
    return this.#view.u8(this.at++);
  }

  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw damaged('a number does not end');
  }

  text(): string {
    const length = this.number();
    const bytes = this.#view.slice(this.at, length);
    this.at += length;
    return Buffer.from(bytes.subarray(0, NAME_MOST)).toString('utf8');
  }
}

/** A WebAssembly module of the virtual board (WebAssembly core specification, chapter 5 and appendix "Name Section"). */
export function readWasm(bytes: Uint8Array): CodeFile {
  const view = new ByteView(bytes);
  const sections = readSections(view);
  const code = sections.find(({ id }) => id === CODE);
  if (code === undefined) throw damaged('it has no section with code');
  const ranges = [{ from: CODE_BASE + code.from, to: CODE_BASE + code.to }];
  return {
    format: 'wasm',
    ranges,
    functions: new FunctionTable(readFunctions(view, sections, code)),
    hasLines: sections.some(({ id, name, from, to }) => id === CUSTOM && name === '.debug_line' && to > from),
    // DWARF for WebAssembly counts from the beginning of the code section.
    toolAddress: (address) => address - CODE_BASE - code.from,
    callSite: (word) => {
      const at = word - CODE_BASE;
      const opcode = at >= code.from && at < code.to ? view.u8(at) : 0;
      return opcode === CALL || opcode === CALL_INDIRECT ? word : null;
    },
    // Null checks are calls of the sketch's own: the instruction says nothing.
    canRaise: () => null,
    fitsImage: (image) => {
      const module = moduleInImage(image);
      return module !== null && sameCode(bytes.subarray(code.from, code.to), code.from, module);
    },
  };
}

/** The module in the image has no names and no debug information; its code is the same, at the same place. */
function sameCode(code: Uint8Array, from: number, module: Uint8Array): boolean {
  const other = readSections(new ByteView(module)).find(({ id }) => id === CODE);
  return other?.from === from && Buffer.from(code).equals(module.subarray(other.from, other.to));
}

function readSections(view: ByteView): readonly Section[] {
  const reader = new Reader(view, HEADER_BYTES, view.length);
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    const length = reader.number();
    const from = reader.at;
    const to = from + length;
    view.slice(from, length);
    const inside = new Reader(view, from, to);
    const name = id === CUSTOM ? inside.text() : '';
    sections.push({ id, name, from: inside.at, to });
    reader.at = to;
  }
  return sections;
}

function readFunctions(view: ByteView, sections: readonly Section[], code: Section): CodeFunction[] {
  const names = readNames(view, sections);
  const imported = countImportedFunctions(view, sections);
  const reader = new Reader(view, code.from, code.to);
  const count = reader.number();
  if (count > FUNCTIONS_MOST) throw damaged(`it says that it has ${count} functions`);
  const functions: CodeFunction[] = [];
  for (let i = 0; i < count; i++) {
    const length = reader.number();
    const from = reader.at;
    view.slice(from, length);
    const index = imported + i;
    functions.push({
      name: names.get(index) ?? `function ${index}`,
      from: CODE_BASE + from,
      to: CODE_BASE + from + length,
    });
    reader.at = from + length;
  }
  return functions;
}

function readNames(view: ByteView, sections: readonly Section[]): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const section = sections.find(({ id, name }) => id === CUSTOM && name === 'name');
  if (section === undefined) return names;
  const reader = new Reader(view, section.from, section.to);
  while (!reader.done) {
    const kind = reader.byte();
    const length = reader.number();
    const inside = new Reader(view, reader.at, Math.min(reader.at + length, section.to));
    if (kind === NAMES_OF_FUNCTIONS) {
      for (let left = inside.number(); left > 0; left--) names.set(inside.number(), inside.text());
    }
    reader.at += length;
  }
  return names;
}

const FUNCTION_IMPORT = 0;
const TABLE_IMPORT = 1;
const MEMORY_IMPORT = 2;
const GLOBAL_IMPORT = 3;

function countImportedFunctions(view: ByteView, sections: readonly Section[]): number {
  const section = sections.find(({ id }) => id === IMPORT);
  if (section === undefined) return 0;
  const reader = new Reader(view, section.from, section.to);
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.text();
    reader.text();
    const kind = reader.byte();
    if (kind === FUNCTION_IMPORT) {
      functions += 1;
      reader.number();
    } else if (kind === TABLE_IMPORT || kind === MEMORY_IMPORT) {
      if (kind === TABLE_IMPORT) reader.byte();
      const hasMost = (reader.byte() & 1) === 1;
      reader.number();
      if (hasMost) reader.number();
    } else if (kind === GLOBAL_IMPORT) {
      reader.byte();
      reader.byte();
    } else {
      throw damaged(`it imports something of kind ${kind}`);
    }
  }
  return functions;
}
