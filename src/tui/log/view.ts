import type { LogRecord } from '../../session/log-store.js';
import type { LogPaneProps, LogPaneState, LogPlace } from './contract.js';
import { headerText } from './header.js';
import { markOf, timeText } from './layout.js';
import { isProblem, type Range } from './matcher.js';
import { type Paint, paintFound } from './paint.js';
import { settled } from './reduce.js';
import { isBusy, type Screen, screenOf, topOf } from './screen.js';

/** For filter and search while a frame is made, in ms. */
const FRAME_BUDGET_MS = 4;

export interface LogView {
  /** Exactly as many as the pane is high, none wider than it; the first is the header. */
  readonly lines: readonly string[];
  /** True while filter or search have rows to look at: the view is worth making again soon. */
  readonly busy: boolean;
}

/** What the pane shows now. Only the rows on the screen are looked at. */
export function viewLog(props: LogPaneProps, paint: Paint): LogView {
  const screen = screenOf(props.state, props, FRAME_BUDGET_MS);
  const state = settled(props.state, screen);
  const top = topOf(state, screen);
  const header = headerText(state, screen, top, props.label, props.focused);
  const lines = [paint(props.focused ? 'focused' : 'title', header)];
  const rows = rowsFrom(top, screen);
  const ranges = rangesIn(rows, screen);
  rows.forEach((row, i) => {
    const from = i === 0 && top !== null ? top.line : 0;
    const shown = rowLines(row, screen, paint, state, ranges.get(row.n) ?? null);
    lines.push(...shown.slice(from, from + screen.height));
  });
  lines.length = Math.min(lines.length, Math.max(0, props.height));
  while (lines.length < props.height) lines.push('');
  return { lines, busy: isBusy(screen) };
}

/** The rows of which some line is on the screen. */
function rowsFrom(top: LogPlace | null, screen: Screen): readonly LogRecord[] {
  const rows: LogRecord[] = [];
  let left = screen.height + (top?.line ?? 0);
  for (let n = top?.n ?? null; n !== null && left > 0; n = screen.rows.atOrNewer(n + 1)) {
    const row = screen.viewport.store.at(n);
    if (row === undefined) break;
    rows.push(row);
    left -= screen.linesOf(row).length;
  }
  return rows;
}

function rowLines(
  row: LogRecord,
  screen: Screen,
  paint: Paint,
  { plain, match }: LogPaneState,
  ranges: readonly Range[] | null,
): string[] {
  const { gutter, time } = screen.columns;
  const current = row.n === match;
  const found = ranges === null ? '  ' : current ? '▸ ' : '· ';
  let at = -markOf(row, plain).length;
  return screen.linesOf(row).map((text, i) => {
    const body =
      ranges === null
        ? paint(row.tone, text)
        : paintFound(paint, row.tone, text, at, ranges, current ? 'match' : 'found');
    at += text.length;
    const stamp = i === 0 ? paint('time', timeText(row.t, time)) : ' '.repeat(time);
    return `${gutter === 0 ? '' : i === 0 ? found : '  '}${stamp}${body}`;
  });
}

/** Where the search is found in the rows that match, in characters of their lines after the mark. */
function rangesIn(rows: readonly LogRecord[], screen: Screen): ReadonlyMap<number, readonly Range[]> {
  const { search, memo, look } = screen;
  if (search === null || isProblem(search)) return new Map();
  const { index, matcher, key } = search;
  const known = memo.ranges(`${look} ${key}`);
  // A pattern runs only on rows on which it is known to end in time.
  const open = rows.filter(({ n }) => !known.has(n) && index.has(n));
  if (open.length === 0) return known;
  const texts = open.map((row) => screen.linesOf(row).join('').slice(markOf(row, screen.plain).length));
  const found = matcher.ranges(texts);
  open.forEach(({ n }, i) => {
    known.set(n, found[i] ?? []);
  });
  return known;
}
