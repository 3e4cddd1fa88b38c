/**
 * Recognises the ROM's banner in bytes received at another baud (FIELD-NOTES.md 4.2). The ROM speaks at 74928 baud
 * after a reset by pin or power, at 115274 after a restart by software (ESP8266.md 1.1); what a receiver at the
 * monitor's baud makes of the constant text is known in advance, up to the exact speeds and the start phase.
 */
import type { BoardFact } from '../board/events.js';
import { costAtStart, FULL_COST, locate } from './align.js';
import { type AfterFramingError, type Receiver, receive } from './receiver.js';
import { BANNER_HEAD, bannerFact } from './rom.js';

const ROM_BAUDS = [52_000_000 / 694, 80_000_000 / 694];
/** Nearer than this the banner arrives as text; outside the range too little of it is left. */
const READABLE = 0.035;
const RATIOS = { least: 0.4, most: 3.5 };

const BAUD_ERRORS = [-0.015, -0.011, -0.0075, -0.0035, 0, 0.0035, 0.0075, 0.011, 0.015];
const PHASES = [0, 0.25, 0.5, 0.75];
const AFTER_ERROR: readonly AfterFramingError[] = ['wait-for-idle', 'take-as-start'];

const HEAD = `\r\n ${BANNER_HEAD}`;
/** Share of the constant part's full cost at which it is no longer taken for it. */
const HEAD_TOLERANCE = 0.4;
/** Expected texts tried for the digits come from this many of the best-fitting receivers. */
const RECEIVERS_TRIED = 8;

/** This many text bytes in a row end a stretch of garbage; as many before it are kept, as garbage looks like text too. */
const TEXT_RUN = 32;
const WINDOW = 512;
/** Byte triples of the constant part that must have been seen before a look at the whole is worth while. */
const ANCHORS = 3;

/** Never certain, however well it fits. */
const CONFIDENCE_CAP = 0.95;
/** Weight of one unit of cost, and how common causes and boot modes are among boards that reset on their own. */
const COST_WEIGHT = 0.9;
const CAUSE_PRIOR = [0.5, 4, 4, 1, 3, 1, 0.5];
const MODE_PRIOR = [0.5, 2, 0.5, 8, 0.5, 0.5, 0.5, 1];

interface Variant {
  readonly receiver: Receiver;
  readonly head: Uint8Array;
  /** Whole banners for all digits, made when first needed. */
  all: readonly Candidate[] | null;
}

interface Candidate {
  readonly cause: number;
  readonly mode: number;
  readonly sdio: number;
  readonly bytes: Uint8Array;
}

const IS_TEXT = new Uint8Array(256);
for (let b = 0; b < 256; b++) IS_TEXT[b] = (b >= 0x20 && b < 0x7f) || b === 0x0a || b === 0x0d || b === 0x09 ? 1 : 0;

/** Reads raw bytes beside the line path. One for each stretch at one monitor baud. */
export class BannerMatcher {
  readonly #variants: readonly Variant[];
  readonly #anchors = new Set<number>();
  readonly #tailLength: number;
  /** Recent bytes: while cold the last text bytes, while hot the garbage as well. */
  readonly #window = new Uint8Array(WINDOW);
  #length = 0;
  #hot = false;
  #textRun = 0;
  #anchorsSeen = 0;
  /** Window length at which the next look is worth while. */
  #lookAt = 0;

  /** `monitorBaud`: at which the host receives. Bauds where nothing can be recognised are allowed: nothing is found. */
  constructor(monitorBaud: number) {
    this.#variants = ROM_BAUDS.flatMap((baud) => variantsFor(monitorBaud / baud));
    let tail = 0;
    for (const { head, receiver } of this.#variants) {
      for (let i = 2; i < head.length; i++) this.#anchors.add(triple(head, i));
      tail = Math.max(tail, Math.ceil(TAIL_CHARS * Math.max(1, receiver.ratio)));
    }
    this.#tailLength = tail;
  }

  /** Whether a banner can be recognised at this baud at all. */
  get able(): boolean {
    return this.#variants.length > 0;
  }

  /** Takes the next bytes in order; gives the banners that are complete now. */
  push(bytes: Uint8Array): BoardFact[] {
    const facts: BoardFact[] = [];
    if (!this.able) return facts;
    let i = 0;
    while (i < bytes.length) {
      if (!this.#hot) {
        const from = i;
        while (i < bytes.length && IS_TEXT[bytes[i] ?? 0] === 1) i++;
        this.#keepText(bytes.subarray(from, i));
        if (i === bytes.length) break;
        this.#hot = true;
        this.#textRun = 0;
      }
      this.#take(bytes[i++] ?? 0, facts);
    }
    return facts;
  }

