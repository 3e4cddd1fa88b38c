/** A line being typed. Positions count grapheme clusters, so that no character is ever taken apart. */
import { stripVTControlCharacters } from 'node:util';
import type { Key } from './keys.js';
import type { Span } from './lines.js';
import { graphemesOf, shown, widthOf } from './text.js';

export interface Field {
  readonly parts: readonly string[];
  /** Before which part the next character goes. */
  readonly cursor: number;
}

const LONGEST = 1000;

export function fieldOf(text: string): Field {
  const parts = graphemesOf(text);
  return { parts, cursor: parts.length };
}

export const emptyField: Field = { parts: [], cursor: 0 };

export function fieldText(field: Field): string {
  return field.parts.join('');
}

/** The field after this key; null when the key is none of a field's business. */
export function editField(field: Field, key: Key): Field | null {
  const { parts, cursor } = field;
  switch (key.name) {
    case 'left':
    case 'ctrl-b':
      return { parts, cursor: Math.max(0, cursor - 1) };
    case 'right':
    case 'ctrl-f':
      return { parts, cursor: Math.min(parts.length, cursor + 1) };
    case 'home':
    case 'ctrl-a':
      return { parts, cursor: 0 };
    case 'end':
    case 'ctrl-e':
      return { parts, cursor: parts.length };
    case 'backspace':
    case 'ctrl-h':
      return removed(field, cursor - 1);
    case 'ctrl-u':
      return removed(field, 0);
    case 'ctrl-k':
      return { parts: parts.slice(0, cursor), cursor };
    case 'ctrl-w':
      return removed(field, wordStart(field));
    default:
      return key.text === '' ? null : insert(field, key.text);
  }
}

/** Pasted text is one line: breaks become spaces, and no other control character comes in. */
export function pasteInto(field: Field, text: string): Field {
  const line = stripVTControlCharacters(text)
    .replace(/[\r\n]+$/, '')
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  return insert(field, shown(line));
}

/** What shows of it in `columns`, with the cursor inverse; it scrolls so that the cursor is in sight. */
export function fieldSpans(field: Field, columns: number): readonly Span[] {
  const under = field.parts[field.cursor] ?? ' ';
  const before = field.parts.slice(0, field.cursor);
  let room = Math.max(0, columns - widthOf(under));
  let start = before.length;
  while (start > 0 && widthOf(before[start - 1] ?? '') <= room) {
    start -= 1;
    room -= widthOf(before[start] ?? '');
  }
  let after = '';
  for (const part of field.parts.slice(field.cursor + 1)) {
    if (widthOf(part) > room) break;
    after += part;
    room -= widthOf(part);
  }
  return [{ text: before.slice(start).join('') }, { text: under, inverse: true }, { text: after }];
}

function insert({ parts, cursor }: Field, text: string): Field {
  const added = graphemesOf(text);
  // Typed marks join the character before them, so clusters are found anew.
  const whole = graphemesOf([...parts.slice(0, cursor), ...added, ...parts.slice(cursor)].join(''));
  const after = graphemesOf(parts.slice(cursor).join('')).length;
  const kept = whole.slice(0, LONGEST);
  return { parts: kept, cursor: Math.max(0, Math.min(kept.length, whole.length - after)) };
}

function removed({ parts, cursor }: Field, from: number): Field {
  const start = Math.max(0, from);
  return { parts: [...parts.slice(0, start), ...parts.slice(cursor)], cursor: start };
}

function wordStart({ parts, cursor }: Field): number {
  let at = cursor;
  while (at > 0 && parts[at - 1] === ' ') at -= 1;
  while (at > 0 && parts[at - 1] !== ' ') at -= 1;
  return at;
}
