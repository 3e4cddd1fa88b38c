import type { ProgramCrash } from './program/program.js';
import { hex8 } from './rom-boot.js';

const DECODE_HINT = 'To make this dump useful, DECODE IT - https://tinyurl.com/8266dcdr';
const CUT = '--------------- CUT HERE FOR EXCEPTION DECODER ---------------';
/** End of the stack that the sketch runs on. */
const CONT_STACK_END = 0x3fffffd0;
/** Bytes between the stack pointer and the first row that is dumped. */
const OFFSET = { exception: 0x150, softWatchdog: 0x160, user: 0x10 } as const;
const ROW_BYTES = 16;
/** Level-1 interrupt: what the soft watchdog's report shows. */
const SOFT_WATCHDOG_CAUSE = 4;
/** Words that stand for locals in the synthetic stack: addresses in DRAM, which no decoder takes for code. */
const FILLER = 0x3ffe8800;

/** The report that the Arduino core prints for a crash (ESP8266.md 8.1, 8.2), with a stack made of the known frames. */
export function crashReport(crash: ProgramCrash): string {
  const user = crash.cause < 0;
  const offset = user ? OFFSET.user : crash.softWatchdog ? OFFSET.softWatchdog : OFFSET.exception;
  const lines = [
    ...(user ? ['', 'User exception (panic/abort/assert)'] : []),
    '',
    DECODE_HINT,
    CUT,
    ...causeBlock(crash),
    '',
    '>>>stack>>>',
    '',
    'ctx: cont',
    ...stack(crash.frames, offset),
    '<<<stack<<<',
    CUT,
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

function causeBlock(crash: ProgramCrash): string[] {
  if (crash.cause < 0) return ['', crash.message ?? 'Abort called'];
  if (crash.softWatchdog) return ['', 'Soft WDT reset', ...exceptionBlock(SOFT_WATCHDOG_CAUSE, crash.epc1, 0)];
  return exceptionBlock(crash.cause, crash.epc1, crash.excvaddr);
}

function exceptionBlock(cause: number, epc1: number, excvaddr: number): string[] {
  const registers = [
    ['epc1', epc1],
    ['epc2', 0],
    ['epc3', 0],
    ['excvaddr', excvaddr],
    ['depc', 0],
  ] as const;
  return ['', `Exception (${cause}):`, registers.map(([name, value]) => `${name}=${hex8(value)}`).join(' ')];
}

/** One row a frame, its program counter first; the third word points to the next row, which the core marks with `<`. */
function stack(frames: readonly number[], offset: number): string[] {
  const first = CONT_STACK_END - Math.max(1, frames.length) * ROW_BYTES;
  const head = `sp: ${bare(first - offset)} end: ${bare(CONT_STACK_END)} offset: ${offset.toString(16).padStart(4, '0')}`;
  const counters = frames.length === 0 ? [FILLER] : frames;
  const rows = counters.map((pc, i) => {
    const address = first + i * ROW_BYTES;
    const words = [pc, FILLER + i * 4, address + ROW_BYTES, FILLER];
    return `${bare(address)}:  ${words.map(bare).join(' ')} <`;
  });
  return [head, ...rows];
}

function bare(value: number): string {
  return hex8(value).slice(2);
}
