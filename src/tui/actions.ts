/** What each action of the key map does to the screen, and what it asks of the desk. Pure. */
import { modeInWords } from '../board/wording.js';
import type { BoardRequest, BoardView } from '../session/desk-types.js';
import { openFlash } from './dialogs/flash.js';
import { emptyField, fieldOf } from './field.js';
import type { ActionId } from './keymap.js';
import type { Focus } from './layout.js';
import type { LogAction } from './log/contract.js';
import { reduceLog } from './log/reduce.js';
import { layoutOf, logViewport } from './screen.js';
import { type Command, type Dialog, logOf, selectedBoard, type UiContext, type UiState, underWay } from './ui-state.js';

export interface Step {
  readonly state: UiState;
  readonly commands: readonly Command[];
}

/** `key` is the name of the key that was pressed; empty when it was chosen from the palette. */
type Action = (state: UiState, context: UiContext, key: string) => Step;

export function step(state: UiState, ...commands: readonly Command[]): Step {
  return { state, commands };
}

export function openDialog(state: UiState, dialog: Dialog): UiState {
  return { ...state, dialogs: [...state.dialogs, dialog] };
}

export function withNotice(
  state: UiState,
  context: UiContext,
  text: string,
  role: 'ok' | 'warn' | 'bad' = 'ok',
): UiState {
  return { ...state, notice: { text, role, t: context.now } };
}

/** An action on the selected board; without one it does nothing. */
function onBoard(act: (state: UiState, board: BoardView, context: UiContext) => Step): Action {
  return (state, context) => {
    const board = selectedBoard(state, context.view);
    return board === null ? step(state) : act(state, board, context);
  };
}

function asks(
  title: (board: string) => string,
  lines: (board: BoardView) => readonly string[],
  command: (board: string) => Command,
): Action {
  return onBoard((state, board) =>
    step(
      openDialog(state, {
        kind: 'confirm',
        title: title(board.name),
        lines: lines(board),
        command: command(board.name),
      }),
    ),
  );
}

function log(action: LogAction): Action {
  return onBoard((state, board, context) => step(changeLog(state, board, context, action)));
}

function requests(request: BoardRequest): Action {
  return onBoard((state, { name }) => step(state, { do: 'request', board: name, request }));
}

function prompt(
  purpose: 'send' | 'search' | 'filter' | 'save',
  text: (board: BoardView, state: UiState) => string,
): Action {
  return onBoard((state, board) =>
    step(
      openDialog(state, {
        kind: 'prompt',
        purpose,
        board: board.name,
        field: fieldOf(text(board, state)),
        recalled: null,
        draft: emptyField,
        problem: null,
      }),
    ),
  );
}

/** The log of a board after an action; a hidden one has the size of nothing and keeps its place. */
export function changeLog(state: UiState, board: BoardView, context: UiContext, action: LogAction): UiState {
  const viewport = logViewport(state, context) ?? {
    store: board.log,
    width: context.columns,
    height: 1,
    showTime: false,
  };
  const changed = reduceLog(logOf(state, board.name), action, viewport);
  return { ...state, logs: { ...state.logs, [board.name]: changed } };
}

