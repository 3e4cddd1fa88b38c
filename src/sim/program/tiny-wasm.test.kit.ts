/** Test support: a WebAssembly assembler just big enough for programs of a few instructions. */
import type { BoardImport } from './abi.js';

/** Bytes of instructions (WebAssembly core specification, "Binary Format"). */
export type Code = readonly number[];

const I32 = 0x7f;
const F64 = 0x7c;

/** Parameters (all i32) and result of each import. */
const SIGNATURES: Readonly<Record<BoardImport, readonly [params: number, result?: number]>> = {
  millis: [0, I32],
  micros: [0, I32],
  delay: [1],
  yield: [0],
  wdt_feed: [0],
  rtc_time: [0, F64],
  sntp: [1],
  random: [0, I32],
  sysinfo: [1, I32],
  restart: [1],
  panic: [4],
  uart_begin: [1],
  uart_write: [2],
  uart_avail: [0, I32],
  uart_read: [3, I32],
  flash_read: [3, I32],
  flash_write: [3, I32],
  flash_erase: [1, I32],
  rtc_read: [3, I32],
  rtc_write: [3, I32],
  gpio_mode: [2],
  gpio_write: [2],
  gpio_read: [1, I32],
  adc_read: [1, I32],
  wifi_ctl: [3, I32],
  net_open: [4, I32],
  net_err: [2, I32],
  net_avail: [1, I32],
  net_state: [1, I32],
  net_close: [1],
  net_read: [4, I32],
  net_write: [3, I32],
  net_listen: [1, I32],
  net_accept: [2, I32],
  net_unlisten: [1],
};
const NAMES = Object.keys(SIGNATURES) as BoardImport[];

/** Index of the program's own functions, after the imports. */
const INITIALIZE = NAMES.length;
export const SETUP = INITIALIZE + 1;
export const LOOP = INITIALIZE + 2;

export interface TinyProgram {
  readonly setup?: Code;
  readonly loop?: Code;
  /** Text or bytes at addresses. */
  readonly data?: Readonly<Record<number, string | Uint8Array>>;
}

export interface TinyOptions {
  /** Replaces `millis` by a name that the board does not have. */
  readonly strangeImport?: string;
  readonly ownMemory?: boolean;
  /** [flags, minimum, maximum]. */
  readonly table?: Code;
  readonly withoutLoop?: boolean;
  readonly memoryPages?: number;
}

/** A module that imports everything, exports what a program must, and has two i32 locals in each function. */
export function assemble(program: TinyProgram, options: TinyOptions = {}): Uint8Array {
  const types = [
    [0x60, 0, 0],
    ...NAMES.map((name) => {
      const [params, result] = SIGNATURES[name];
      return [0x60, params, ...new Array<number>(params).fill(I32), ...(result === undefined ? [0] : [1, result])];
    }),
  ];
  const pages = options.memoryPages ?? 3;
  const imports = [
    [...text('env'), ...text('memory'), 2, 1, ...unsigned(pages), ...unsigned(pages)],
    ...NAMES.map((name, index) => {
      const shown = name === 'millis' ? (options.strangeImport ?? name) : name;
      return [...text('esp1'), ...text(shown), 0, ...unsigned(index + 1)];
    }),
  ];
  const names = ['_initialize', 'setup', 'loop'].slice(0, options.withoutLoop === true ? 2 : 3);
  const exports = names.map((name, index) => [...text(name), 0, ...unsigned(INITIALIZE + index)]);
  const bodies = [[], program.setup ?? [], program.loop ?? []].map((code) => {
    const body = [1, 2, I32, ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  const data = Object.entries(program.data ?? {}).map(([address, content]) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(`${content}\0`) : content;
    return [0, ...i32(Number(address)), 0x0b, ...unsigned(bytes.length), ...bytes];
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, imports),
    ...section(3, [[0], [0], [0]]),
    ...(options.table === undefined ? [] : section(4, [[0x70, ...options.table]])),
    ...(options.ownMemory === true ? section(5, [[0, 1]]) : []),
    ...section(7, exports),
    ...section(10, bodies),
    ...section(11, data),
  ]);
}

export function i32(value: number): Code {
  const bytes: number[] = [0x41];
  for (let rest = value | 0; ; rest >>= 7) {
    const byte = rest & 0x7f;
    const last = (rest >> 7 === 0 && (byte & 0x40) === 0) || (rest >> 7 === -1 && (byte & 0x40) !== 0);
    bytes.push(last ? byte : byte | 0x80);
    if (last) return bytes;
  }
}

type Argument = number | Code;
const push = (value: Argument): Code => (typeof value === 'number' ? i32(value) : value);

/** Calls an import; its result, if any, stays on the stack. */
export function call(name: BoardImport, ...args: Argument[]): Code {
  return [...args.flatMap(push), 0x10, ...unsigned(NAMES.indexOf(name))];
}

/** Calls an import and drops its result. */
export function run(name: BoardImport, ...args: Argument[]): Code {
  return [...call(name, ...args), ...drop];
}

export const drop: Code = [0x1a];
export const unreachable: Code = [0x00];
export const callFunction = (index: number): Code => [0x10, ...unsigned(index)];
/** Through entry `index` of table 0, as a function without parameters. */
export const callIndirect = (index: Argument): Code => [...push(index), 0x11, 0, 0];
export const divide = (left: Argument, right: Argument): Code => [...push(left), ...push(right), 0x6d];
export const not = (value: Argument): Code => [...push(value), 0x45];
export const notEqual = (left: Argument, right: Argument): Code => [...push(left), ...push(right), 0x47];
export const lessThan = (left: Argument, right: Argument): Code => [...push(left), ...push(right), 0x48];
/** `rtc_time()` is past 2001. */
export const clockIsSet: Code = [...call('rtc_time'), 0xfc, 0x03, ...i32(1_000_000_000), 0x4b];
export const load = (address: Argument): Code => [...push(address), 0x28, 2, 0];
export const loadByte = (address: Argument): Code => [...push(address), 0x2d, 0, 0];
export const storeByte = (address: Argument, value: Argument): Code => [...push(address), ...push(value), 0x3a, 0, 0];
export const store = (address: Argument, value: Argument): Code => [...push(address), ...push(value), 0x36, 2, 0];
export const local = (index: 0 | 1): Code => [0x20, index];
export const setLocal = (index: 0 | 1, value: Argument): Code => [...push(value), 0x21, index];
export const forEver = (body: Code): Code => [0x03, 0x40, ...body, 0x0c, 0, 0x0b];
export const when = (condition: Code, body: Code): Code => [...condition, 0x04, 0x40, ...body, 0x0b];
export const repeatWhile = (condition: Code, body: Code = []): Code => [
  ...[0x02, 0x40, 0x03, 0x40],
  ...not(condition),
  ...[0x0d, 1],
  ...body,
  ...[0x0c, 0, 0x0b, 0x0b],
];
/** Until the address is there. */
export const joinNetwork: Code = [
  ...run('wifi_ctl', 1, 0, 0),
  ...repeatWhile(notEqual(call('wifi_ctl', 0, 0, 0), 3), call('yield')),
];

function section(id: number, items: readonly Code[]): Code {
  const body = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(body.length), ...body];
}

function text(value: string): Code {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}

function unsigned(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}