  /** Looks at what has come even if it is not as long as a banner. For an idle line and the end of the input. */
  flush(): BoardFact[] {
    const facts: BoardFact[] = [];
    if (this.#hot && this.#anchorsSeen >= ANCHORS) this.#look(facts, true);
    this.#cool(0);
    return facts;
  }

  #keepText(text: Uint8Array): void {
    if (text.length >= TEXT_RUN) {
      this.#window.set(text.subarray(text.length - TEXT_RUN));
      this.#length = TEXT_RUN;
      return;
    }
    const kept = Math.min(this.#length, TEXT_RUN - text.length);
    this.#window.copyWithin(0, this.#length - kept, this.#length);
    this.#window.set(text, kept);
    this.#length = kept + text.length;
  }

  #take(byte: number, facts: BoardFact[]): void {
    if (this.#length === WINDOW) {
      const kept = WINDOW / 2;
      this.#window.copyWithin(0, WINDOW - kept);
      this.#lookAt = Math.max(0, this.#lookAt - (WINDOW - kept));
      this.#length = kept;
      this.#anchorsSeen = countAnchors(this.#window.subarray(0, kept), this.#anchors);
    }
    this.#window[this.#length++] = byte;
    if (
      this.#length >= 3 &&
      this.#anchors.has(triple(this.#window, this.#length - 1)) &&
      ++this.#anchorsSeen === ANCHORS
    ) {
      this.#lookAt = this.#length + this.#tailLength;
    }
    if (this.#anchorsSeen >= ANCHORS && this.#length >= this.#lookAt && this.#look(facts, false)) return;
    this.#textRun = IS_TEXT[byte] === 1 ? this.#textRun + 1 : 0;
    if (this.#textRun < TEXT_RUN) return;
    if (this.#anchorsSeen >= ANCHORS && this.#look(facts, true)) return;
    this.#cool(TEXT_RUN);
  }

  /** True when the window was used up by a banner. */
  #look(facts: BoardFact[], last: boolean): boolean {
    const received = this.#window.subarray(0, this.#length);
    const heads = this.#variants
      .map((variant) => ({ variant, place: locate(variant.head, received) }))
      .filter(({ variant, place }) => place.cost <= variant.head.length * FULL_COST * HEAD_TOLERANCE)
      .sort((a, b) => a.place.cost - b.place.cost)
      .slice(0, RECEIVERS_TRIED);
    const best = heads[0];
    if (best === undefined) {
      this.#lookAt = this.#length + TEXT_RUN;
      return false;
    }
    if (!last && this.#length < best.place.to + this.#tailLength) {
      this.#lookAt = best.place.to + this.#tailLength;
      return false;
    }
    facts.push(decide(heads, received));
    this.#cool(0);
    return true;
  }

  #cool(keep: number): void {
    this.#window.copyWithin(0, this.#length - keep, this.#length);
    this.#length = keep;
    this.#hot = false;
    this.#textRun = 0;
    this.#anchorsSeen = 0;
    this.#lookAt = 0;
  }
}

/** What follows the constant part, up to the closing bracket: `2, boot mode:(3,6)`. */
const TAIL_CHARS = 19;

function variantsFor(ratio: number): Variant[] {
  if (ratio < RATIOS.least || ratio > RATIOS.most || Math.abs(ratio - 1) < READABLE) return [];
  const found = new Map<string, Variant>();
  for (const error of BAUD_ERRORS) {
    for (const phase of PHASES) {
      for (const afterFramingError of AFTER_ERROR) {
        const receiver = { ratio: ratio * (1 + error), phase, afterFramingError };
        const head = receive(ascii(HEAD), receiver);
        // The last byte may hang over into the digits.
        found.set(`${error}/${head.join()}`, { receiver, head: head.subarray(0, -1), all: null });
      }
    }
  }
  return [...found.values()];
}

function decide(heads: readonly { variant: Variant; place: { from: number } }[], received: Uint8Array): BoardFact {
  const costs = new Map<Candidate['cause'], { cost: number; candidate: Candidate }>();
  for (const { variant, place } of heads) {
    const rest = received.subarray(place.from);
    for (const candidate of (variant.all ??= candidates(variant.receiver))) {
      const key = candidate.cause * 64 + candidate.mode * 8 + candidate.sdio;
      const cost = costAtStart(candidate.bytes, rest);
      const known = costs.get(key);
      if (known === undefined || cost < known.cost) costs.set(key, { cost, candidate });
    }
  }
  return weigh([...costs.values()]);
}

function weigh(found: readonly { cost: number; candidate: Candidate }[]): BoardFact {
  const least = Math.min(...found.map((f) => f.cost));
  const weights = new Map<number, number>();
  let total = 0;
  let best = { weight: -1, cost: least, candidate: { cause: 0, mode: 0, sdio: 0, bytes: new Uint8Array() } };
  for (const { cost, candidate } of found) {
    const prior =
      (CAUSE_PRIOR[candidate.cause] ?? 0) * (MODE_PRIOR[candidate.mode] ?? 0) * (candidate.sdio >= 6 ? 2 : 1);
    const weight = prior * Math.exp(-COST_WEIGHT * (cost - least));
    const pair = candidate.cause * 8 + candidate.mode;
    weights.set(pair, (weights.get(pair) ?? 0) + weight);
    total += weight;
    if (weight > best.weight) best = { weight, cost, candidate };
  }
  const { cause, mode, sdio, bytes } = best.candidate;
  const share = (weights.get(cause * 8 + mode) ?? 0) / total;
  const fit = 1 - best.cost / (bytes.length * FULL_COST);
  return bannerFact(cause, mode, sdio, Math.min(CONFIDENCE_CAP, Math.round(share * fit * 100) / 100));
}

function candidates(receiver: Receiver): Candidate[] {
  const all: Candidate[] = [];
  for (let cause = 0; cause <= 6; cause++) {
    for (let mode = 0; mode <= 7; mode++) {
      for (let sdio = 0; sdio <= 7; sdio++) {
        const text = `${HEAD}${cause}, boot mode:(${mode},${sdio})\r`;
        all.push({ cause, mode, sdio, bytes: receive(ascii(text), receiver).subarray(0, -1) });
      }
    }
  }
  return all;
}

function triple(bytes: Uint8Array, end: number): number {
  return ((bytes[end - 2] ?? 0) << 16) | ((bytes[end - 1] ?? 0) << 8) | (bytes[end] ?? 0);
}

function countAnchors(bytes: Uint8Array, anchors: ReadonlySet<number>): number {
  let count = 0;
  for (let i = 2; i < bytes.length; i++) if (anchors.has(triple(bytes, i))) count++;
  return count;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
