import { stripVTControlCharacters } from 'node:util';

/** A line made readable for the boot log. */
export interface CleanLine {
  /** Of the line that it came from, counted from 1. */
  readonly line: number;
  readonly text: string;
  /** True when it is part of a crash report. */
  readonly report: boolean;
}

const OPEN = '>>>stack>>>';
const CLOSE = '<<<stack<<<';
const CUT_HERE = '--------------- CUT HERE FOR EXCEPTION DECODER ---------------';
const HEX = '[0-9a-f]{8}';
const REGISTER_NAMES = ['epc1', 'epc2', 'epc3', 'excvaddr', 'depc'] as const;
const WORDS_A_ROW = 4;
const ZERO = '00000000';

/** Formatting that forums put around text; anything else in angle brackets is the log's own. */
const TAGS = /<\/?(?:p|br|div|span|pre|code|samp|tt|blockquote|li|td|tr|font|b|i|em|strong)(?:\s[^<>]{0,300})?\/?>/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  gt: '>',
  lt: '<',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  raquo: '»',
  laquo: '«',
  mdash: '—',
  ndash: '–',
};

/** Parts of a report, as a line or the rest of one begins with them. Typographic quotes and dashes are what forums make of them. */
const PARTS: readonly (readonly [pattern: RegExp, text: (match: RegExpExecArray) => string])[] = [
  [/^[>»]{0,3}stack[>»]{2,3}/i, () => OPEN],
  [/^[<«]{0,3}stack[<«]{2,3}/i, () => CLOSE],
  [/^[-–—―]+ ?CUT HERE FOR EXCEPTION DECODER(?: ?[-–—―]+)?/i, () => CUT_HERE],
  [/^To make this dump useful, DECODE IT - \S+/, ([text]) => text],
  [/^User exception \(panic\/abort\/assert\)/, ([text]) => text],
  [
    /^(Fatal exception|Exception) ?\((\d{1,3})\)(?: ?:)?(?=\s|$|epc1)/i,
    ([, what = '', n = '']) => `${/fatal/i.test(what) ? 'Fatal exception' : 'Exception'} (${n}):`,
  ],
  [/^Fatal exception \d{1,3}\(\w{1,40}\):/, ([text]) => text],
  [/^Soft WDT reset(?: - deliberate infinite loop detected)?/, ([text]) => text],
  [/^Hardware WDT reset/, ([text]) => text],
  [/^ctx: ?(cont|sys|bearssl)\b/i, ([, context = '']) => `ctx: ${context.toLowerCase()}`],
  [
    new RegExp(`^sp: ?(${HEX}) end: ?(${HEX}) offset: ?([0-9a-f]{4,8})\\b`, 'i'),
    ([, sp = '', end = '', offset = '']) => `sp: ${sp} end: ${end} offset: ${offset}`.toLowerCase(),
  ],
  [
    /^last failed alloc call: ?([0-9a-f]{8})\((\d{1,10})\)(@\S{1,200})?/i,
    ([, caller = '', bytes = '', place = '']) => `last failed alloc call: ${caller.toUpperCase()}(${bytes})${place}`,
  ],
];
const REGISTERS = new RegExp(`^(?:(${REGISTER_NAMES.join('|')}) ?= ?(?:0x)?(${HEX}),?\\s*)`, 'i');
const ROW = new RegExp(
  `^(?:0x)?(${HEX}): {0,8}((?:(?:0x)?${HEX} {1,8}){0,3}(?:0x)?${HEX})(?![0-9a-f])(?: ?<(?!<))?`,
  'i',
);
/** Words of a stack that were copied without the addresses of their rows. */
const BARE_WORDS = new RegExp(`^(?:0x)?${HEX}(?:[ ,]+(?:0x)?${HEX}){1,15}(?: ?<)?$`, 'i');

/**
 * What stands before a line in a copied log: quote marks, line numbers, times, the monitor's arrow; words only
 * beside a time of day.
 */
