/** Lines as the boot log takes them, and the decision whether bytes are text. */
import type { BoardFact } from '../board/events.js';

/** One line of serial input, cut elsewhere. */
export interface Line {
  /** Host time in ms since 1970. */
  readonly t: number;
  /** Host baud at which the bytes were received. */
  readonly baud: number;
  /** Without the line feed; a trailing CR may still be there. */
  readonly bytes: Uint8Array;
  /** False when the line was handed over before its end came (idle line, size cap, change of baud). */
  readonly ended: boolean;
}

/** What a parser made of a text: its facts, and where in the text what it understood begins. */
export interface Parsed {
  readonly at: number;
  readonly facts: readonly BoardFact[];
}

/** One fact carries at most this many characters or bytes; longer input becomes several facts. */
export const FACT_CAP = 4096;

const OK = 1;
const HIGH = 2;
const CLASS = new Uint8Array(256);
for (let b = 0; b < 256; b++) {
  if (b >= 0x80) CLASS[b] = HIGH;
  // Tab, backspace, CR and the escape of colour codes occur in honest output.
  else if ((b >= 0x20 && b < 0x7f) || b === 0x09 || b === 0x08 || b === 0x0d || b === 0x1b) CLASS[b] = OK;
}

export interface Decoded {
  /** All of it as text; null when it is none. */
  readonly text: string | null;
  /** Index behind the last byte that cannot be ASCII text: what follows may be a line glued to garbage. */
  readonly cleanFrom: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decides whether bytes are text, UTF-8 or Windows-1252 (of which Latin-1 is the part that matters here). */
export function decode(bytes: Uint8Array): Decoded {
  let bad = 0;
  let high = 0;
  let cleanFrom = 0;
  for (let i = 0; i < bytes.length; i++) {
    const kind = CLASS[bytes[i] ?? 0];
    if (kind === OK) continue;
    if (kind === HIGH) high++;
    else bad++;
    cleanFrom = i + 1;
  }
  if (bad > 0) return { text: null, cleanFrom };
  if (high === 0) return { text: characters(bytes), cleanFrom };
  try {
    return { text: utf8.decode(bytes), cleanFrom };
  } catch {
    // A few high bytes among ASCII are Latin-1; many are a receiver at the wrong speed.
    return { text: high * 4 <= bytes.length - high ? latin1(bytes) : null, cleanFrom };
  }
}

/** One character for each byte, with the two dashes of Windows-1252. */
export function latin1(bytes: Uint8Array): string {
  return characters(bytes).replaceAll('\x96', '–').replaceAll('\x97', '—');
}

function characters(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Text facts for a text, none when it is blank. */
export function textFacts(whole: string, ended: boolean): BoardFact[] {
  const facts: BoardFact[] = [];
  // The CR belongs to the end of the line.
  const text = ended && whole.endsWith('\r') ? whole.slice(0, -1) : whole;
  if (text.trim() === '') return facts;
  for (let from = 0; from < text.length; from += FACT_CAP) {
    const part = text.slice(from, from + FACT_CAP);
    facts.push({ type: 'text', text: part, ended: ended && from + FACT_CAP >= text.length });
  }
  return facts;
}

/** Facts that keep bytes which are no text; the bytes are copied. */
export function unparsedFacts(bytes: Uint8Array): BoardFact[] {
  const facts: BoardFact[] = [];
  for (let from = 0; from < bytes.length; from += FACT_CAP) {
    facts.push({ type: 'unparsed', bytes: bytes.slice(from, from + FACT_CAP) });
  }
  return facts;
}
