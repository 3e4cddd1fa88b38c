import type { LogRecord } from '../../session/log-store.js';
import type { LogPaneState, LogPlace, LogViewport } from './contract.js';
import { type Columns, columnsOf, textLines } from './layout.js';
import { isProblem, type PatternProblem, TOO_SLOW } from './matcher.js';
import { type Finder, LogMemo } from './memo.js';
import { allRows, indexedRows, type Rows } from './rows.js';

/** The header takes one line of the pane. */
const HEADER_LINES = 1;

/** What a state shows of a store in a viewport: the rows in question and how many screen lines each takes. */
export interface Screen {
  readonly viewport: LogViewport;
  readonly rows: Rows;
  readonly columns: Columns;
  /** Screen lines for rows. */
  readonly height: number;
  readonly memo: LogMemo;
  /** Names what the lines of a row depend on, beside the row. */
  readonly look: string;
  readonly wrap: boolean;
  readonly plain: boolean;
  readonly filter: Finder | PatternProblem | null;
  readonly search: Finder | PatternProblem | null;
  linesOf(row: LogRecord): readonly string[];
}

/** Brings the indexes of filter and search nearer to the end of the log for about `budget` ms. */
export function screenOf(state: LogPaneState, viewport: LogViewport, budget: number): Screen {
  const end = performance.now() + budget;
  const { store, width, height, showTime } = viewport;
  const { wrap, plain } = state;
  const memo = LogMemo.of(store);
  const filter = advanced(memo.filtered(state.filter), end);
  const search = state.search === null ? null : advanced(memo.found(state.filter, state.search), end);
  const columns = columnsOf({ width, showTime, plain, searching: state.search !== null });
  const look = `${columns.text} ${wrap} ${plain}`;
  return {
    viewport,
    rows: filter === null || isProblem(filter) ? allRows(store) : indexedRows(filter.index),
    columns,
    height: Math.max(0, height - HEADER_LINES),
    memo,
    look,
    wrap,
    plain,
    filter,
    search,
    linesOf(row) {
      const known = memo.lines(look);
      const lines = known.get(row.n) ?? textLines(row, columns.text, wrap, plain);
      known.set(row.n, lines);
      return lines;
    },
  };
}

function advanced(finder: Finder | PatternProblem | null, end: number): Finder | PatternProblem | null {
  if (finder === null || isProblem(finder)) return finder;
  finder.index.advance(end - performance.now());
  return finder.index.tooSlow ? TOO_SLOW : finder;
}

/** True while an index has rows to look at. */
export function isBusy({ filter, search }: Screen): boolean {
  return [filter, search].some((finder) => finder !== null && !isProblem(finder) && !finder.index.complete);
}

export function compare(a: LogPlace, b: LogPlace): number {
  return a.n === b.n ? a.line - b.line : a.n - b.n;
}

function heightOf(screen: Screen, n: number): number {
  if (!screen.wrap) return 1;
  const row = screen.viewport.store.at(n);
  return row === undefined ? 1 : screen.linesOf(row).length;
}

/** The place `lines` screen lines further down, or the last there is. */
export function down(screen: Screen, from: LogPlace, lines: number): LogPlace {
  let { n, line } = from;
  for (let left = lines; ; ) {
    const below = heightOf(screen, n) - 1 - line;
    if (left <= below) return { n, line: line + left };
    const next = screen.rows.atOrNewer(n + 1);
    if (next === null) return { n, line: line + below };
    left -= below + 1;
    n = next;
    line = 0;
  }
}

/** The place `lines` screen lines further up, or the first there is. */
export function up(screen: Screen, from: LogPlace, lines: number): LogPlace {
  let { n, line } = from;
  for (let left = lines; ; ) {
    if (left <= line) return { n, line: line - left };
    const next = screen.rows.atOrOlder(n - 1);
    if (next === null) return { n, line: 0 };
    left -= line + 1;
    n = next;
    line = heightOf(screen, n) - 1;
  }
}

/** The first place, and the first of the last screenful; null while there are no rows. */
export function ends(screen: Screen): { readonly first: LogPlace; readonly end: LogPlace } | null {
  const oldest = screen.rows.atOrNewer(0);
  const newest = screen.rows.atOrOlder(Number.MAX_SAFE_INTEGER);
  if (oldest === null || newest === null) return null;
  const last = { n: newest, line: heightOf(screen, newest) - 1 };
  return { first: { n: oldest, line: 0 }, end: up(screen, last, Math.max(0, screen.height - 1)) };
}

/** Where the screen begins: the state's place, as near as the rows that are kept and pass the filter allow. */
export function topOf({ top }: LogPaneState, screen: Screen): LogPlace | null {
  const bounds = ends(screen);
  if (bounds === null || top === null) return bounds?.end ?? null;
  const n = screen.rows.atOrNewer(top.n);
  if (n === null) return bounds.end;
  const place = { n, line: n === top.n ? Math.min(top.line, heightOf(screen, n) - 1) : 0 };
  return compare(place, bounds.end) > 0 ? bounds.end : place;
}

/** The last place on the screen. */
export function bottomOf(screen: Screen, top: LogPlace): LogPlace {
  return down(screen, top, Math.max(0, screen.height - 1));
}