export const ACTIONS: Readonly<Record<ActionId, Action>> = {
  help: (state) => step(openDialog(state, { kind: 'help', scroll: 0 })),
  palette: (state) => step(openDialog(state, { kind: 'palette', field: emptyField, selected: 0 })),
  'focus-next': (state, context) => step(focusBy(state, context, 1)),
  'focus-previous': (state, context) => step(focusBy(state, context, -1)),
  tile: (state) => step({ ...state, tile: !state.tile }),
  acknowledge: (state, { view }) => {
    const seen = view.boards.flatMap((board) => {
      const last = board.alerts.at(-1);
      return last === undefined ? [] : [[board.name, last.t] as const];
    });
    return step({ ...state, acknowledged: { ...state.acknowledged, ...Object.fromEntries(seen) }, notice: null });
  },
  bell: (state, context) => {
    const bell = !state.bell;
    return step(withNotice({ ...state, bell }, context, bell ? 'The bell rings for alerts.' : 'The bell is off.'));
  },
  redraw: (state) => step({ ...state, attempt: state.attempt + 1 }, { do: 'redraw' }),
  suspend: (state) => step(state, { do: 'suspend' }),
  quit: (state, context) => quit(state, context),

  'choose-board': (state, { view }, key) => step(select(state, view.boards[Number(key) - 1])),
  'board-next': (state, context) => step(selectBy(state, context, 1)),
  'board-previous': (state, context) => step(selectBy(state, context, -1)),
  'list-down': (state, context) => step(selectBy(state, context, 1)),
  'list-up': (state, context) => step(selectBy(state, context, -1)),
  'add-sim': (state, context) => add(state, context, 'sim:'),
  'add-port': (state) => step(openDialog(state, { kind: 'add-port', field: emptyField, selected: 0 })),
  'remove-board': asks(
    (board) => `Close ${board}?`,
    ({ activity }) => ['The port is closed and the log leaves the screen; the board runs on.', ...brokenOff(activity)],
    (board) => ({ do: 'remove', board }),
  ),
  details: (state) => step(openDialog(state, { kind: 'details', scroll: 0 })),

  flash: onBoard((state, { name }) => step(openDialog(state, openFlash(name)), { do: 'load-images', board: name })),
  detect: onBoard((state, { name }) => step(state, { do: 'detect', board: name, reset: false })),
  'detect-reset': asks(
    (board) => `Reset ${board} and detect its mode?`,
    () => ['The board restarts; then it is asked over the network.'],
    (board) => ({ do: 'detect', board, reset: true }),
  ),
  reset: asks(
    (board) => `Reset ${board}?`,
    () => ['The board restarts at once; what it was doing is lost.'],
    (board) => ({ do: 'reset', board }),
  ),
  bootloader: asks(
    (board) => `Hold ${board} in its bootloader?`,
    () => ['The sketch stops until the next reset (key r).'],
    (board) => ({ do: 'bootloader', board }),
  ),
  'switch-mode': onBoard((state, board) => step(openDialog(state, switchMenu(board)))),
  send: prompt('send', () => ''),
  sensors: requests('GetSensors'),
  'led-on': requests('LedOn'),
  'led-off': requests('LedOff'),
  'led-blink': requests('BlinkLed&nblink=5'),
  cancel: onBoard((state, board, context) => cancel(state, board, context)),
  soak: (state) => step(openDialog(state, { kind: 'soak', scroll: 0 })),

  search: prompt('search', (board, state) => patternOf(logOf(state, board.name).search)),
  'search-next': log({ type: 'next' }),
  'search-previous': log({ type: 'previous' }),
  filter: prompt('filter', (board, state) => {
    const { filter } = logOf(state, board.name);
    return filter.kind === 'text' || filter.kind === 'regexp'
      ? patternOf({ pattern: filter.pattern, regexp: filter.kind === 'regexp' })
      : '';
  }),
  events: onBoard((state, board, context) => {
    const events = logOf(state, board.name).filter.kind === 'events';
    return step(changeLog(state, board, context, { type: 'filter', filter: { kind: events ? 'all' : 'events' } }));
  }),
  'log-clear': log({ type: 'clear' }),
  pause: log({ type: 'pause' }),
  'log-end': log({ type: 'end' }),
  'log-home': log({ type: 'home' }),
  'page-up': log({ type: 'page', pages: -1 }),
  'page-down': log({ type: 'page', pages: 1 }),
  'half-up': log({ type: 'page', pages: -0.5 }),
  'half-down': log({ type: 'page', pages: 0.5 }),
  'line-up': log({ type: 'scroll', lines: -1 }),
  'line-down': log({ type: 'scroll', lines: 1 }),
  wrap: log({ type: 'wrap' }),
  plain: log({ type: 'plain' }),
  save: prompt('save', (board) => `${board.name.replace(/[^\w.-]+/g, '_').replace(/^_+|_+$/g, '') || 'board'}.log`),
};

