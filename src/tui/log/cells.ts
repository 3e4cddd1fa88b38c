/** Text in terminal cells: one view of its width for the pane, for Ink's grid and for the terminal. */
import stringWidth from 'string-width';
import { printable } from '../../printable.js';

/**
 * Characters that take one cell each whatever is beside them: ASCII, Latin, Greek, Cyrillic, punctuation, currency,
 * arrows, mathematics, lines and blocks.
 */
const SIMPLE =
  /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u0391-\u03a1\u03a3-\u03ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u22ff\u2500-\u25fc]*$/;

/** True when the width of a text is its length. */
export function isSimple(text: string): boolean {
  return SIMPLE.test(text);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Graphemes whose widths are remembered; a script has some thousand. */
const KNOWN_WIDTHS = 4096;
const widths = new Map<string, number>();

const STAND_IN = '\ufffd';
/** Kept for ourselves: see `overlay.ts`. */
const NO_CHARACTER = /[\ufdd0-\ufdef]/;
/** Marks on one letter that are shown; a stack of hundreds would cover the rows above. */
const MAX_MARKS = 3;
/** UTF-16 units that a cell may take before a cut row need not be looked at further. */
const MAX_UNITS_A_CELL = 16;

/**
 * A row as it can be shown: nothing that a terminal obeys, and nothing that terminals, Ink and string-width
 * measure differently (joined emoji, flags, keycaps, variation selectors, characters without a width).
 */
export function cleanText(text: string): string {
  if (isSimple(text)) return text;
  let clean = '';
  for (const { segment } of graphemes.segment(printable(text).normalize('NFC'))) clean += cleanGrapheme(segment);
  return clean;
}

function cleanGrapheme(grapheme: string): string {
  if (isSimple(grapheme)) return grapheme;
  let marks = 0;
  const kept = grapheme
    // Variation selectors, the keycap frame, tag characters; skin tones on something.
    .replace(/[\ufe00-\ufe0f\u20e3\u{e0000}-\u{e01ef}]|(?<=.)[\u{1f3fb}-\u{1f3ff}]/gsu, '')
    // A flag is two letters; fonts and terminals disagree about the rest.
    .replace(/[\u{1f1e6}-\u{1f1ff}]/gu, (c) => String.fromCharCode((c.codePointAt(0) ?? 0) - 0x1f1e6 + 0x41))
    .replace(/\p{Mn}/gu, (mark) => (++marks > MAX_MARKS ? '' : mark))
    .normalize('NFC');
  return stringWidth(kept) === 0 || NO_CHARACTER.test(kept) ? STAND_IN : kept;
}

/** Cells of clean text. Ink gives every grapheme a cell of its own at least. */
export function cellsOf(clean: string): number {
  if (isSimple(clean)) return clean.length;
  let cells = 0;
  for (const { segment } of graphemes.segment(clean)) cells += graphemeCells(segment);
  return cells;
}

function graphemeCells(grapheme: string): number {
  const known = widths.get(grapheme);
  if (known !== undefined) return known;
  const cells = isSimple(grapheme) ? grapheme.length : Math.max(1, stringWidth(grapheme));
  if (widths.size >= KNOWN_WIDTHS) widths.clear();
  widths.set(grapheme, cells);
  return cells;
}

/** Clean text in pieces of at most `width` cells; together they are the text. At least one piece. */
export function wrapCells(clean: string, width: number): readonly string[] {
  if (clean.length <= width && isSimple(clean)) return [clean];
  const pieces: string[] = [];
  if (isSimple(clean)) {
    for (let at = 0; at < clean.length; at += width) pieces.push(clean.slice(at, at + width));
    return pieces;
  }
  let piece = '';
  let cells = 0;
  for (const { segment } of graphemes.segment(clean)) {
    const fits = graphemeCells(segment) <= width;
    const taken = fits ? graphemeCells(segment) : 1;
    if (cells + taken > width) {
      pieces.push(piece);
      piece = '';
      cells = 0;
    }
    piece += fits ? segment : STAND_IN;
    cells += taken;
  }
  pieces.push(piece);
  return pieces;
}

/** Clean text in at most `width` cells; what is cut off shows as `…`. */
export function cutCells(clean: string, width: number): string {
  if (isSimple(clean)) return clean.length <= width ? clean : `${clean.slice(0, width - 1)}…`;
  let cells = 0;
  let fitting = '';
  for (const { segment } of graphemes.segment(clean)) {
    cells += graphemeCells(segment);
    if (cells > width) return `${fitting}…`;
    // The last cell is free while it may be needed for the `…`.
    if (cells < width) fitting += segment;
  }
  return clean;
}

/** `cleanText` of as much as a row of `width` cells may show and one more, so that it is still seen to be cut. */
export function cleanStart(text: string, width: number): string {
  if (text.length <= width || isSimple(text)) return cleanText(text);
  return cleanText(text.slice(0, (width + 1) * MAX_UNITS_A_CELL));
}
