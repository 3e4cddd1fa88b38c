/** Where everything is, from the size of the terminal and the state of the screen. Cells, counted from 0 at the top left. */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Focus = 'boards' | 'log' | 'check' | 'health';
export type SidePanel = 'check' | 'health';

export interface LayoutInput {
  readonly columns: number;
  readonly rows: number;
  readonly boards: number;
  readonly focus: Focus;
  /** Which of the two shows where there is room for one. */
  readonly panel: SidePanel;
  /** Logs of several boards at once. */
  readonly tile: boolean;
  /** Only log text, for copying with the mouse. */
  readonly plain: boolean;
  /** Rows that an open dialog would like; 0 without one. */
  readonly dialogRows: number;
}

export interface Layout {
  readonly size: 'too-small' | 'compact' | 'medium' | 'wide';
  readonly title: Rect | null;
  readonly boards: Rect | null;
  /** One row for each board, or a block with details. */
  readonly boardStyle: 'strip' | 'list';
  readonly now: Rect | null;
  /** One for each log that is shown, at most four; without boards the one for the welcome. */
  readonly logs: readonly Rect[];
  readonly check: Rect | null;
  readonly health: Rect | null;
  readonly dialog: Rect | null;
  /** What is under way, and below it the keys. With a screen that is too small: all of it. */
  readonly status: Rect;
}

export const MIN_COLUMNS = 40;
export const MIN_ROWS = 12;
export const MAX_TILES = 4;

const MEDIUM_COLUMNS = 110;
const WIDE_COLUMNS = 150;
const LIST_COLUMNS = 38;
const SIDE_COLUMNS = 46;
/** Below this a log is no use beside a dialog. */
const MIN_LOG_ROWS = 4;
/** Two logs stand side by side when each gets this many columns. */
const MIN_TILE_COLUMNS = 56;

const NOTHING: Omit<Layout, 'size' | 'status'> = {
  title: null,
  boards: null,
  boardStyle: 'strip',
  now: null,
  logs: [],
  check: null,
  health: null,
  dialog: null,
};

/** Rectangles that do not overlap and together cover the whole terminal. */
export function layout(input: LayoutInput): Layout {
  const width = Math.max(0, Math.floor(input.columns));
  const height = Math.max(0, Math.floor(input.rows));
  if (width < MIN_COLUMNS || height < MIN_ROWS) {
    return { ...NOTHING, size: 'too-small', status: { x: 0, y: 0, width, height } };
  }
  const size = sizeOf(width);
  if (input.plain && input.dialogRows === 0 && input.boards > 0) {
    const [log, status] = cutBottom({ x: 0, y: 0, width, height }, 1);
    return { ...NOTHING, size, logs: [log], status };
  }
  const [upper, status] = cutBottom({ x: 0, y: 0, width, height }, 2);
  const [title, body] = cutTop(upper, 1);
  const [main, dialog] = withDialog(body, input.dialogRows);
  const rest = { ...NOTHING, size, title, status, dialog };
  if (main === null) return rest;
  if (input.boards === 0) return { ...rest, logs: [main] };
  if (size === 'wide') return { ...rest, ...wide(main, input) };
  const strip = Math.min(input.boards, main.height >= 16 ? 4 : main.height >= 10 ? 2 : 1);
  const [boards, below] = cutTop(main, strip);
  const [now, area] = cutTop(below, 1);
  const panes = size === 'medium' ? beside(area, input) : stacked(area, input, dialog !== null);
  return { ...rest, boards, now, ...panes };
}

function sizeOf(width: number): 'compact' | 'medium' | 'wide' {
  if (width < MEDIUM_COLUMNS) return 'compact';
  return width < WIDE_COLUMNS ? 'medium' : 'wide';
}

