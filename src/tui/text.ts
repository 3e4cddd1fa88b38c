/** Text from devices and files, measured and cut by what a terminal shows of it. Columns are terminal cells. */
import stringWidth from 'string-width';
import { printable } from '../printable.js';

const ASCII = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * What a view may show of a text: printable, and only of clusters on whose width terminals agree. Flags become letters;
 * emoji lose skin tones and variation selectors; marks with nothing to stand on go.
 */
export function shown(text: string, limit = 4096): string {
  if (text.length <= limit && ASCII.test(text)) return text;
  const plain = printable(text, limit)
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .normalize('NFC')
    .replace(/[\u{1f3fb}-\u{1f3ff}\u{e0000}-\u{e0fff}\u061c\u00ad]|[\ufe00-\ufe0f]|\u20e3/gu, '')
    .replace(/[\u{1f1e6}-\u{1f1ff}]/gu, (flag) => String.fromCodePoint((flag.codePointAt(0) ?? 0) - 0x1f1e6 + 0x41));
  let out = '';
  for (const { segment } of graphemes.segment(plain)) if (stringWidth(segment) > 0) out += segment;
  return out;
}

export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

export function graphemesOf(text: string): readonly string[] {
  return ASCII.test(text) ? [...text] : Array.from(graphemes.segment(text), (part) => part.segment);
}

/** The beginning that fits into `columns`, with `…` where something was cut; no cluster is split. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (widthOf(text) <= columns) return text;
  return `${take(graphemesOf(text), columns - 1).join('')}…`;
}

/** The end that fits, with `…` before it: for paths. */
export function cutStart(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (widthOf(text) <= columns) return text;
  return `…${take([...graphemesOf(text)].reverse(), columns - 1)
    .reverse()
    .join('')}`;
}

/** Exactly `columns` wide. */
export function pad(text: string, columns: number): string {
  const fitting = cut(text, columns);
  return fitting + ' '.repeat(Math.max(0, columns - widthOf(fitting)));
}

/** Broken at spaces; a word wider than a line is broken anywhere. At least one line. */
export function wrapWords(text: string, columns: number): readonly string[] {
  const width = Math.max(1, columns);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    let rest = graphemesOf(word);
    while (widthOf(rest.join('')) > width) {
      const part = take(rest, width);
      // A cluster wider than the whole line still has to go somewhere.
      const used = Math.max(1, part.length);
      lines.push(rest.slice(0, used).join(''));
      rest = rest.slice(used);
    }
    line = rest.join('');
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

function take(parts: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let width = 0;
  for (const part of parts) {
    width += widthOf(part);
    if (width > columns) break;
    taken.push(part);
  }
  return taken;
}
