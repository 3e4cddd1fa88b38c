/** The lines that say what a crash was (ESP8266.md 8.2, 8.3, 1.11). */
import type { CrashKind, CrashReport, Registers } from '../board/events.js';
import { exceptionName } from '../board/exceptions.js';

const DETAIL_CAP = 240;

export interface Cause {
  readonly kind: CrashKind;
  readonly exception: CrashReport['exception'];
  readonly detail: string | null;
}

const EXCEPTION = /^Exception \((\d{1,3})\):?$/;
const ROM_EXCEPTION = /^Fatal exception \((\d{1,3})\):$/;
const SDK_EXCEPTION = /^Fatal exception (\d{1,3})\(\w{1,40}\):$/;
const PANIC_PLACE = /^\S{1,200}:\d{1,6}(?: |$)/;

/**
 * Reads a trimmed line as the cause of a crash; null when it is none. Words that a sketch could print for fun
 * count only `inReport`, below the line that opens one.
 */
export function readCause(line: string, inReport: boolean): Cause | null {
  const exception = EXCEPTION.exec(line);
  if (exception) return numbered('exception', exception[1]);
  const rom = ROM_EXCEPTION.exec(line);
  if (rom) return numbered('rom-exception', rom[1]);
  const sdk = SDK_EXCEPTION.exec(line);
  if (sdk) return numbered('sdk-exception', sdk[1]);
  if (line === 'Soft WDT reset') return cause('software-watchdog', null);
  if (line === 'Soft WDT reset - deliberate infinite loop detected') {
    return cause('software-watchdog', 'deliberate infinite loop detected');
  }
  if (line === 'Abort called') return cause('abort', null);
  if (line === 'Hardware WDT reset') return cause('hardware-watchdog', null);
  if (line.startsWith('Panic ')) return panic(line.slice('Panic '.length), inReport);
  const cpp = after(line, 'Unhandled C++ exception: ') ?? after(line, 'Unhandled exception: ');
  if (cpp !== null) return cause(isOutOfMemory(cpp) ? 'out-of-memory' : 'cpp-exception', cpp);
  const smashed = after(line, 'Stack smashing detected at ');
  if (smashed !== null) return cause('stack-smashing', `at ${smashed}`);
  if (line === 'Stack overflow detected' || line === 'Stack overflow detected.') return cause('stack-overflow', null);
  if (line === 'Generic Reset' && inReport) return cause('generic', null);
  return null;
}

function panic(rest: string, inReport: boolean): Cause | null {
  if (!inReport && !PANIC_PLACE.test(rest)) return null;
  return cause(rest.includes(": Assertion '") ? 'assert' : 'panic', rest);
}

function isOutOfMemory(what: string): boolean {
  return what === 'OOM' || what.includes('bad_alloc');
}

function after(line: string, head: string): string | null {
  return line.startsWith(head) ? line.slice(head.length) : null;
}

function cause(kind: CrashKind, detail: string | null): Cause {
  return { kind, exception: null, detail: detail === null ? null : detail.slice(0, DETAIL_CAP) };
}

function numbered(kind: CrashKind, digits: string | undefined): Cause {
  const number = Number(digits);
  return { kind, exception: { number, name: exceptionName(number) }, detail: null };
}

const REGISTERS =
  /^epc1=0x([0-9a-f]{8}),? epc2=0x([0-9a-f]{8}),? epc3=0x([0-9a-f]{8}),? excvaddr=0x([0-9a-f]{8}),? depc=0x([0-9a-f]{8})$/;

/** The register line, with the blanks of the Arduino core or the commas of ROM and SDK. */
export function readRegisters(line: string): Registers | null {
  const match = REGISTERS.exec(line);
  if (match === null) return null;
  const [epc1 = 0, epc2 = 0, epc3 = 0, excvaddr = 0, depc = 0] = match.slice(1).map((hex) => Number.parseInt(hex, 16));
  return { epc1, epc2, epc3, excvaddr, depc };
}

const FAILED_ALLOC = /^last failed alloc call: ([0-9A-F]{8})\((\d{1,10})\)(?:@(.{1,200}))?$/;

/** `last failed alloc call: 40201234(1024)`, with `@FILE:LINE` from builds with OOM debug. */
export function readFailedAlloc(
  line: string,
): { readonly alloc: NonNullable<CrashReport['failedAlloc']>; readonly place: string | null } | null {
  const match = FAILED_ALLOC.exec(line);
  if (match === null) return null;
  const alloc = { caller: Number.parseInt(match[1] ?? '', 16), bytes: Number(match[2]) };
  return { alloc, place: match[3] ?? null };
}