const TIME = /\d{1,2}:\d{2}:\d{2}/;
const MARKS = /^[\s>»|#*\d:.,;()[\]TZ/+–-]*(?:->|→|⇒)?\s*$/;
const PREFIX_MOST = 120;

/**
 * Takes a log as people save and post it (quoted, indented, with times in front, as HTML, coloured, in upper case,
 * wrapped) and gives back lines as the board printed them. What is no part of a crash report passes through.
 */
export class PastedLog {
  #line = 0;
  #inStack = false;
  /** Registers of a line that was wrapped. */
  #registers = new Map<string, string>();

  /** Takes one line without its end. */
  push(raw: string): CleanLine[] {
    this.#line += 1;
    const lines: CleanLine[] = [];
    for (const piece of plain(raw)) this.#read(piece, lines);
    return lines;
  }

  #read(text: string, lines: CleanLine[]): void {
    const start = reportStart(text);
    let rest = start === null ? '' : text.slice(start).trim();
    while (rest !== '') {
      const used = this.#part(rest, lines);
      if (used === 0) break;
      rest = rest.slice(used).trimStart();
    }
    if (start === null || rest !== '') this.#plain(start === null ? text : rest, lines);
  }

  /** Reads one part of a report from the front of `rest`; gives its length, 0 when there is none. */
  #part(rest: string, lines: CleanLine[]): number {
    const register = REGISTERS.exec(rest);
    if (register !== null) {
      this.#register(register[1] ?? '', register[2] ?? '', lines);
      return register[0].length;
    }
    const row = ROW.exec(rest);
    if (row !== null) {
      this.#row(row[1] ?? ZERO, (row[2] ?? '').split(/ +/), lines);
      return row[0].length;
    }
    for (const [pattern, canonical] of PARTS) {
      const match = pattern.exec(rest);
      if (match === null) continue;
      const text = canonical(match);
      if (text === OPEN) this.#inStack = true;
      if (text === CLOSE) this.#inStack = false;
      this.#give(text, true, lines);
      return match[0].length;
    }
    return 0;
  }

  #register(name: string, digits: string, lines: CleanLine[]): void {
    this.#registers.set(name.toLowerCase(), digits.toLowerCase());
    if (this.#registers.size < REGISTER_NAMES.length) return;
    this.#give(REGISTER_NAMES.map((known) => `${known}=0x${this.#registers.get(known)}`).join(' '), true, lines);
    this.#registers.clear();
  }

  /** Rows are four words; what is missing of a copied one is filled with zeros, which are no code. */
  #row(address: string, words: readonly string[], lines: CleanLine[]): void {
    if (!this.#inStack) this.#give(OPEN, true, lines);
    this.#inStack = true;
    const bare = words.map((word) => word.replace(/^0x/i, ''));
    for (let from = 0; from < bare.length; from += WORDS_A_ROW) {
      const row = Array.from({ length: WORDS_A_ROW }, (_, i) => bare[from + i] ?? ZERO);
      this.#give(`${address}:  ${row.join(' ')}`.toLowerCase(), true, lines);
    }
  }

  #plain(text: string, lines: CleanLine[]): void {
    const bare = withoutMarks(text);
    if (BARE_WORDS.test(bare)) {
      this.#row(ZERO, bare.replace(/ ?<$/, '').split(/[ ,]+/), lines);
      return;
    }
    if (bare !== '') {
      this.#registers.clear();
      // Other output within a stack: opening it again does no harm.
      this.#inStack = false;
      this.#give(bare, false, lines);
    }
  }

  #give(text: string, report: boolean, lines: CleanLine[]): void {
    lines.push({ line: this.#line, text, report });
  }
}

/** What every part has one of: a quick look at lines that have none. */
const HINTS =
  /stack[>»<«]|CUT HERE|DECODE IT|exception|WDT reset|ctx:|sp: ?[0-9a-f]|failed alloc|epc[123]|excvaddr|depc|[0-9a-f]{8}: {0,8}(?:0x)?[0-9a-f]{8}/i;

/** Where the report's part of a line begins; null when it has none. */
function reportStart(text: string): number | null {
  if (!HINTS.test(text)) return null;
  for (let at = 0; at <= Math.min(text.length, PREFIX_MOST); at++) {
    const before = text.slice(0, at);
    // A part begins where a word begins; `>` is a quote mark unless it belongs to `>>>stack>>>`.
    if (at > 0 && /[\w=]$/.test(before) && /^\w/.test(text.slice(at))) continue;
    const rest = text.slice(at);
    if (!beginsPart(rest)) continue;
    if (MARKS.test(before) || TIME.test(before)) return at;
    return null;
  }
  return null;
}

function beginsPart(rest: string): boolean {
  return ROW.test(rest) || REGISTERS.test(rest) || PARTS.some(([pattern]) => pattern.test(rest));
}

function withoutMarks(text: string): string {
  const marks =
    /^\s*(?:[>|»]\s*)*(?:\[?(?:\d{4}-\d\d-\d\d[T ])?\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,6})?Z?\]?\s*(?:->|→)?\s*)?/.exec(
      text,
    )?.[0] ?? '';
  return text.slice(marks.length).trim();
}

/** The line as text: without colours, tags and entities; a tag may end it. */
function plain(raw: string): readonly string[] {
  const seen = raw.includes('\x1b') ? stripVTControlCharacters(raw) : raw;
  const untagged =
    seen.includes('<') && /<\/?[a-z]/i.test(seen)
      ? seen.replace(TAGS, (tag) => (/^<\/?(?:br|p|div|li|tr)/i.test(tag) ? '\n' : ''))
      : seen;
  const decoded = untagged.includes('&')
    ? untagged.replace(/&(#\d{1,6}|#x[0-9a-f]{1,5}|[a-z]{2,6});/gi, entity)
    : untagged;
  return decoded
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/[\t\u00a0\u2007\u202f]/g, ' ')
    .split('\n');
}

function entity(whole: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code >= 0x20 && code <= 0xffff ? String.fromCharCode(code) : whole;
}
