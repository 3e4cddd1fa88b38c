/** What a dialog shows, as rows; and how many it would like. */
import type { DeskPort } from '../../session/desk-types.js';
import { fieldSpans, fieldText } from '../field.js';
import { fuzzyFilter } from '../fuzzy.js';
import { available, type KeyBinding } from '../keymap.js';
import { keyLabel } from '../keys.js';
import { type Line, span } from '../lines.js';
import { adapterText } from '../model/facts.js';
import { pad, shown, wrapWords } from '../text.js';
import { type Dialog, selectedBoard, topDialog, type UiContext, type UiState } from '../ui-state.js';
import { flashKeys, flashLines, flashRows, flashTitle } from './flash.js';
import { listLines } from './list.js';
import { detailLines, helpLines, soakLines } from './text-lines.js';

export interface DialogView {
  readonly title: string;
  readonly lines: readonly Line[];
  /** What its keys do, for the status row. */
  readonly keys: string;
}

const LARGE = 200;

/** Rows of the open dialog with its head; 0 without one. */
export function dialogRows(state: UiState, context: UiContext): number {
  const dialog = topDialog(state);
  return dialog === null ? 0 : 1 + bodyRows(dialog, state, context);
}

function bodyRows(dialog: Dialog, state: UiState, context: UiContext): number {
  switch (dialog.kind) {
    case 'confirm':
      return confirmLines(dialog.lines, context.columns).length;
    case 'menu':
      return dialog.choices.length;
    case 'prompt':
      return dialog.problem === null ? 1 : 2;
    case 'add-port':
      return 2 + Math.min(8, Math.max(1, context.view.ports.length));
    case 'flash':
      return flashRows(dialog);
    case 'palette':
      return 12;
    case 'help':
      return LARGE;
    case 'details':
    case 'soak':
      return Math.max(3, readLines(dialog.kind, state, context).length);
  }
}

/** `columns` x `rows` are the dialog's own, its head not included. */
export function dialogView(
  dialog: Dialog,
  state: UiState,
  context: UiContext,
  columns: number,
  rows: number,
): DialogView {
  switch (dialog.kind) {
    case 'confirm':
      return {
        title: shown(dialog.title),
        lines: confirmLines(dialog.lines, columns),
        keys: 'y or Enter: yes   n or Esc: no',
      };
    case 'menu': {
      const choices = dialog.choices.map((choice, i) => [span(`${i + 1} ${shown(choice.label)}`)]);
      return {
        title: shown(dialog.title),
        lines: listLines(choices, dialog.selected, columns, rows),
        keys: '↑ ↓ Enter: choose   Esc: cancel',
      };
    }
    case 'prompt': {
      const { title, keys } = PROMPTS[dialog.purpose];
      const line: Line = [{ text: '> ', role: 'accent' }, ...fieldSpans(dialog.field, columns - 2)];
      const problem: readonly Line[] = dialog.problem === null ? [] : [[span(`✗ ${dialog.problem}`, 'bad')]];
      return { title: `${title} (${shown(dialog.board)})`, lines: [line, ...problem], keys };
    }
    case 'add-port':
      return {
        title: 'Add a port',
        lines: addPortLines(dialog, context.view.ports, columns, rows),
        keys: '↑ ↓ choose, or type a name   Enter: add   Esc: cancel',
      };
    case 'flash':
      return { title: flashTitle(dialog), lines: flashLines(dialog, columns, rows), keys: flashKeys(dialog) };
    case 'palette': {
      const found = paletteItems(dialog, context).map(paletteLine);
      const field: Line = [{ text: ': ', role: 'accent' }, ...fieldSpans(dialog.field, columns - 2)];
      const list =
        found.length === 0
          ? [[span('  nothing of that name', 'dim')]]
          : listLines(found, dialog.selected, columns, rows - 1);
      return { title: 'All actions', lines: [field, ...list], keys: 'type to find   ↑ ↓ Enter: do it   Esc: cancel' };
    }
    case 'help':
    case 'details':
    case 'soak': {
      const lines = readLines(dialog.kind, state, context);
      const start = Math.max(0, Math.min(dialog.scroll, lines.length - rows));
      const more =
        lines.length > rows ? `   (${start + 1} to ${Math.min(lines.length, start + rows)} of ${lines.length})` : '';
      return {
        title: TITLES[dialog.kind],
        lines: lines.slice(start, start + rows),
        keys: `${readKeys(dialog.kind, context)}${more}`,
      };
    }
  }
}

const TITLES = { help: 'Help', details: 'Details', soak: 'Soak' } as const;

const PROMPTS = {
  send: { title: 'Send a line', keys: 'Enter: send   ↑ ↓ what was sent before   Esc: back' },
  search: { title: 'Search: text, or /regular expression/', keys: 'Enter: search, then n and N   Esc: back' },
  filter: {
    title: 'Show only lines with: text, or /regular expression/',
    keys: 'Enter: filter; empty for all   Esc: back',
  },
  save: { title: 'Save the log to a file', keys: 'Enter: save   Esc: back' },
} as const;

function readKeys(kind: 'help' | 'details' | 'soak', { soak }: UiContext): string {
  if (kind !== 'soak' || soak === undefined) return '↑ ↓ PgUp PgDn   Esc: back';
  return soak?.running === true
    ? 's: stop the soak   Esc: back, it goes on'
    : 'Enter: start a soak of this board   Esc: back';
}

/** All rows of what is read and scrolled. */
export function readLines(kind: 'help' | 'details' | 'soak', state: UiState, context: UiContext): readonly Line[] {
  if (kind === 'help') return helpLines();
  if (kind === 'soak') return soakLines(context.soak, context.columns);
  const board = selectedBoard(state, context.view);
  return board === null ? [] : detailLines(board, context.now, context.columns);
}

function confirmLines(lines: readonly string[], columns: number): readonly Line[] {
  return lines.flatMap((line) => wrapWords(shown(line), columns).map((row): Line => [span(row)]));
}

export function paletteItems(dialog: Extract<Dialog, { kind: 'palette' }>, { view }: UiContext): readonly KeyBinding[] {
  return fuzzyFilter(
    available(view.boards.length > 0),
    fieldText(dialog.field),
    (binding) => `${binding.title} ${binding.id}`,
  );
}

function paletteLine(binding: KeyBinding): Line {
  return [
    span(pad(binding.keys.map(keyLabel).join(' '), 12), 'info'),
    span(binding.title),
    span(binding.destructive ? ' · asks first' : '', 'dim'),
  ];
}

function addPortLines(
  dialog: Extract<Dialog, { kind: 'add-port' }>,
  ports: readonly DeskPort[],
  columns: number,
  rows: number,
): readonly Line[] {
  const typing = dialog.field.parts.length > 0;
  const list = ports.map((port): Line => {
    const holder = port.holder === null ? '' : ` · in use by ${port.holder}`;
    return [
      span(`${shown(port.name)}  `),
      span(shown(`${adapterText(port)}${holder}`), port.holder === null ? 'dim' : 'warn'),
    ];
  });
  return [
    [{ text: '> ', role: 'accent' }, ...fieldSpans(dialog.field, columns - 2)],
    [span('such as /dev/ttyUSB0, COM5, rfc2217://host:2217, sim:', 'dim')],
    ...(list.length === 0
      ? [[span('No other port was found: plug a board in, and it shows up here.', 'dim')]]
      : listLines(list, typing ? -1 : dialog.selected, columns, rows - 2)),
  ];
}
