/** What the panels are made of: rows of spans, built by pure functions and cut to width before Ink sees them. */

import { cut, pad, widthOf } from './text.js';
import type { Role } from './theme.js';

export interface Span {
  readonly text: string;
  readonly role?: Role;
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

export type Line = readonly Span[];

export function span(text: string, role: Role = 'plain'): Span {
  return { text, role };
}

export function plainText(line: Line): string {
  return line.map((part) => part.text).join('');
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, part) => sum + widthOf(part.text), 0);
}

/** The line, cut to `columns` with `…`. */
export function fit(line: Line, columns: number): Line {
  if (lineWidth(line) <= columns) return line;
  const out: Span[] = [];
  let left = columns;
  for (const [i, part] of line.entries()) {
    const width = widthOf(part.text);
    const more = lineWidth(line.slice(i + 1)) > 0;
    if (width > left || (width === left && more)) {
      // A part that would just fill the row still has to say that something follows.
      out.push({ ...part, text: width === left ? cut(`${part.text} `, left) : cut(part.text, left) });
      break;
    }
    out.push(part);
    left -= width;
  }
  return out;
}

/** Exactly `columns` wide: for rows whose background shows. */
export function fill(line: Line, columns: number): Line {
  const fitting = fit(line, columns);
  const missing = columns - lineWidth(fitting);
  return missing > 0 ? [...fitting, { ...fitting.at(-1), text: ' '.repeat(missing) }] : fitting;
}

/** One inverse bar: selection, and what must catch the eye. */
export function inverse(line: Line, columns: number): Line {
  return fill(line, columns).map((part) => ({ ...part, inverse: true }));
}

/** `left` and, at the far end, `right`; the right part goes first where there is no room for both. */
export function spread(left: Line, right: Line, columns: number): Line {
  const room = columns - lineWidth(right) - 1;
  if (room < Math.min(lineWidth(left), columns / 2)) return fit(left, columns);
  const begin = fit(left, room);
  return [...begin, { text: ' '.repeat(Math.max(1, columns - lineWidth(begin) - lineWidth(right))) }, ...right];
}

/** The head of a panel: `── Health ───── right ─`; heavy and marked when it has the focus. */
export function head(title: string, right: string, columns: number, focused: boolean): Line {
  const rule = focused ? '━' : '─';
  const role: Role = focused ? 'accent' : 'dim';
  const name = cut(`${focused ? '▸' : ' '}${title} `, Math.max(0, columns - 2));
  const rest = columns - 1 - widthOf(name);
  const note = right === '' || rest < widthOf(right) + 4 ? '' : ` ${right} `;
  return [
    { text: rule, role },
    { text: name, role: focused ? 'accent' : 'plain', bold: true },
    { text: rule.repeat(Math.max(0, rest - widthOf(note) - (note === '' ? 0 : 1))), role },
    ...(note === ''
      ? []
      : [
          { text: pad(note, widthOf(note)), role: 'plain' as const },
          { text: rule, role },
        ]),
  ];
}
