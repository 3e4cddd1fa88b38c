/** Text from devices and files, measured and cut by what a terminal shows of it. Columns are terminal cells. */
import stringWidth from 'string-width';
import { printable } from '../printable.js';

const ASCII = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** More of one text no panel shows; `shown` is asked for the same texts at each frame. */
const LONGEST = 400;
const KEPT = 500;
const known = new Map<string, string>();

/**
 * What a view may show of a text: printable, and only of clusters on whose width terminals agree. Flags become letters;
 * emoji lose skin tones and variation selectors; marks with nothing to stand on go. `limit` counts UTF-16 units.
 */
export function shown(text: string, limit = LONGEST): string {
  if (text.length <= limit && ASCII.test(text)) return text;
  const key = `${limit} ${text.slice(0, 2 * limit)}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const safe = madeSafe(text, limit);
  if (known.size >= KEPT) known.clear();
  known.set(key, safe);
  return safe;
}

function madeSafe(text: string, limit: number): string {
  const plain = printable(text, limit)
    // Noncharacters have a meaning of their own on our way to the screen: see `log/overlay.ts`.
    .replace(/[\p{Surrogate}\ufdd0-\ufdef]/gu, '\ufffd')
    .normalize('NFC')
    .replace(/[\u{1f3fb}-\u{1f3ff}\u{e0000}-\u{e0fff}\u061c\u00ad]|[\ufe00-\ufe0f]|\u20e3/gu, '')
    .replace(/[\u{1f1e6}-\u{1f1ff}]/gu, (flag) => String.fromCodePoint((flag.codePointAt(0) ?? 0) - 0x1f1e6 + 0x41));
  let out = '';
  for (const part of clusters(plain)) if (clusterWidth(part) > 0) out += part;
  return out;
}

export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const part of clusters(text)) width += clusterWidth(part);
  return width;
}

export function graphemesOf(text: string): readonly string[] {
  return ASCII.test(text) ? [...text] : [...clusters(text)];
}

/** The beginning that fits into `columns`, with `…` where something was cut; no cluster is split. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  const kept = keptOf(clusters(text), columns);
  return kept === null ? text : `${kept.join('')}…`;
}

/** The end that fits, with `…` before it: for paths. */
export function cutStart(text: string, columns: number): string {
  if (columns <= 0) return '';
  const kept = keptOf([...clusters(text)].reverse(), columns);
  return kept === null ? text : `…${kept.reverse().join('')}`;
}

/** Exactly `columns` wide. */
export function pad(text: string, columns: number): string {
  const part = cut(text, columns);
  return part + ' '.repeat(Math.max(0, columns - widthOf(part)));
}

/** Broken at spaces; a word wider than a line is broken anywhere. At least one line. */
export function wrapWords(text: string, columns: number): readonly string[] {
  const width = Math.max(1, columns);
  const lines: string[] = [];
  let line = '';
  let used = 0;
  const end = (): void => {
    lines.push(line);
    line = '';
    used = 0;
  };
  for (const [i, word] of text.split(' ').entries()) {
    const wide = widthOf(word);
    const gap = i === 0 || line === '' ? 0 : 1;
    if (line !== '' && used + gap + wide > width) end();
    else if (gap === 1) {
      line += ' ';
      used += 1;
    }
    if (wide <= width - used) {
      line += word;
      used += wide;
      continue;
    }
    for (const part of clusters(word)) {
      const cells = clusterWidth(part);
      // A cluster wider than the whole line still has to go somewhere.
      if (line !== '' && used + cells > width) end();
      line += part;
      used += cells;
    }
  }
  if (line !== '' || lines.length === 0) end();
  return lines;
}

/** The first parts that leave room for `…`; null when all of them fit. Looks no further than it must. */
function keptOf(parts: Iterable<string>, columns: number): string[] | null {
  const kept: string[] = [];
  let width = 0;
  for (const part of parts) {
    width += clusterWidth(part);
    if (width > columns) return kept;
    // What takes the last column makes way for the `…` if anything follows.
    if (width <= columns - 1) kept.push(part);
  }
  return null;
}

function* clusters(text: string): Generator<string> {
  if (ASCII.test(text)) yield* text;
  else for (const { segment } of graphemes.segment(text)) yield segment;
}

const widths = new Map<string, number>();

/** Measuring one takes microseconds, a hostile device sends thousands: those that were seen are kept. */
function clusterWidth(cluster: string): number {
  if (cluster.length === 1 && ASCII.test(cluster)) return 1;
  const before = widths.get(cluster);
  if (before !== undefined) return before;
  const width = stringWidth(cluster);
  if (widths.size >= 10 * KEPT) widths.clear();
  if (cluster.length <= 32) widths.set(cluster, width);
  return width;
}