/** The dialog at the bottom, so that the log stays in sight; all of it where that leaves too little. */
function withDialog(body: Rect, wanted: number): readonly [Rect | null, Rect | null] {
  if (wanted <= 0) return [body, null];
  // Boards, now line and log.
  const least = MIN_LOG_ROWS + 2;
  if (body.height - wanted < least) return [null, body];
  return cutBottom(body, wanted);
}

type Panes = Pick<Layout, 'logs' | 'check' | 'health'>;

function wide(main: Rect, input: LayoutInput): Partial<Layout> {
  const [boards, right] = cutLeft(main, LIST_COLUMNS);
  const [now, area] = cutTop(right, 1);
  return { boards, boardStyle: 'list', now, ...beside(area, input) };
}

/** Logs, and the two panels to their right; many logs need the room themselves. */
function beside(area: Rect, input: LayoutInput): Panes {
  if (input.tile && input.boards > 1) return { logs: tiles(area, input.boards), check: null, health: null };
  const [log, side] = cutLeft(area, area.width - SIDE_COLUMNS);
  if (side.height < 14) return { logs: [log], ...one(input.panel, side) };
  const [check, health] = cutTop(side, Math.min(12, Math.floor(side.height / 2)));
  return { logs: [log], check, health };
}

/** The log, and below it one panel in few rows: more of them while it has the focus. */
function stacked(area: Rect, input: LayoutInput, dialog: boolean): Panes {
  if (input.tile && input.boards > 1) return { logs: tiles(area, input.boards), check: null, health: null };
  const focused = input.focus === 'check' || input.focus === 'health';
  const rows = sideRows(area.height, focused, dialog);
  if (rows === 0) return { logs: [area], check: null, health: null };
  const [log, side] = cutBottom(area, rows);
  return { logs: [log], ...one(input.panel, side) };
}

function sideRows(height: number, focused: boolean, dialog: boolean): number {
  if (focused) return Math.max(1, Math.min(12, height - MIN_LOG_ROWS));
  if (dialog || height < 10) return 0;
  return height < 14 ? 4 : 5;
}

function one(panel: SidePanel, rect: Rect): Pick<Layout, 'check' | 'health'> {
  return panel === 'check' ? { check: rect, health: null } : { check: null, health: rect };
}

function tiles(area: Rect, boards: number): readonly Rect[] {
  const count = Math.min(boards, MAX_TILES);
  const abreast = area.width >= 2 * MIN_TILE_COLUMNS;
  if (!abreast) return rowsOf(area, Math.max(1, Math.min(count, Math.floor(area.height / MIN_LOG_ROWS))));
  if (count === 2) return columnsOf(area);
  if (area.height < 2 * MIN_LOG_ROWS) return columnsOf(area);
  const [top, bottom] = cutTop(area, Math.floor(area.height / 2));
  return [...columnsOf(top), ...(count === 3 ? [bottom] : columnsOf(bottom))];
}

function columnsOf(area: Rect): readonly Rect[] {
  return cutLeft(area, Math.floor(area.width / 2));
}

function rowsOf(area: Rect, count: number): readonly Rect[] {
  const rects: Rect[] = [];
  let rest = area;
  for (let left = count; left > 1; left--) {
    const [top, below] = cutTop(rest, Math.floor(rest.height / left));
    rects.push(top);
    rest = below;
  }
  return [...rects, rest];
}

function cutTop(rect: Rect, rows: number): readonly [Rect, Rect] {
  const height = Math.max(0, Math.min(rows, rect.height));
  return [
    { ...rect, height },
    { ...rect, y: rect.y + height, height: rect.height - height },
  ];
}

function cutBottom(rect: Rect, rows: number): readonly [Rect, Rect] {
  return cutTop(rect, rect.height - rows);
}

function cutLeft(rect: Rect, columns: number): readonly [Rect, Rect] {
  const width = Math.max(0, Math.min(columns, rect.width));
  return [
    { ...rect, width },
    { ...rect, x: rect.x + width, width: rect.width - width },
  ];
}
