import type { CrashReport, StackDump } from '../board/events.js';
import { isCode } from './code-file.js';
import type { Symbols } from './symbols.js';

/**
 * How far a crash and a file with symbols agree. `fits`: nothing speaks against it, which proves nothing. `doubtful`:
 * some of it does not. `impossible`: this firmware cannot have crashed like that. `unknown`: nothing could be compared.
 */
export type Fit = 'fits' | 'doubtful' | 'impossible' | 'unknown';

export interface Judgement {
  readonly fit: Fit;
  /** Sentences: what was compared, and how it came out. */
  readonly reasons: readonly string[];
}

/** Where the flash is mapped, from the core's first byte of code on: a word in here is most likely code. */
const FLASH_CODE = { from: 0x40201010, to: 0x40300000 };
const IRAM_CODE = { from: 0x40100000, to: 0x4010c000 };
/** Causes in which epc1 is where a jump went astray: IllegalInstruction and the failures to fetch. */
const ASTRAY: ReadonlySet<number> = new Set([0, 2, 12, 14, 16, 17, 18, 20]);
/** So many words outside of the code, and none in it, are no accident. */
const FOREIGN_LEAST = 3;
/** Words that must be there before their share says anything, and the shares that are too small. */
const WORDS_LEAST = 4;
const SHARE_DOUBTFUL = 0.75;
const SHARE_IMPOSSIBLE = 0.4;

export function stacksOf(report: CrashReport): readonly StackDump[] {
  return report.stack === null ? report.otherStacks : [report.stack, ...report.otherStacks];
}

/**
 * Compares a crash with the code in a file: epc1 must be in it, on an instruction that can raise the exception; words
 * of the stack that look like code must mostly be return addresses, that is, follow a call.
 */
export function judgeFit(report: CrashReport, { code }: Pick<Symbols, 'code'>): Judgement {
  const reasons: string[] = [];
  const faults = faultFits(report, code, reasons);
  const stack = stackFits(report, code, reasons);
  if (faults === null && stack === null)
    return { fit: 'unknown', reasons: ['Nothing in the report could be compared with it.'] };
  const fit = [faults ?? 'fits', stack ?? 'fits'].reduce((a, b) => (SEVERITY.indexOf(a) > SEVERITY.indexOf(b) ? a : b));
  return { fit, reasons };
}

const SEVERITY: readonly Fit[] = ['unknown', 'fits', 'doubtful', 'impossible'];

function faultFits(report: CrashReport, code: Symbols['code'], reasons: string[]): Fit | null {
  const epc1 = report.registers?.epc1 ?? 0;
  if (!isIn(epc1, FLASH_CODE) && !isIn(epc1, IRAM_CODE) && !isCode(code, epc1)) return null;
  const cause = report.exception?.number ?? null;
  const shown = hex(epc1);
  if (!isCode(code, epc1)) {
    if (cause !== null && ASTRAY.has(cause)) return null;
    reasons.push(`epc1 ${shown} is outside of its code.`);
    return 'impossible';
  }
  if (cause !== null && code.canRaise(epc1, cause) === false) {
    reasons.push(`The instruction at epc1 ${shown} can't raise exception ${cause}.`);
    return 'impossible';
  }
  if (code.functions.size > 0 && code.functions.at(epc1) === null) {
    reasons.push(`epc1 ${shown} is between its functions.`);
    return 'doubtful';
  }
  reasons.push(
    `epc1 ${shown} is in one of its functions${cause !== null && code.canRaise(epc1, cause) === true ? `, on an instruction that can raise exception ${cause}` : ''}.`,
  );
  return 'fits';
}

function stackFits(report: CrashReport, code: Symbols['code'], reasons: string[]): Fit | null {
  const epc1 = report.registers?.epc1 ?? 0;
  // The virtual board has the place of the crash on its stack too.
  const isGood = (word: number): boolean =>
    code.callSite(word) !== null || code.functions.at(word)?.from === word || word === epc1;
  // A constant between the functions, such as a string in flash, says nothing.
  const counts = (word: number): boolean =>
    isGood(word) || !isCode(code, word) || code.functions.size === 0 || code.functions.at(word) !== null;
  const words = [...new Set(stacksOf(report).flatMap((stack) => stack.words))].filter(
    (word) => (isIn(word, FLASH_CODE) || isCode(code, word)) && counts(word),
  );
  if (words.length === 0) return null;
  const good = words.filter(isGood).length;
  const share = good / words.length;
  // One or two stray words prove nothing, either way.
  const few = words.length < WORDS_LEAST;
  const foreign = words.length >= FOREIGN_LEAST && !words.some((word) => isCode(code, word));
  const fit = foreign
    ? 'impossible'
    : share >= SHARE_DOUBTFUL
      ? 'fits'
      : share >= SHARE_IMPOSSIBLE || few
        ? 'doubtful'
        : 'impossible';
  reasons.push(
    `${good} of the ${words.length} code address${words.length === 1 ? '' : 'es'} on the stack follow a call in it.`,
  );
  return fit;
}

function isIn(address: number, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return address >= from && address < to;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
