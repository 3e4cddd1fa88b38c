/**
 * Recognises the ROM's banner in bytes received at another baud (FIELD-NOTES.md 4.2). The ROM speaks at 74928 baud
 * after a reset by pin or power, at 115274 after a restart by software (ESP8266.md 1.1); what a receiver at the
 * monitor's baud makes of the constant text is known in advance, up to the exact speeds and the start phase.
 */
import type { BoardFact } from '../board/events.js';
import { costAtStart, FULL_COST, locate } from './align.js';
import { type AfterFramingError, type Received, type Receiver, receive } from './receiver.js';
import { BANNER_HEAD, bannerFact } from './rom.js';

const ROM_BAUDS = [52_000_000 / 694, 80_000_000 / 694];
/** Nearer than this the banner arrives as text; outside the range too little of it is left. */
const READABLE = 0.035;
const RATIOS = { least: 0.4, most: 3.5 };

const BAUD_ERRORS = [-0.015, -0.011, -0.0075, -0.0035, 0, 0.0035, 0.0075, 0.011, 0.015];
const PHASES = [0, 0.25, 0.5, 0.75];
const AFTER_ERROR: readonly AfterFramingError[] = ['wait-for-idle', 'take-as-start'];

const HEAD = `\r\n ${BANNER_HEAD}`;
/** Share of the constant part's full cost at which it is no longer taken for it; fast receivers see long runs, which fit by chance. */
const HEAD_TOLERANCE = (ratio: number): number => (ratio < 2 ? 0.4 : 0.25);
/** Expected texts tried for the digits come from this many of the best-fitting receivers. */
const RECEIVERS_TRIED = 6;

const ROM_CAUSES = [0, 1, 2, 3, 4, 5, 6];
const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];
/** Digits followed further, of one receiver. */
const CAUSES_KEPT = 4;
const MODES_KEPT = 12;

/** This many text bytes in a row end a stretch of garbage; as many before it are kept, as garbage looks like text too. */
const TEXT_RUN = 32;
const WINDOW = 512;
/** Byte triples of the constant part that must have been seen before a look at the whole is worth while. */
const ANCHORS = 3;

/** Never certain, however well it fits. */
const CONFIDENCE_CAP = 0.95;
/** Weight of one unit of cost, and how common causes and boot modes are among boards that reset on their own. */
const COST_WEIGHT = 0.5;
const CAUSE_PRIOR = [0.5, 4, 4, 1, 3, 1, 0.5];
const MODE_PRIOR = [0.5, 2, 0.5, 8, 0.5, 0.5, 0.5, 1];

interface Variant {
  readonly receiver: Receiver;
  readonly head: Received;
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
      for (let i = 2; i < head.bytes.length; i++) this.#anchors.add(triple(head.bytes, i));
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
      .filter(
        ({ variant, place }) =>
          place.cost <= variant.head.bytes.length * FULL_COST * HEAD_TOLERANCE(variant.receiver.ratio),
      )
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
    const fact = decide(heads, received);
    // Cut off before its digits, a banner says no more than that there was a boot, and may be anything else.
    if (fact.type === 'rom-banner' && fact.confidence > 0) facts.push(fact);
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
        const head = receiveButLast(HEAD, receiver);
        found.set(`${error}/${head.bytes.join()}`, { receiver, head });
      }
    }
  }
  return [...found.values()];
}

function decide(heads: readonly { variant: Variant; place: { from: number } }[], received: Uint8Array): BoardFact {
  const costs = new Map<string, Candidate>();
  for (const { variant, place } of heads) {
    for (const candidate of candidates(variant.receiver, received.subarray(place.from))) {
      const key = `${candidate.cause},${candidate.mode},${candidate.sdio}`;
      const known = costs.get(key);
      if (known === undefined || candidate.cost < known.cost) costs.set(key, candidate);
    }
  }
  return weigh([...costs.values()]);
}

interface Candidate {
  readonly cause: number;
  readonly mode: number;
  readonly sdio: number;
  /** Cost of the whole banner, and what it would be if no byte of it fitted. */
  readonly cost: number;
  readonly full: number;
}

/** The banners that fit best, digit by digit: the causes first, then boot modes for the best of them, and so on. */
function candidates(receiver: Receiver, received: Uint8Array): readonly Candidate[] {
  const fit = (text: string): { cost: number; full: number } => {
    const expected = receiveButLast(HEAD + text, receiver);
    return { cost: costAtStart(expected, received), full: expected.bytes.length * FULL_COST };
  };
  const best = <T extends { cost: number }>(all: T[], kept: number): T[] =>
    all.sort((a, b) => a.cost - b.cost).slice(0, kept);
  const causes = best(
    ROM_CAUSES.map((cause) => ({ cause, ...fit(`${cause}, boot mode:(`) })),
    CAUSES_KEPT,
  );
  const modes = best(
    causes.flatMap(({ cause }) => EIGHT.map((mode) => ({ cause, mode, ...fit(`${cause}, boot mode:(${mode},`) }))),
    MODES_KEPT,
  );
  return modes.flatMap(({ cause, mode }) =>
    EIGHT.map((sdio) => ({ cause, mode, sdio, ...fit(`${cause}, boot mode:(${mode},${sdio})\r`) })),
  );
}

/** Weighs the candidates by fit and by how common they are; the confidence is for cause and boot mode together. */
function weigh(found: readonly Candidate[]): BoardFact {
  const least = Math.min(...found.map((candidate) => candidate.cost));
  const pairs = new Map<number, number>();
  let total = 0;
  let best: { weight: number; candidate: Candidate } | null = null;
  for (const candidate of found) {
    const { cause, mode, sdio, cost } = candidate;
    const prior = (CAUSE_PRIOR[cause] ?? 0) * (MODE_PRIOR[mode] ?? 0) * (sdio >= 6 ? 2 : 1);
    const weight = prior * Math.exp(-COST_WEIGHT * (cost - least));
    pairs.set(cause * 8 + mode, (pairs.get(cause * 8 + mode) ?? 0) + weight);
    total += weight;
    if (best === null || weight > best.weight) best = { weight, candidate };
  }
  const { cause, mode, sdio, cost, full } = best?.candidate ?? NO_CANDIDATE;
  const share = (pairs.get(cause * 8 + mode) ?? 0) / total;
  const confidence = Math.round(share * (1 - cost / full) * 100) / 100;
  return bannerFact(cause, mode, sdio, Math.min(CONFIDENCE_CAP, confidence));
}

const NO_CANDIDATE: Candidate = { cause: 0, mode: 0, sdio: 0, cost: 1, full: 1 };

/** Without the last byte, which hangs over into what is sent next. */
function receiveButLast(text: string, receiver: Receiver): Received {
  const { bytes, fragile } = receive(ascii(text), receiver);
  return { bytes: bytes.subarray(0, -1), fragile: fragile.subarray(0, -1) };
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
