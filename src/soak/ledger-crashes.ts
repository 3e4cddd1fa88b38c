/** Crashes alike: what they have in common is their signature. */
import type { CrashReport, StackDump } from '../board/events.js';
import { crashInWords } from '../board/wording.js';
import { reportable } from './ledger-context.js';
import { Kept } from './ledger-kept.js';
import type { CrashGroup } from './ledger-types.js';

/** Frames that a signature compares. */
const FRAMES = 6;
const GROUPS = 200;
/** Stack words kept with a reset; the example of a group keeps all that the parser gives. */
const WORDS_OF_RESET = 256;
const STACKS_OF_RESET = 3;

/** `exception/28/40201f40/40202a10,40100f58`: kind, exception, place, and the code addresses at the top of the stack. */
export function crashSignature(report: CrashReport): string {
  const place = report.registers === null ? reportable(report.detail ?? '', 80) : hex(report.registers.epc1);
  return [report.kind, report.exception?.number ?? '', place, codeAddresses(report).map(hex).join(',')].join('/');
}

function codeAddresses(report: CrashReport): number[] {
  const frames: number[] = [];
  for (const word of report.stack?.words ?? []) {
    if (frames.length >= FRAMES) break;
    if (isCode(word)) frames.push(word);
  }
  return frames;
}

/** Instruction RAM, or the first megabyte of flash as it is mapped (ESP8266.md, memory map). */
function isCode(word: number): boolean {
  return (word >= 0x40100000 && word < 0x40110000) || (word >= 0x40200000 && word < 0x40300000);
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** A report as a reset keeps it: bounded, its words without secrets. */
export function crashOfReset(report: CrashReport): CrashReport {
  return {
    ...withSafeDetail(report),
    stack: report.stack === null ? null : shortened(report.stack),
    otherStacks: report.otherStacks.slice(0, STACKS_OF_RESET).map(shortened),
  };
}

function withSafeDetail(report: CrashReport): CrashReport {
  return report.detail === null ? report : { ...report, detail: reportable(report.detail, 300) };
}

function shortened(stack: StackDump): StackDump {
  return stack.words.length <= WORDS_OF_RESET ? stack : { ...stack, words: stack.words.slice(0, WORDS_OF_RESET) };
}

export class CrashGroups {
  readonly #groups = new Kept<CrashGroup>(GROUPS);
  readonly #places = new Map<string, number>();
  /** Crashes of a kind for which there was no room. */
  #leftOut = 0;

  add(t: number, report: CrashReport): void {
    const signature = crashSignature(report);
    const place = this.#places.get(signature);
    if (place !== undefined) {
      this.#groups.replace(place, (group) => ({ ...group, count: group.count + 1, last: t }));
      return;
    }
    const example = withSafeDetail(report);
    const title = reportable(crashInWords(report));
    const added = this.#groups.push({ signature, title, count: 1, first: t, last: t, example });
    if (added === null) this.#leftOut += 1;
    else this.#places.set(signature, added);
  }

  all(): readonly CrashGroup[] {
    return this.#groups.all();
  }

  get leftOut(): number {
    return this.#leftOut;
  }
}
