/** Puts the lines of a crash report together (ESP8266.md 8.1), of old cores, new cores, the SDK and the ROM. */
import type { BoardFact, CrashReport, Registers } from '../board/events.js';
import { type Cause, readCause, readFailedAlloc, readRegisters } from './crash-cause.js';
import { StackReader } from './stack.js';

/** Foreign lines tolerated inside one report before it is given up as broken off. */
const FOREIGN_CAP = 64;

const CUT_HERE = /^-{3,} ?CUT HERE FOR EXCEPTION DECODER ?-{3,}$/;
const PREAMBLES: ReadonlySet<string> = new Set([
  'To make this dump useful, DECODE IT - https://tinyurl.com/8266dcdr',
  'User exception (panic/abort/assert)',
]);

interface Draft {
  cause: Cause | null;
  registers: Registers | null;
  stack: StackReader;
  failedAlloc: CrashReport['failedAlloc'];
  /** Number of CUT HERE lines seen: one opens, two close. */
  cuts: number;
  foreign: number;
}

export interface CrashStep {
  /** Reports that this line ended. */
  readonly facts: readonly BoardFact[];
  /** True when the line was part of a report: nobody else has to look at it. */
  readonly consumed: boolean;
}

const FOREIGN: CrashStep = { facts: [], consumed: false };
const CONSUMED: CrashStep = { facts: [], consumed: true };

export class CrashReader {
  #draft: Draft | null = null;

  /** Takes one whole line. */
  read(text: string): CrashStep {
    const line = text.trim();
    if (line === '') return this.#draft ? CONSUMED : FOREIGN;
    if (line.length > 512) return this.#foreign();
    if (CUT_HERE.test(line)) return this.#cut();
    if (PREAMBLES.has(line)) {
      const facts = this.#draft && this.#draft.cause !== null ? this.flush() : [];
      this.#draft ??= newDraft();
      return { facts, consumed: true };
    }
    const cause = readCause(line, this.#draft !== null);
    if (cause) return this.#cause(cause);
    return this.#draft === null ? this.#orphan(line) : this.#detail(this.#draft, line);
  }

  /** Ends the report that is under way, if any: the next boot began, or nothing more will come. */
  flush(): BoardFact[] {
    const draft = this.#draft;
    this.#draft = null;
    return draft === null ? [] : [{ type: 'crash', report: report(draft) }];
  }

  #cut(): CrashStep {
    const draft = this.#draft;
    if (draft === null) {
      this.#draft = { ...newDraft(), cuts: 1 };
      return CONSUMED;
    }
    const ends = draft.cuts > 0 && (draft.cause !== null || draft.stack.stacks.length > 0);
    draft.cuts = ends ? 2 : 1;
    // Unhandled C++ exceptions name the caller of `new` below the last line.
    const more = draft.cause?.kind === 'cpp-exception' || draft.cause?.kind === 'out-of-memory';
    return ends && !more ? { facts: this.flush(), consumed: true } : CONSUMED;
  }

  #cause(cause: Cause): CrashStep {
    const draft = this.#draft;
    if (draft === null || draft.cause === null) {
      this.#draft = { ...(draft ?? newDraft()), cause };
      return CONSUMED;
    }
    const before = draft.cause;
    if (cause.kind === 'exception' && draft.stack.stacks.length === 0) {
      // The SDK told of it first, or a watchdog or stack report shows the registers as an exception.
      if (before.kind === 'sdk-exception' && before.exception?.number === cause.exception?.number) {
        draft.cause = cause;
        return CONSUMED;
      }
      if (before.kind === 'software-watchdog' || before.kind === 'stack-overflow' || before.kind === 'stack-smashing') {
        draft.cause = { ...before, exception: cause.exception };
        return CONSUMED;
      }
    }
    if (before.kind === 'sdk-exception' && draft.cuts === 1) {
      draft.cause = cause;
      return CONSUMED;
    }
    const facts = this.flush();
    this.#draft = { ...newDraft(), cause };
    return { facts, consumed: true };
  }

  #orphan(line: string): CrashStep {
    if (line !== '>>>stack>>>') return FOREIGN;
    this.#draft = newDraft();
    this.#draft.stack.read(line);
    return CONSUMED;
  }

  #detail(draft: Draft, line: string): CrashStep {
    const registers = readRegisters(line);
    if (registers) {
      draft.registers = registers;
      return draft.cause?.kind === 'rom-exception' ? { facts: this.flush(), consumed: true } : CONSUMED;
    }
    if (draft.stack.read(line)) return CONSUMED;
    const failed = readFailedAlloc(line);
    if (failed) {
      draft.failedAlloc = failed.alloc;
      if (failed.place !== null && draft.cause?.detail === null) draft.cause = { ...draft.cause, detail: failed.place };
      return CONSUMED;
    }
    if (/^last failed alloc caller: 0x[0-9a-f]{8}$/.test(line)) return { facts: this.flush(), consumed: true };
    return this.#foreign();
  }

  #foreign(): CrashStep {
    const draft = this.#draft;
    if (draft === null) return FOREIGN;
    draft.foreign++;
    // A report with everything in it is over; one that is cut open may be interrupted by other output.
    const over = isWhole(draft) || draft.foreign > FOREIGN_CAP;
    return { facts: over ? this.flush() : [], consumed: false };
  }
}

function newDraft(): Draft {
  return { cause: null, registers: null, stack: new StackReader(), failedAlloc: null, cuts: 0, foreign: 0 };
}

function isWhole(draft: Draft): boolean {
  if (draft.cause?.kind === 'sdk-exception') return draft.registers !== null && draft.cuts === 0;
  return draft.stack.closed && draft.cuts !== 1;
}

function report(draft: Draft): CrashReport {
  const cause = draft.cause;
  const [stack = null, ...otherStacks] = draft.stack.stacks;
  // `new` without memory ends in abort(); the allocator remembers what it could not give.
  const noMemory = cause?.kind === 'abort' && draft.failedAlloc !== null;
  const registersOnly = cause?.kind === 'rom-exception' && draft.registers !== null;
  return {
    kind: noMemory ? 'out-of-memory' : (cause?.kind ?? 'generic'),
    exception: cause?.exception ?? null,
    registers: draft.registers,
    detail: noMemory ? 'Abort called' : (cause?.detail ?? null),
    stack,
    otherStacks,
    failedAlloc: draft.failedAlloc,
    complete: cause !== null && (registersOnly || isWhole(draft)),
  };
}
