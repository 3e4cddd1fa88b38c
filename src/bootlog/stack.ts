/** The stack dumps of a crash report (ESP8266.md 8.1). */
import type { StackDump } from '../board/events.js';

/** All words of one report together: more than the RAM of the chip's stacks holds. */
const WORDS_CAP = 4096;
const STACKS_CAP = 4;

const CONTEXT = /^ctx: (cont|sys|bearssl)$/;
const BOUNDS = /^sp: ([0-9a-f]{8}) end: ([0-9a-f]{8}) offset: ([0-9a-f]{4,8})$/;
const ROW = /^[0-9a-f]{8}: {1,4}((?:[0-9a-f]{8} {1,2}){3}[0-9a-f]{8})(?: <)?$/;

interface Draft {
  context: StackDump['context'];
  sp: number | null;
  end: number | null;
  offset: number | null;
  words: number[];
}

/** Collects the dumps of one report. Old cores print `ctx:` and `sp:` above `>>>stack>>>`, new ones below it. */
export class StackReader {
  #stacks: Draft[] = [];
  #words = 0;
  #open = false;
  #closed = false;

  /** True after `<<<stack<<<`, until another dump is opened. */
  get closed(): boolean {
    return this.#closed;
  }

  /** True when the (trimmed) line belongs to a stack dump. */
  read(line: string): boolean {
    if (line === '>>>stack>>>') {
      this.#open = true;
      this.#closed = false;
      return true;
    }
    if (line === '<<<stack<<<') {
      this.#closed = this.#open;
      this.#open = false;
      return true;
    }
    const context = CONTEXT.exec(line)?.[1];
    if (context === 'cont' || context === 'sys' || context === 'bearssl') {
      this.#begin(context);
      return true;
    }
    const bounds = BOUNDS.exec(line);
    if (bounds) {
      const stack = this.#current();
      stack.sp = Number.parseInt(bounds[1] ?? '', 16);
      stack.end = Number.parseInt(bounds[2] ?? '', 16);
      stack.offset = Number.parseInt(bounds[3] ?? '', 16);
      return true;
    }
    return this.#open && this.#row(line);
  }

  /** The dumps read so far, in order. */
  get stacks(): readonly StackDump[] {
    return this.#stacks;
  }

  #row(line: string): boolean {
    const words = line.length <= 64 ? ROW.exec(line)?.[1] : undefined;
    if (words === undefined) return false;
    const stack = this.#current();
    for (const word of words.split(/ +/)) {
      if (this.#words++ < WORDS_CAP) stack.words.push(Number.parseInt(word, 16));
    }
    return true;
  }

  #begin(context: StackDump['context']): Draft {
    const stack: Draft = { context, sp: null, end: null, offset: null, words: [] };
    if (this.#stacks.length < STACKS_CAP) this.#stacks.push(stack);
    return stack;
  }

  #current(): Draft {
    return this.#stacks.at(-1) ?? this.#begin(null);
  }
}