function patternOf(search: { readonly pattern: string; readonly regexp: boolean } | null): string {
  if (search === null) return '';
  return search.regexp ? `/${search.pattern}/` : search.pattern;
}

const QUIT: Command = { do: 'quit' };

/** Asks when something would be broken off; asked again while the question stands, it goes without an answer. */
export function quit(state: UiState, context: UiContext): Step {
  const works = underWay(context);
  if (works.length === 0 || asksToQuit(state)) return step(state, QUIT);
  const losses = new Set(context.view.boards.flatMap(({ activity }) => brokenOff(activity)));
  return step(
    openDialog(state, {
      kind: 'confirm',
      title: 'Quit?',
      lines: [`Under way: ${works.join(', ')}. Quitting breaks it off; boards run on.`, ...losses],
      command: QUIT,
    }),
  );
}

/** What becomes of work that does not come to its end. */
function brokenOff(activity: BoardView['activity']): readonly string[] {
  if (activity?.kind === 'flash')
    return ['A flash that is broken off leaves an image that does not boot: flash it again.'];
  return activity?.kind === 'soak' ? ['The soak ends, on all of its boards; what it counted so far is kept.'] : [];
}

function asksToQuit(state: UiState): boolean {
  return state.dialogs.some((dialog) => dialog.kind === 'confirm' && dialog.command.do === 'quit');
}

function cancel(state: UiState, { name, activity }: BoardView, context: UiContext): Step {
  if (activity === null) return step(withNotice(state, context, 'Nothing is under way.', 'warn'));
  const command: Command = { do: 'cancel', board: name };
  if (activity.kind === 'soak') {
    const lines = brokenOff(activity);
    return step(openDialog(state, { kind: 'confirm', title: 'Stop the soak?', lines, command }));
  }
  if (activity.kind !== 'flash') return step(state, command);
  const writing =
    activity.progress !== null && activity.progress.phase !== 'connect' && activity.progress.phase !== 'stub';
  return step(
    openDialog(state, {
      kind: 'confirm',
      title: `Cancel the flash of ${name}?`,
      lines: [
        writing
          ? 'Part of the image is in the flash: the board will not boot until it is flashed again. Its bootloader stays intact.'
          : 'Nothing was written yet: the board keeps what it has.',
      ],
      command,
    }),
  );
}

function switchMenu(board: BoardView): Dialog {
  const { mode } = board.state;
  const targets = (['web-server', 'mqtt-client'] as const).filter((to) => to !== mode);
  return {
    kind: 'menu',
    title: `Switch ${board.name}? It restarts in the other mode`,
    choices: targets.map((to) => ({
      label: `to ${modeInWords(to)}`,
      command: { do: 'switch', board: board.name, to },
    })),
    selected: 0,
  };
}

export function add(state: UiState, { view }: UiContext, name: string): Step {
  return step({ ...state, awaiting: view.boards.map((board) => board.name) }, { do: 'add', name });
}

function select(state: UiState, board: BoardView | undefined): UiState {
  return board === undefined ? state : { ...state, selected: board.name };
}

function selectBy(state: UiState, { view }: UiContext, by: number): UiState {
  const board = selectedBoard(state, view);
  if (board === null) return state;
  const { boards } = view;
  return select(state, boards[(boards.indexOf(board) + by + boards.length) % boards.length]);
}

const RING: readonly Focus[] = ['boards', 'log', 'check', 'health'];

/** The panels that can be seen, or brought into sight, in their order. */
function focusBy(state: UiState, context: UiContext, by: number): UiState {
  if (context.view.boards.length === 0) return state;
  const side = layoutOf({ ...state, focus: 'check' }, context);
  const ring = side.check === null && side.health === null ? RING.slice(0, 2) : RING;
  const at = Math.max(0, ring.indexOf(state.focus));
  const focus = ring[(at + by + ring.length) % ring.length] ?? 'log';
  return { ...state, focus, panel: focus === 'check' || focus === 'health' ? focus : state.panel };
}
