/** The layout for a state, and which boards' logs it shows. */
import type { BoardView } from '../session/desk-types.js';
import { dialogRows } from './dialogs/view.js';
import { type Layout, layout, type Rect } from './layout.js';
import type { LogViewport } from './log/contract.js';
import { windowStart } from './model/boards.js';
import { logOf, selectedBoard, type UiContext, type UiState } from './ui-state.js';

export function layoutOf(state: UiState, context: UiContext): Layout {
  const board = selectedBoard(state, context.view);
  return layout({
    columns: context.columns,
    rows: context.rows,
    boards: context.view.boards.length,
    focus: state.focus,
    panel: state.panel,
    tile: state.tile,
    plain: board !== null && logOf(state, board.name).plain,
    dialogRows: dialogRows(state, context),
  });
}

export interface ShownLog {
  readonly board: BoardView;
  /** What the pane itself gets: without the gap to its left neighbour. */
  readonly rect: Rect;
}

/** A log beside another has a gap of one column. */
export function shownLogs(state: UiState, context: UiContext, where: Layout): readonly ShownLog[] {
  const { boards } = context.view;
  const selected = selectedBoard(state, context.view);
  if (selected === null || where.logs.length === 0) return [];
  const count = where.logs.length;
  const first = count === 1 ? boards.indexOf(selected) : windowStart(boards.indexOf(selected), count, boards.length);
  const left = Math.min(...where.logs.map((rect) => rect.x));
  return where.logs.flatMap((rect, i) => {
    const board = boards[first + i];
    const gap = rect.x > left ? 1 : 0;
    return board === undefined ? [] : [{ board, rect: { ...rect, x: rect.x + gap, width: rect.width - gap } }];
  });
}

/** Below this a time stamp takes too much of the line. */
const TIME_COLUMNS = 60;

/** The selected board's log as its pane sees it; null while it is hidden. */
export function logViewport(state: UiState, context: UiContext): LogViewport | null {
  const board = selectedBoard(state, context.view);
  const shown = shownLogs(state, context, layoutOf(state, context)).find((log) => log.board === board);
  return shown === undefined ? null : viewportOf(shown);
}

export function viewportOf({ board, rect }: ShownLog): LogViewport {
  return { store: board.log, width: rect.width, height: rect.height, showTime: rect.width >= TIME_COLUMNS };
}
