/** Keys and pasted text in an open dialog. */
import { ACTIONS, add, changeLog, openDialog, type Step, step, withNotice } from '../actions.js';
import { editField, emptyField, type Field, fieldOf, fieldText, pasteInto } from '../field.js';
import type { Key } from '../keys.js';
import { layoutOf } from '../screen.js';
import { type Dialog, topDialog, type UiContext, type UiState } from '../ui-state.js';
import { flashKey } from './flash.js';
import { moveIn, moveInMenu } from './list.js';
import { searchIn, searchProblem } from './pattern.js';
import { paletteItems, readLines } from './view.js';

export function dialogKey(state: UiState, dialog: Dialog, key: Key, context: UiContext): Step {
  switch (dialog.kind) {
    case 'confirm':
      if (key.name === 'y' || key.name === 'enter') return step(close(state), dialog.command);
      return step(key.name === 'n' || isBack(key) ? close(state) : state);
    case 'menu':
      return menuKey(state, dialog, key);
    case 'prompt':
      return promptKey(state, dialog, key, context);
    case 'add-port':
      return addPortKey(state, dialog, key, context);
    case 'flash': {
      const next = flashKey(dialog, key);
      return step(next.dialog === null ? close(state) : replace(state, next.dialog), ...next.commands);
    }
    case 'palette':
      return paletteKey(state, dialog, key, context);
    case 'help':
    case 'details':
    case 'soak':
      return readKey(state, dialog, key, context);
  }
}

/** The state after text was pasted; null when the open dialog takes none, or none is open. */
export function dialogPaste(state: UiState, text: string): UiState | null {
  const dialog = topDialog(state);
  if (dialog === null || !('field' in dialog)) return null;
  const field = pasteInto(dialog.field, text);
  return replace(
    state,
    dialog.kind === 'prompt' ? { ...dialog, field, problem: null } : { ...dialog, field, selected: 0 },
  );
}

export function close(state: UiState): UiState {
  return { ...state, dialogs: state.dialogs.slice(0, -1) };
}

function replace(state: UiState, dialog: Dialog): UiState {
  return { ...state, dialogs: [...state.dialogs.slice(0, -1), dialog] };
}

function isBack(key: Key): boolean {
  return key.name === 'escape' || key.name === 'q';
}

function menuKey(state: UiState, dialog: Extract<Dialog, { kind: 'menu' }>, key: Key): Step {
  if (isBack(key)) return step(close(state));
  const number = /^[1-9]$/.test(key.name) ? Number(key.name) - 1 : null;
  const chosen = dialog.choices[number ?? dialog.selected];
  if (chosen !== undefined && (number !== null || key.name === 'enter')) return step(close(state), chosen.command);
  const selected = moveInMenu(dialog.choices.length, dialog.selected, key.name);
  return step(selected === null ? state : replace(state, { ...dialog, selected }));
}

type Prompt = Extract<Dialog, { kind: 'prompt' }>;

function promptKey(state: UiState, dialog: Prompt, key: Key, context: UiContext): Step {
  if (key.name === 'escape') return step(close(state));
  if (key.name === 'enter') return submit(state, dialog, context);
  if (dialog.purpose === 'send' && (key.name === 'up' || key.name === 'down'))
    return step(recall(state, dialog, key.name));
  const field = editField(dialog.field, key);
  return step(field === null ? state : replace(state, { ...dialog, field, recalled: null, problem: null }));
}

function recall(state: UiState, dialog: Prompt, key: 'up' | 'down'): UiState {
  const sent = state.sent[dialog.board] ?? [];
  const at = dialog.recalled ?? -1;
  const next = Math.max(-1, Math.min(sent.length - 1, at + (key === 'up' ? 1 : -1)));
  const draft = dialog.recalled === null ? dialog.field : dialog.draft;
  const text = sent[next];
  const field: Field = text === undefined ? draft : fieldOf(text);
  return replace(state, { ...dialog, recalled: next === -1 ? null : next, draft, field });
}

const HISTORY = 100;

