import type { LogRecord } from '../../session/log-store.js';
import type { LogPaneProps } from './contract.js';
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
  let row = top === null ? undefined : props.store.at(top.n);
  for (let from = top?.line ?? 0; row !== undefined && lines.length <= screen.height; from = 0) {
    lines.push(...rowLines(row, screen, paint, state.plain, state.match).slice(from, from + screen.height));
    const next = screen.rows.atOrNewer(row.n + 1);
    row = next === null ? undefined : props.store.at(next);
  }
  lines.length = Math.min(lines.length, Math.max(0, props.height));
  while (lines.length < props.height) lines.push('');
  return { lines, busy: isBusy(screen) };
}

function rowLines(row: LogRecord, screen: Screen, paint: Paint, plain: boolean, match: number | null): string[] {
  const { gutter, time } = screen.columns;
  const texts = screen.linesOf(row);
  const mark = markOf(row, plain).length;
  const ranges = rangesOf(row, texts, screen, mark);
  const current = row.n === match;
  const found = ranges === null ? '  ' : current ? '▸ ' : '· ';
  let at = 0;
  return texts.map((text, i) => {
    const body =
      ranges === null
        ? paint(row.tone, text)
        : paintFound(paint, row.tone, text, at, ranges, current ? 'match' : 'found');
    at += text.length;
    const stamp = i === 0 ? paint('time', timeText(row.t, time)) : ' '.repeat(time);
    return `${gutter === 0 ? '' : i === 0 ? found : '  '}${stamp}${body}`;
  });
}

/** Where the search is found in the row, in characters of its lines; null when the row is no match. */
function rangesOf(row: LogRecord, texts: readonly string[], screen: Screen, mark: number): readonly Range[] | null {
  const { search, memo, look } = screen;
  if (search === null || isProblem(search)) return null;
  // A pattern runs only on rows on which it is known to end in time.
  const { index, matcher } = search;
  if (!index.has(row.n)) return null;
  return memo.ranges(`${look} ${search.key}`, row.n, () =>
    matcher.ranges(texts.join('').slice(mark)).map(([from, to]) => [from + mark, to + mark] as const),
  );
}
