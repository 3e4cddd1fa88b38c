/** Writes small ELF files, flash images and WebAssembly modules, for tests that have no compiler. */

export interface ElfSection {
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Default: allocated and executable. */
  readonly flags?: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  /** Default 2, a function. */
  readonly type?: number;
  /** Default 1, global. */
  readonly bind?: number;
}

export interface ElfParts {
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  readonly entry?: number;
  /** Default 94, Xtensa. */
  readonly machine?: number;
  /** Default 2, linked. */
  readonly type?: number;
}

const HEADER = 52;
const ROW = 40;

class Names {
  text = '\0';
  add(name: string): number {
    const at = this.text.length;
    this.text += `${name}\0`;
    return at;
  }
  get bytes(): Uint8Array {
    return Buffer.from(this.text, 'latin1');
  }
}

const u16 = (value: number): number[] => [value & 0xff, value >>> 8];
const u32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** An ELF32 for Xtensa with a symbol table and no debug information. */
export function makeElf({ sections, symbols, entry = 0, machine = 94, type = 2 }: ElfParts): Uint8Array {
  const strings = new Names();
  const table = Buffer.from([
    ...new Array<number>(16).fill(0),
    ...symbols.flatMap((symbol) => [
      ...u32(strings.add(symbol.name)),
      ...u32(symbol.value),
      ...u32(symbol.size),
      ((symbol.bind ?? 1) << 4) | (symbol.type ?? 2),
      0,
      ...u16(1),
    ]),
  ]);
  const names = new Names();
  const ofSections = sections.map((s) => ({ ...s, id: names.add(s.name), type: 1, flags: s.flags ?? 6, link: 0 }));
  const symtab = { id: names.add('.symtab'), type: 2, flags: 0, address: 0, bytes: table, link: sections.length + 2 };
  const strtab = { id: names.add('.strtab'), type: 3, flags: 0, address: 0, bytes: strings.bytes, link: 0 };
  const namesId = names.add('.shstrtab');
  const shstrtab = { id: namesId, type: 3, flags: 0, address: 0, bytes: names.bytes, link: 0 };
  const all = [...ofSections, symtab, strtab, shstrtab];
  let at = HEADER;
  const rows: number[] = new Array<number>(ROW).fill(0);
  for (const { id, type: kind, flags, address, bytes, link } of all) {
    rows.push(...u32(id), ...u32(kind), ...u32(flags), ...u32(address), ...u32(at), ...u32(bytes.length));
    rows.push(...u32(link), ...u32(0), ...u32(1), ...u32(kind === 2 ? 16 : 0));
    at += bytes.length;
  }
  const header = [
    ...[0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, ...new Array<number>(9).fill(0)],
    ...[...u16(type), ...u16(machine), ...u32(1), ...u32(entry), ...u32(0), ...u32(at), ...u32(0)],
    ...[...u16(HEADER), ...u16(32), ...u16(0), ...u16(ROW), ...u16(all.length + 1), ...u16(all.length)],
  ];
  return Buffer.concat([Buffer.from(header), ...all.map(({ bytes }) => bytes), Buffer.from(rows)]);
}

/** A version 1 image; `start` bytes of another image may stand before it. */
export function makeImage(
  entry: number,
  segments: readonly { readonly address: number; readonly bytes: Uint8Array }[],
): Uint8Array {
  const body = [0xe9, segments.length, 2, 0x40, ...u32(entry)];
  for (const { address, bytes } of segments) body.push(...u32(address), ...u32(bytes.length), ...bytes);
  while (body.length % 16 !== 15) body.push(0);
  return Uint8Array.from([...body, 0xef]);
}

/** eboot and the application behind it, as the Arduino core lays them out. */
export function makeArduinoImage(app: Uint8Array): Uint8Array {
  const eboot = makeImage(0x4010f000, [{ address: 0x4010f000, bytes: Uint8Array.of(1, 2, 3, 4) }]);
  const image = new Uint8Array(0x1000 + app.length).fill(0xaa, 0, 0x1000);
  image.set(eboot);
  image.set(app, 0x1000);
  return image;
}

const CALL0 = [0x05, 0x00, 0x00];
const L32I_N = [0x28, 0x02];
const S32I_N = [0x29, 0x02];
const MOV_N = [0x2d, 0x03];
const RET_N = [0x0d, 0xf0];

export const IROM = 0x40201010;

/** Two words that the build patches, then three functions: the innermost reads through a pointer, then writes. */
export const SAMPLE = {
  code: Uint8Array.from([
    ...[1, 2, 3, 4, 5, 6, 7, 8],
    // readSensor at +0x08: load, store, return
    ...[...L32I_N, ...S32I_N, ...RET_N],
    // handleRequest at +0x0e: call, mov, return
    ...[...CALL0, ...MOV_N, ...RET_N],
    // loop at +0x15: mov, call, return
    ...[...MOV_N, ...CALL0, ...RET_N],
  ]),
  /** Where it crashes: the load, and the store. */
  load: IROM + 0x08,
  store: IROM + 0x0a,
  /** Behind the calls. */
  returns: [IROM + 0x11, IROM + 0x1a],
  symbols: [
    { name: '_Z10readSensorPi', value: IROM + 0x08, size: 6 },
    { name: '_ZN6Server13handleRequestEv', value: IROM + 0x0e, size: 7 },
    { name: 'loop', value: IROM + 0x15, size: 7 },
  ],
  entry: 0x40100000,
} as const;

export function sampleElf(change: Partial<ElfParts> = {}): Uint8Array {
  return makeElf({
    sections: [{ name: '.irom0.text', address: IROM, bytes: SAMPLE.code }],
    symbols: SAMPLE.symbols,
    entry: SAMPLE.entry,
    ...change,
  });
}

/** The log of a crash at these addresses. */
export function crashLog(cause: number, epc1: number, words: readonly number[]): string {
  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  const rows = words.map((word, i) => `${hex(0x3ffffe20 + i * 16)}:  ${hex(word)} 3ffee5a0 3ffffe30 00000000  `);
  return [
    '',
    '--------------- CUT HERE FOR EXCEPTION DECODER ---------------',
    '',
    `Exception (${cause}):`,
    `epc1=0x${hex(epc1)} epc2=0x00000000 epc3=0x00000000 excvaddr=0x00000004 depc=0x00000000`,
    '',
    '>>>stack>>>',
    '',
    'ctx: cont',
    'sp: 3ffffcd0 end: 3fffffd0 offset: 0150',
    ...rows,
    '<<<stack<<<',
    '',
    '--------------- CUT HERE FOR EXCEPTION DECODER ---------------',
    '',
  ].join('\r\n');
}

const leb = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]);
const text = (name: string): number[] => [...leb(name.length), ...Buffer.from(name)];
const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content];

/** A module that imports one function and has these, each of the type () -> (), with a name section. */
export function makeWasm(
  functions: readonly { readonly name: string; readonly body: readonly number[] }[],
): Uint8Array {
  const code = functions.flatMap(({ body }) => [...leb(body.length + 1), 0, ...body]);
  const names = functions.flatMap(({ name }, i) => [...leb(i + 1), ...text(name)]);
  const nameMap = [...leb(functions.length), ...names];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(2, [1, ...text('esp'), ...text('yield'), 0, 0]),
    ...section(3, [...leb(functions.length), ...functions.map(() => 0)]),
    ...section(10, [...leb(functions.length), ...code]),
    ...section(0, [...text('name'), 1, ...leb(nameMap.length), ...nameMap]),
  ]);
}
