/** From lines to facts. Pure: no clock, no I/O; everything that is not understood comes out again as it came in. */
import type { BoardFact } from '../board/events.js';
import { CrashReader } from './crash.js';
import { readEboot } from './eboot.js';
import { decode, type Line, latin1, type Parsed, textFacts, unparsedFacts } from './line.js';
import { BANNER_HEAD, findBanner, RomReader } from './rom.js';
import { readSdk } from './sdk.js';
import { readSketch } from './sketch.js';

export type { Line } from './line.js';

/** An unended line is remembered up to this length, to be read again with what follows it. */
const HELD_CAP = 1024;
const BANNERS_PER_LINE = 16;

/**
 * Reads the output of one board. Push lines in order; the facts of a line come back at once, except that a crash
 * report comes when it ends. A new connection to a board takes a new `BootLog`.
 */
export class BootLog {
  readonly #rom = new RomReader();
  readonly #crash = new CrashReader();
  /** The beginning of a line whose end had not come; its text was reported, its meaning was not. */
  #held: { readonly bytes: Uint8Array; readonly baud: number } | null = null;

  push(line: Line): BoardFact[] {
    const held = this.#held;
    this.#held = null;
    if (held === null || held.baud !== line.baud || held.bytes.length + line.bytes.length > HELD_CAP) {
      return this.#hold(line.bytes, line, this.#read(line.bytes, line.ended));
    }
    const whole = concat(held.bytes, line.bytes);
    const facts: BoardFact[] = [];
    if (this.#readHeld(whole, line.ended, facts)) return facts;
    facts.push(...this.#read(line.bytes, line.ended));
    return this.#hold(whole, line, facts);
  }

  /** Ends a crash report that is still open. For the end of the input, or when the line has been idle for a second. */
  flush(): BoardFact[] {
    return this.#crash.flush();
  }

  #hold(bytes: Uint8Array, line: Line, facts: BoardFact[]): BoardFact[] {
    const vague = facts.every((fact) => fact.type === 'text' || fact.type === 'unparsed');
    if (!line.ended && vague && bytes.length <= HELD_CAP) this.#held = { bytes: bytes.slice(), baud: line.baud };
    return facts;
  }

  /** Reads a line whose first part was reported as text before; false when the whole means no more than its parts. */
  #readHeld(bytes: Uint8Array, ended: boolean, facts: BoardFact[]): boolean {
    const banner = findBanner(latin1(bytes));
    if (banner !== null) {
      facts.push(...this.#banner(banner.fact), ...this.#read(bytes.subarray(banner.to), ended));
      return true;
    }
    const { text, cleanFrom } = decode(bytes);
    const { facts: found, understood } = this.#parse(text ?? latin1(bytes.subarray(cleanFrom)), ended);
    facts.push(...found.filter((fact) => fact.type !== 'text'));
    return understood;
  }

  #read(bytes: Uint8Array, ended: boolean): BoardFact[] {
    const raw = latin1(bytes);
    if (!raw.includes(BANNER_HEAD)) return this.#readPlain(bytes, ended);
    const facts: BoardFact[] = [];
    let from = 0;
    for (let n = 0; n < BANNERS_PER_LINE; n++) {
      const banner = findBanner(raw.slice(from));
      if (banner === null) break;
      facts.push(...this.#readPlain(trimEnd(bytes.subarray(from, from + banner.from)), false));
      facts.push(...this.#banner(banner.fact));
      from += banner.to;
    }
    if (from < bytes.length) facts.push(...this.#readPlain(bytes.subarray(from), ended));
    return facts;
  }

  #banner(fact: BoardFact): BoardFact[] {
    this.#rom.begin();
    return [...this.#crash.flush(), fact];
  }

  #readPlain(bytes: Uint8Array, ended: boolean): BoardFact[] {
    const { text, cleanFrom } = decode(bytes);
    if (text !== null) {
      const { at, facts, understood } = this.#parse(text, ended);
      if (understood) return [...textFacts(text.slice(0, at), false), ...facts];
      return [...facts, ...textFacts(text, ended)];
    }
    // What was sent at another baud has no line end: the first sane line is glued to it.
    const tail = latin1(bytes.subarray(cleanFrom));
    if (tail.trim() === '') return unparsedFacts(bytes);
    const { at, facts, understood } = this.#parse(tail, ended);
    if (understood) return [...unparsedFacts(bytes.subarray(0, cleanFrom + at)), ...facts];
    return [...facts, ...unparsedFacts(bytes)];
  }

  /** `understood` false: the text is nobody's, but it may have ended a crash report. */
  #parse(text: string, ended: boolean): Parsed & { readonly understood: boolean } {
    const rom = this.#rom.read(text, ended);
    if (rom !== null) return { at: 0, facts: [...this.#crash.flush(), ...rom], understood: true };
    if (!ended) return { at: 0, facts: [], understood: false };
    const eboot = readEboot(text, this.#rom.stage);
    if (eboot !== null) return { at: 0, facts: [...this.#crash.flush(), ...eboot], understood: true };
    const said = readSketch(text) ?? readSdk(text);
    if (said !== null) {
      this.#rom.stage = 'running';
      // A board that speaks again has left its crash behind, even if the banner in between was not readable.
      return { at: said.at, facts: [...this.#crash.flush(), ...said.facts], understood: true };
    }
    const step = this.#crash.read(text);
    if (text.trim() !== '') this.#rom.stage = 'running';
    return { at: 0, facts: step.facts, understood: step.consumed };
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** Without the blank that stands before the banner. */
function trimEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0x0d)) end--;
  return bytes.subarray(0, end);
}
