/** Choosing an image: prebuilt, recent, or a file; then what is in it, and the question. */
import type { Key } from '../keys.js';
import { type Line, span } from '../lines.js';
import { cutStart, shown } from '../text.js';
import type { Command, FlashDialogState, FolderEntry } from '../ui-state.js';
import { listLines, moveInMenu } from './list.js';

export function openFlash(board: string): FlashDialogState {
  return {
    kind: 'flash',
    board,
    stage: 'choose',
    images: null,
    folder: '.',
    entries: null,
    selected: 0,
    image: null,
    facts: null,
    cameFrom: 'choose',
  };
}

/** What a key leads to; `null` closes the dialog. */
export interface FlashStep {
  readonly dialog: FlashDialogState | null;
  readonly commands: readonly Command[];
}

export function flashKey(dialog: FlashDialogState, key: Key): FlashStep {
  if (dialog.stage === 'look') return lookKey(dialog, key);
  const moved = moveInMenu(rowsOf(dialog).length, dialog.selected, key.name);
  if (moved !== null) return stay({ ...dialog, selected: moved });
  if (key.name === 'escape' || key.name === 'q') {
    return dialog.stage === 'choose'
      ? { dialog: null, commands: [] }
      : stay({ ...dialog, stage: 'choose', selected: 0 });
  }
  if (dialog.stage === 'browse' && (key.name === 'left' || key.name === 'backspace'))
    return browse(dialog, parent(dialog));
  return key.name === 'enter' || key.name === 'right' ? choose(dialog) : stay(dialog);
}

function lookKey(dialog: FlashDialogState, key: Key): FlashStep {
  if (key.name === 'escape' || key.name === 'n' || key.name === 'left' || key.name === 'q') {
    return stay({ ...dialog, stage: dialog.cameFrom, image: null, facts: null, selected: 0 });
  }
  const sound = dialog.facts !== null && dialog.facts.problem === null;
  if ((key.name === 'enter' || key.name === 'y') && sound && dialog.image !== null) {
    return { dialog: null, commands: [{ do: 'flash', board: dialog.board, image: dialog.image }] };
  }
  return stay(dialog);
}

function choose(dialog: FlashDialogState): FlashStep {
  if (dialog.stage === 'browse') {
    if (dialog.entries === null) return stay(dialog);
    if (dialog.selected === 0) return browse(dialog, parent(dialog));
    const entry = dialog.entries[dialog.selected - 1];
    if (entry === undefined) return stay(dialog);
    return entry.folder ? browse(dialog, entry.path) : look(dialog, entry.path);
  }
  if (dialog.images === null) return stay(dialog);
  const image = dialog.images[dialog.selected];
  return image === undefined ? browse(dialog, dialog.folder) : look(dialog, image.id);
}

function look(dialog: FlashDialogState, image: string): FlashStep {
  const cameFrom = dialog.stage === 'browse' ? 'browse' : 'choose';
  return {
    dialog: { ...dialog, stage: 'look', image, facts: null, cameFrom },
    commands: [{ do: 'inspect', board: dialog.board, image }],
  };
}

function browse(dialog: FlashDialogState, folder: string): FlashStep {
  return {
    dialog: { ...dialog, stage: 'browse', folder, entries: null, selected: 0 },
    commands: [{ do: 'browse', folder }],
  };
}

/** The folder above, as text: what is above a root is for the file system to say. */
function parent({ folder }: FlashDialogState): string {
  return folder === '.' ? '..' : `${folder}/..`;
}

function stay(dialog: FlashDialogState): FlashStep {
  return { dialog, commands: [] };
}

/** Room for the list: it takes what it needs up to this. */
const LIST = 14;

export function flashRows(dialog: FlashDialogState): number {
  return dialog.stage === 'look' ? (dialog.facts?.lines.length ?? 1) + 5 : Math.min(LIST, rowsOf(dialog).length) + 2;
}

export function flashTitle({ board, stage, folder }: FlashDialogState): string {
  if (stage === 'browse') return `Image for ${shown(board)}  files in ${shown(folder)}`;
  return stage === 'choose' ? `Choose an image for ${shown(board)}` : `Write this image to ${shown(board)}?`;
}

export function flashKeys({ stage, facts }: FlashDialogState): string {
  if (stage === 'look') return facts?.problem === null ? 'Enter: write it   Esc: back' : 'Esc: back';
  return stage === 'browse' ? '↑ ↓ Enter: open   ←: folder above   Esc: back' : '↑ ↓ Enter: choose   Esc: cancel';
}

export function flashLines(dialog: FlashDialogState, columns: number, rows: number): readonly Line[] {
  if (dialog.stage !== 'look') return listLines(rowsOf(dialog, columns), dialog.selected, columns, rows);
  const name = [{ text: shown(dialog.image ?? ''), bold: true }];
  if (dialog.facts === null) return [name, [span('Looking into it…', 'dim')]];
  const { problem, lines } = dialog.facts;
  const facts = lines.map((line) => [span(shown(line))]);
  if (problem !== null) {
    return [name, [span(`✗ ${shown(problem.message)}`, 'bad')], [span(`→ ${shown(problem.hint)}`, 'warn')], ...facts];
  }
  return [
    name,
    ...facts.slice(0, Math.max(0, rows - 2)),
    [span('What the flash holds in these places now is overwritten.', 'warn')],
  ];
}

function rowsOf(dialog: FlashDialogState, columns = 80): readonly Line[] {
  if (dialog.stage === 'browse') {
    if (dialog.entries === null) return [[span('Reading the folder…', 'dim')]];
    return [[span('../')], ...dialog.entries.map(entryLine)];
  }
  if (dialog.images === null) return [[span('Looking for images…', 'dim')]];
  return [
    ...dialog.images.map((image) => [
      span(`${image.group.padEnd(9)}`, 'dim'),
      span(cutStart(shown(image.label), columns - 11)),
    ]),
    [span('browse   ', 'dim'), span('a file…')],
  ];
}

function entryLine(entry: FolderEntry): Line {
  return [span(`${shown(entry.name)}${entry.folder ? '/' : ''}`, entry.folder ? 'info' : 'plain')];
}
