import { cleanText, cutCells } from './cells.js';
import type { LogPaneState, LogPlace } from './contract.js';
import { isProblem } from './matcher.js';
import { bottomOf, type Screen } from './screen.js';

/** The pane's first line: whose log, following or paused, filter and search; what matters most first. */
export function headerText(
  state: LogPaneState,
  screen: Screen,
  top: LogPlace | null,
  label: string,
  focused: boolean,
): string {
  const parts = [
    cleanText(label),
    motion(state, screen, top),
    state.notice,
    search(state, screen),
    filter(state, screen),
    dropped(state, screen),
    state.plain ? 'plain' : null,
    state.wrap ? 'wrapped' : null,
  ].filter((part) => part !== null);
  return cutCells(`${focused ? '▸ ' : '  '}${parts.join(' · ')}`, Math.max(1, screen.viewport.width));
}

function motion({ top: wanted }: LogPaneState, screen: Screen, top: LogPlace | null): string {
  if (wanted === null) return 'following';
  const below = top === null ? 0 : screen.rows.countNewer(bottomOf(screen, top).n);
  return below === 0 ? 'paused' : `paused, ${count(below)} below`;
}

function search({ search, match }: LogPaneState, { search: finder }: Screen): string | null {
  if (search === null || finder === null) return null;
  const what = `search ${quoted(search.pattern, search.regexp)}`;
  if (isProblem(finder)) return `${what}: ${finder.problem}`;
  const { index } = finder;
  const at = match === null ? '-' : count(index.countBelow(match) + 1);
  return `${what} ${at}/${count(index.size)}${percent(index)}`;
}

function filter({ filter }: LogPaneState, { filter: finder }: Screen): string | null {
  if (finder === null || filter.kind === 'all') return null;
  const what = filter.kind === 'events' ? 'events only' : `only ${quoted(filter.pattern, filter.kind === 'regexp')}`;
  if (isProblem(finder)) return `${what}: ${finder.problem}`;
  return `${what} (${count(finder.index.size)})${percent(finder.index)}`;
}

function percent({ complete, progress }: { readonly complete: boolean; readonly progress: number }): string {
  return complete ? '' : ` ${Math.floor(progress * 100)} %`;
}

function dropped({ top }: LogPaneState, { viewport: { store } }: Screen): string | null {
  if (store.first <= 1) return null;
  return top !== null && top.n < store.first
    ? 'older rows were dropped'
    : `${count(store.first - 1)} older rows dropped`;
}

function quoted(pattern: string, regexp: boolean): string {
  return regexp ? `/${cleanText(pattern)}/` : `"${cleanText(pattern)}"`;
}

/** `1,204`. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}
