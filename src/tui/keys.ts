/** Key presses as names, from what Ink reads; a read may hold several presses, or a paste. */
import type { Key as InkKey } from 'ink';
import { graphemesOf, shown } from './text.js';

export interface Key {
  /** `q`, `B`, `enter`, `ctrl-d`, `pageup`; a printable key is named by what it types. */
  readonly name: string;
  /** What it types into a text field; empty for all others. */
  readonly text: string;
}

export type Typed =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'paste'; readonly text: string }
  /** Bracketed paste begins or ends: what comes in between is not typed. */
  | { readonly type: 'paste-start' | 'paste-end' };

/** A read with more clusters than this, not all alike, was pasted: nobody types so fast. */
const TYPED_AT_ONCE = 8;

/** `pasting`: within the marks of a bracketed paste. */
export function decodeKeys(input: string, key: Partial<InkKey>, pasting: boolean): readonly Typed[] {
  // The marks of bracketed paste (xterm ctlseqs, "Bracketed Paste Mode"); Ink takes the ESC off.
  if (input === '[200~') return [{ type: 'paste-start' }];
  if (input === '[201~') return [{ type: 'paste-end' }];
  if (pasting) return [{ type: 'paste', text: key.return === true ? '\r' : input }];
  const name = nameOf(input, key);
  if (name !== null) return [press(name)];
  // An Alt chord, and sequences that Ink does not know.
  if (key.meta === true || input === '') return [];
  const parts = graphemesOf(input);
  if (parts.length > TYPED_AT_ONCE && new Set(parts).size > 1) return [{ type: 'paste', text: input }];
  return parts.flatMap((part) => typedPart(part));
}

function nameOf(input: string, key: Partial<InkKey>): string | null {
  if (key.escape === true) return 'escape';
  if (key.return === true) return 'enter';
  if (key.tab === true) return key.shift === true ? 'shift-tab' : 'tab';
  // Terminals send DEL for the backspace key, which Ink calls delete.
  if (key.backspace === true || key.delete === true) return 'backspace';
  if (key.upArrow === true) return 'up';
  if (key.downArrow === true) return 'down';
  if (key.leftArrow === true) return 'left';
  if (key.rightArrow === true) return 'right';
  if (key.pageUp === true) return 'pageup';
  if (key.pageDown === true) return 'pagedown';
  if (key.home === true) return 'home';
  if (key.end === true) return 'end';
  return key.ctrl === true && /^[a-z]$/.test(input) ? `ctrl-${input}` : null;
}

function typedPart(part: string): readonly Typed[] {
  const code = part.charCodeAt(0);
  if (part === ' ') return [{ type: 'key', key: { name: 'space', text: ' ' } }];
  if (part === '\r' || part === '\n' || part === '\r\n') return [press('enter')];
  if (part === '\t') return [press('tab')];
  if (code === 0x7f || code === 0x08) return [press('backspace')];
  if (code >= 1 && code <= 26) return [press(`ctrl-${String.fromCharCode(0x60 + code)}`)];
  const text = shown(part);
  return code < 0x20 || text === '' || text === '\ufffd' ? [] : [{ type: 'key', key: { name: text, text } }];
}

function press(name: string): Typed {
  return { type: 'key', key: { name, text: '' } };
}

const LABELS: Readonly<Record<string, string>> = {
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
};

/** As help shows it: `Ctrl-D`, `PgUp`, `q`. */
export function keyLabel(name: string): string {
  return LABELS[name] ?? (name.startsWith('ctrl-') ? `Ctrl-${name.slice(5).toUpperCase()}` : name);
}
