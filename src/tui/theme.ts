/** Colours by meaning, from the terminal's own palette: they follow the user's scheme, light or dark. */
import { createContext } from 'react';
import type { Line, Span } from './lines.js';

export type Role = 'plain' | 'ok' | 'warn' | 'bad' | 'info' | 'dim' | 'accent';

/** `none` writes no sequence at all; `mono` bold, dim and inverse, but no colours (NO_COLOR). */
export type Paint = 'colour' | 'mono' | 'none';

/** SGR parameters (ECMA-48 8.3.117); only the 8 colours that every terminal takes from the user's scheme. */
const COLOURS: Readonly<Record<Role, readonly number[]>> = {
  plain: [],
  ok: [32],
  warn: [33],
  bad: [31, 1],
  info: [36],
  // The attribute, not a grey: what "bright black" looks like depends on the scheme, and in some it is the background.
  dim: [2],
  accent: [35, 1],
};

const MONO: Readonly<Record<Role, readonly number[]>> = {
  plain: [],
  ok: [],
  warn: [1],
  bad: [1],
  info: [],
  dim: [2],
  accent: [1],
};

/** A row as the terminal takes it. What a colour says, a mark or a word says too. */
export function paintLine(line: Line, paint: Paint): string {
  return line.map((part) => paintSpan(part, paint)).join('');
}

function paintSpan(part: Span, paint: Paint): string {
  if (paint === 'none' || part.text === '') return part.text;
  const role = part.role ?? 'plain';
  const codes = new Set(paint === 'colour' ? COLOURS[role] : MONO[role]);
  if (part.bold === true) codes.add(1);
  if (part.inverse === true) {
    codes.add(7);
    // Dim on inverse is grey on grey in many schemes.
    codes.delete(2);
  }
  return codes.size === 0 ? part.text : `\u001b[${[...codes].join(';')}m${part.text}\u001b[0m`;
}

export const PaintContext = createContext<Paint>('colour');
