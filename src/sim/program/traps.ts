import type { Ending } from './messages.js';
import { WebAssembly } from './web-assembly.js';

/** EXCCAUSE of the Xtensa LX106, as far as a program can raise them here. */
export const EXCCAUSE = {
  illegalInstruction: 0,
  level1Interrupt: 4,
  divideByZero: 6,
  loadProhibited: 28,
  storeProhibited: 29,
  fetchProhibited: 20,
} as const;

/** Where the flash is mapped into the address space; program counters are this plus the offset in the module. */
const CODE_BASE = 0x4020_0000;
const NOT_A_CAUSE = -1;

/** Thrown by imports to leave the program: it is over, and the host knows why. */
export class LeaveProgram extends Error {}

/** Thrown by any import once the software watchdog has run out. */
export class WatchdogBark extends Error {}

/** `panic()` of the program. */
export class Panic extends Error {
  readonly exccause: number;
  readonly epc: number;
  readonly excvaddr: number;
  readonly text: string | null;

  constructor(exccause: number, epc: number, excvaddr: number, text: string | null) {
    super('panic');
    this.exccause = exccause;
    this.epc = epc;
    this.excvaddr = excvaddr;
    this.text = text;
  }
}

/** The program gave an import an address outside its memory. */
export class BadPointer extends Error {
  readonly address: number;
  readonly store: boolean;

  constructor(address: number, store: boolean) {
    super('bad pointer');
    this.address = address;
    this.store = store;
  }
}

/** What the engine's message means on the chip. The texts are V8's (messages.h, kTrap*). */
const TRAPS: readonly (readonly [pattern: RegExp, cause: number])[] = [
  [/divide by zero|remainder by zero|divide result unrepresentable/, EXCCAUSE.divideByZero],
  [/memory access out of bounds/, EXCCAUSE.loadProhibited],
  [
    /table index is out of bounds|table access out of bounds|null function|signature mismatch/,
    EXCCAUSE.fetchProhibited,
  ],
];

/** How the program ended, from what came out of it; undefined = no fault of the program's. */
export function endingOf(error: unknown): Ending | undefined {
  if (!(error instanceof Error)) return undefined;
  const frames = programCounters(error.stack ?? '');
  const ending: Ending = {
    cause: NOT_A_CAUSE,
    epc1: frames[0] ?? 0,
    excvaddr: 0,
    message: null,
    frames,
    outOfBounds: false,
  };
  if (error instanceof Panic) {
    return {
      ...ending,
      cause: error.exccause,
      epc1: error.epc === 0 ? ending.epc1 : error.epc,
      excvaddr: error.excvaddr,
      message: error.text,
    };
  }
  if (error instanceof BadPointer) {
    return {
      ...ending,
      cause: error.store ? EXCCAUSE.storeProhibited : EXCCAUSE.loadProhibited,
      excvaddr: error.address,
    };
  }
  if (error instanceof WatchdogBark) return { ...ending, cause: EXCCAUSE.level1Interrupt };
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return { ...ending, message: 'Stack overflow detected' };
  }
  if (!(error instanceof WebAssembly.RuntimeError)) return undefined;
  const cause = TRAPS.find(([pattern]) => pattern.test(error.message))?.[1] ?? EXCCAUSE.illegalInstruction;
  return { ...ending, cause, outOfBounds: /memory access out of bounds/.test(error.message) };
}

/** The address of the instruction at `offset` in the module. */
export function codeAddress(offset: number): number {
  return CODE_BASE + offset;
}

/** The program counters in a stack trace, innermost first; V8 writes `wasm-function[7]:0x1a2`. */
export function programCounters(stack: string): number[] {
  const counters: number[] = [];
  for (const [, offset] of stack.matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)) {
    counters.push(codeAddress(Number.parseInt(offset ?? '0', 16)));
  }
  return counters;
}

/** True when the instruction at `pc` writes to memory (WebAssembly core specification, "Memory instructions"). */
export function isStore(wasm: Uint8Array, pc: number): boolean {
  const opcode = wasm[pc - CODE_BASE];
  if (opcode === undefined) return false;
  const storeOpcode = opcode >= 0x36 && opcode <= 0x3e;
  return storeOpcode || opcode === 0xfc;
}
