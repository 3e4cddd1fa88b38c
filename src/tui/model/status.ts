/** The two rows at the bottom: what is under way or went wrong, and the keys. */
import { hintFor } from '../../board/wording.js';
import type { BoardView } from '../../session/desk-types.js';
import { bar } from '../../units.js';
import { type ActionId, KEYMAP } from '../keymap.js';
import { keyLabel } from '../keys.js';
import { type Line, lineWidth, span } from '../lines.js';
import { shown } from '../text.js';
import { logOf, selectedBoard, type UiContext, type UiState } from '../ui-state.js';
import { activityText, flashRow, isFresh, PATIENCE_MS } from './activity.js';
import { openAlert } from './boards.js';

const NOTICE_MS = 8000;

export interface Status {
  readonly line: Line;
  /** Something is under way: a spinner goes before it. */
  readonly busy: boolean;
}

/** The one thing that matters most now. */
export function statusOf(state: UiState, context: UiContext): Status {
  const { now } = context;
  const { notice } = state;
  const board = selectedBoard(state, context.view);
  // What is being written to a board is worth more than any word.
  if (board?.activity?.kind === 'flash') return { line: activityLine(board.activity), busy: true };
  if (notice !== null && now - notice.t < NOTICE_MS) return still([span(shown(notice.text), notice.role)]);
  if (board === null) return still([]);
  if (board.activity !== null) return { line: activityLine(board.activity), busy: true };
  const alert = openAlert(board, state.acknowledged[board.name]);
  if (alert !== null) {
    return still([
      { text: ` ! ${shown(alert.text)} `, role: 'bad', inverse: true },
      span(' press ! to acknowledge', 'dim'),
    ]);
  }
  return still(newsOf(board, now));
}

function still(line: Line): Status {
  return { line, busy: false };
}

function newsOf({ problem, outcome, state, watchedSince }: BoardView, now: number): Line {
  if (problem !== null) return withHint(`✗ ${shown(problem.message)}`, 'bad', shown(problem.hint));
  if (outcome !== null && isFresh(outcome, now)) {
    const advice = outcome.hint === null ? null : shown(outcome.hint);
    return withHint(`${outcome.ok ? '✓' : '✗'} ${shown(outcome.text)}`, outcome.ok ? 'ok' : 'bad', advice);
  }
  // A board that was just opened has not had the time to say anything.
  if (state.mode === 'unknown' && now - watchedSince < PATIENCE_MS) return [];
  const advice = hintFor(state);
  return advice === null ? [] : [span(`→ ${advice}`, 'warn')];
}

function withHint(text: string, role: 'ok' | 'bad', advice: string | null): Line {
  return [span(text, role), ...(advice === null ? [] : [span(` → ${advice}`), span('  (Enter: all of it)', 'dim')])];
}

const BAR_COLUMNS = 20;

export function activityLine(activity: NonNullable<BoardView['activity']>): Line {
  if (activity.kind !== 'flash') return [span(activityText(activity), 'accent'), span('   c: cancel', 'dim')];
  const { what, phase, fraction, figures } = flashRow(activity);
  return [
    span(fraction === null ? '' : `${bar(fraction, BAR_COLUMNS)} `, 'info'),
    { text: phase, role: 'accent' },
    span(figures === '' ? '' : ` ${figures}`),
    span(`   c: cancel   ${what}`, 'dim'),
  ];
}

type Hint = readonly [ActionId, string];

/** Shorter words than the key map's titles; the keys are its own. The most useful first: what does not fit is left out. */
const HINTS: readonly Hint[] = [
  ['flash', 'flash'],
  ['detect', 'detect'],
  ['switch-mode', 'mode'],
  ['send', 'send'],
  ['search', 'search'],
  ['focus-next', 'panel'],
  ['reset', 'reset'],
  ['pause', 'pause'],
  ['filter', 'filter'],
  ['events', 'events'],
  ['wrap', 'wrap'],
  ['plain', 'copy'],
  ['save', 'save'],
  ['tile', 'tile'],
  ['add-sim', 'add sim'],
  ['add-port', 'add port'],
  ['soak', 'soak'],
];

const WITHOUT_BOARD: readonly Hint[] = [
  ['add-sim', 'virtual board'],
  ['add-port', 'add a port'],
];

const ALWAYS: readonly Hint[] = [
  ['palette', 'all'],
  ['help', 'help'],
  ['quit', 'quit'],
];

export function keysLine(state: UiState, context: UiContext, columns: number): Line {
  const board = selectedBoard(state, context.view);
  if (board !== null && logOf(state, board.name).plain) return hint(['plain', 'back to the whole screen']);
  const end = ALWAYS.flatMap(hint);
  const room = columns - lineWidth(end);
  let line: Line = [];
  for (const next of board === null ? WITHOUT_BOARD : HINTS) {
    const longer = [...line, ...hint(next)];
    if (lineWidth(longer) > room) break;
    line = longer;
  }
  return [...line, ...end];
}

function hint([id, word]: Hint): Line {
  const key = KEYMAP.find((binding) => binding.id === id)?.keys[0] ?? '';
  return [{ text: keyLabel(key), bold: true }, span(` ${word}  `)];
}

export function titleLine({ view }: UiContext, state: UiState): Line {
  const boards = view.boards.length === 1 ? '1 board' : `${view.boards.length} boards`;
  // A virtual board can always be added: that is no news.
  const ports = view.ports.filter((port) => port.kind !== 'virtual').length;
  const free = ports === 0 ? '' : ` · ${ports} more ${ports === 1 ? 'port' : 'ports'}: a adds`;
  const alerts = view.boards.filter((board) => openAlert(board, state.acknowledged[board.name]) !== null).length;
  return [
    { text: ' espwatch ', bold: true, inverse: true },
    span(` ${boards}${free}`),
    ...(alerts === 0
      ? []
      : [
          span('  '),
          { text: ` ! ${alerts} ${alerts === 1 ? 'alert' : 'alerts'} `, role: 'bad', inverse: true } as const,
        ]),
    span(state.bell ? '  bell on' : '', 'dim'),
  ];
}

/** What a new user reads first. */
export function welcomeLines({ view }: UiContext): readonly Line[] {
  return [
    [],
    [{ text: 'No board yet.', bold: true }],
    [],
    [
      span('Press '),
      { text: 's', bold: true },
      span(' for a virtual board: it flashes, boots and answers like a real one.'),
    ],
    [span('Press '), { text: 'a', bold: true }, span(' to name a port.')],
    [span('Plug a board in, and it shows up here.')],
    [],
    ...(view.ports.length === 0
      ? [[span(view.listed ? 'No serial port was found on this machine.' : 'Looking for serial ports.', 'dim')]]
      : [
          [span('Ports of this machine, to be added with a:')],
          ...view.ports.map(
            (port): Line => [
              span(`  ${shown(port.name)}  `),
              span(shown(port.adapter ?? ''), 'dim'),
              span(port.holder === null ? '' : `  in use by ${shown(port.holder)}`, 'warn'),
            ],
          ),
        ]),
  ];
}