function submit(state: UiState, dialog: Prompt, context: UiContext): Step {
  const text = fieldText(dialog.field);
  const board = context.view.boards.find(({ name }) => name === dialog.board);
  if (board === undefined) return step(withNotice(close(state), context, 'That board is gone.', 'warn'));
  const { name } = board;
  switch (dialog.purpose) {
    case 'send': {
      // It stays open: who sends a line sends another. An empty line is a line, too.
      const sent = [text, ...(state.sent[name] ?? []).filter((line) => line !== text)].filter((line) => line !== '');
      const kept = { ...state, sent: { ...state.sent, [name]: sent.slice(0, HISTORY) } };
      const empty: Prompt = { ...dialog, field: emptyField, draft: emptyField, recalled: null };
      return step(replace(kept, empty), { do: 'send', board: name, text });
    }
    case 'save':
      if (text.trim() === '') return step(replace(state, { ...dialog, problem: 'Type the name of a file.' }));
      return step(close(state), { do: 'save', board: name, file: text });
    case 'search':
    case 'filter': {
      const search = searchIn(text);
      const problem = searchProblem(search);
      if (problem !== null) return step(replace(state, { ...dialog, problem }));
      if (dialog.purpose === 'search') return step(changeLog(close(state), board, context, { type: 'search', search }));
      const kind = search?.regexp === true ? 'regexp' : 'text';
      const filter = search === null ? ({ kind: 'all' } as const) : ({ kind, pattern: search.pattern } as const);
      return step(changeLog(close(state), board, context, { type: 'filter', filter }));
    }
  }
}

function addPortKey(state: UiState, dialog: Extract<Dialog, { kind: 'add-port' }>, key: Key, context: UiContext): Step {
  const { ports } = context.view;
  if (key.name === 'escape') return step(close(state));
  if (key.name === 'enter') {
    const typed = fieldText(dialog.field).trim();
    const name = typed === '' ? ports[dialog.selected]?.name : typed;
    return name === undefined ? step(state) : add(close(state), context, name);
  }
  const selected = moveIn(ports.length, dialog.selected, key.name);
  if (selected !== null) return step(replace(state, { ...dialog, selected, field: emptyField }));
  const field = editField(dialog.field, key);
  return step(field === null ? state : replace(state, { ...dialog, field }));
}

function paletteKey(state: UiState, dialog: Extract<Dialog, { kind: 'palette' }>, key: Key, context: UiContext): Step {
  if (key.name === 'escape') return step(close(state));
  const items = paletteItems(dialog, context);
  if (key.name === 'enter') {
    const chosen = items[dialog.selected];
    return chosen === undefined ? step(state) : ACTIONS[chosen.id](close(state), context, '');
  }
  const selected = moveIn(items.length, dialog.selected, key.name);
  if (selected !== null) return step(replace(state, { ...dialog, selected }));
  const field = editField(dialog.field, key);
  return step(field === null ? state : replace(state, { ...dialog, field, selected: 0 }));
}

function readKey(
  state: UiState,
  dialog: Extract<Dialog, { kind: 'help' | 'details' | 'soak' }>,
  key: Key,
  context: UiContext,
): Step {
  if (dialog.kind === 'soak' && (key.name === 'enter' || key.name === 's')) return soakKey(state, key, context);
  if (isBack(key) || key.name === 'enter' || (dialog.kind === 'help' && key.name === '?')) return step(close(state));
  const lines = readLines(dialog.kind, state, context).length;
  const rows = (layoutOf(state, context).dialog?.height ?? 1) - 1;
  const last = Math.max(1, lines - rows + 1);
  const scroll = moveInMenu(last, dialog.scroll, key.name === 'space' ? 'pagedown' : key.name);
  return step(scroll === null ? state : replace(state, { ...dialog, scroll }));
}

function soakKey(state: UiState, key: Key, { soak, view }: UiContext): Step {
  if (soak === undefined) return step(close(state));
  if (soak?.running === true) {
    if (key.name === 'enter') return step(close(state));
    return step(
      openDialog(state, {
        kind: 'confirm',
        title: 'Stop the soak?',
        lines: ['What it counted so far is kept.'],
        command: { do: 'soak-stop' },
      }),
    );
  }
  const board = view.boards.find(({ name }) => name === state.selected) ?? view.boards[0];
  return board === undefined || key.name === 's' ? step(state) : step(state, { do: 'soak-start', board: board.name });
}
