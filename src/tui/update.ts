/** The screen's one step: state and event in, state and commands out. Pure. */

import type { ImageChoice, ImageFacts } from '../session/desk-types.js';
import { ACTIONS, quit, type Step, step, withNotice } from './actions.js';
import { dialogKey, dialogPaste } from './dialogs/update.js';
import { bindingFor } from './keymap.js';
import type { Typed } from './keys.js';
import {
  type Dialog,
  type FlashDialogState,
  type FolderEntry,
  type Notice,
  selectedBoard,
  topDialog,
  type UiContext,
  type UiState,
} from './ui-state.js';

export type UiEvent =
  | Typed
  /** The desk's view changed. */
  | { readonly type: 'view' }
  /** What was asked for has been done. */
  | { readonly type: 'added' }
  | { readonly type: 'removed'; readonly board: string }
  | { readonly type: 'images'; readonly board: string; readonly images: readonly ImageChoice[] }
  | { readonly type: 'entries'; readonly folder: string; readonly entries: readonly FolderEntry[] }
  | { readonly type: 'facts'; readonly board: string; readonly image: string; readonly facts: ImageFacts }
  | { readonly type: 'notice'; readonly text: string; readonly role: Notice['role'] };

/** More than this in one paste is not a line for a board. */
const LONGEST_PASTE = 10_000;

export function update(state: UiState, event: UiEvent, context: UiContext): Step {
  switch (event.type) {
    case 'key':
      return keyStep(state, event.key, context);
    case 'paste-start':
      return step({ ...state, pasting: '' });
    case 'paste':
      if (state.pasting === null) return step(pasted(state, event.text, context));
      return step({ ...state, pasting: (state.pasting + event.text).slice(0, LONGEST_PASTE) });
    case 'paste-end':
      return step(pasted({ ...state, pasting: null }, state.pasting ?? '', context));
    case 'view':
      return step(selectAwaited(state, context));
    case 'added':
      return step({ ...selectAwaited(state, context), awaiting: null });
    case 'removed':
      return step(forgetLog(state, event.board));
    case 'images':
      return step(changeFlash(state, (d) => (d.board === event.board ? { ...d, images: event.images } : d)));
    case 'entries':
      return step(changeFlash(state, (d) => (d.folder === event.folder ? { ...d, entries: event.entries } : d)));
    case 'facts':
      return step(
        changeFlash(state, (d) =>
          d.board === event.board && d.image === event.image ? { ...d, facts: event.facts } : d,
        ),
      );
    case 'notice':
      return step({ ...state, notice: { text: event.text, role: event.role, t: context.now } });
  }
}

function keyStep(state: UiState, key: Extract<Typed, { type: 'key' }>['key'], context: UiContext): Step {
  // These reach the screen whatever is open: a way out, and a way to a sound screen.
  if (key.name === 'ctrl-c') return quit(state, context);
  if (key.name === 'ctrl-z') return ACTIONS.suspend(state, context, key.name);
  if (key.name === 'ctrl-l') return ACTIONS.redraw(state, context, key.name);
  const dialog = topDialog(state);
  if (dialog !== null) return dialogKey(state, dialog, key, context);
  const binding = bindingFor(key.name, state.focus);
  if (binding === undefined) return step(state);
  if (binding.when === 'board' && selectedBoard(state, context.view) === null) {
    return step(
      withNotice(state, context, 'There is no board yet: press s for a virtual one, or a to name a port.', 'warn'),
    );
  }
  return ACTIONS[binding.id](state, context, key.name);
}

function pasted(state: UiState, text: string, context: UiContext): UiState {
  const changed = dialogPaste(state, text);
  return changed ?? withNotice(state, context, 'What was pasted is not typed as keys. Press i to send a line.', 'warn');
}

/** A board that was asked for is selected as soon as it is there. */
function selectAwaited(state: UiState, { view }: UiContext): UiState {
  const { awaiting } = state;
  if (awaiting === null) return state;
  const added = view.boards.find((board) => !awaiting.includes(board.name));
  return added === undefined ? state : { ...state, selected: added.name, awaiting: null };
}

/** A board of this name that is added later has a log of its own, which begins anew. */
function forgetLog(state: UiState, board: string): UiState {
  return { ...state, logs: Object.fromEntries(Object.entries(state.logs).filter(([name]) => name !== board)) };
}

/** The flash dialog may lie below another one. */
function changeFlash(state: UiState, change: (dialog: FlashDialogState) => Dialog): UiState {
  return { ...state, dialogs: state.dialogs.map((dialog) => (dialog.kind === 'flash' ? change(dialog) : dialog)) };
}
