import { initialLogPane, type LogAction, type LogPaneState, type LogPlace, type LogViewport } from './contract.js';
import { isProblem } from './matcher.js';
import type { RowIndex } from './row-index.js';
import { bottomOf, compare, down, ends, type Screen, screenOf, topOf, up } from './screen.js';

/** For an index to come nearer to the answer before a key is answered, in ms. */
const KEY_BUDGET_MS = 15;

/** What a key does to the pane. Pure, but for what the store's indexes have come to know meanwhile. */
export function reduceLog(before: LogPaneState, action: LogAction, viewport: LogViewport): LogPaneState {
  const state = { ...settled(before, screenOf(before, viewport, 0)), notice: null };
  const screenFor = (next: LogPaneState): Screen => screenOf(next, viewport, KEY_BUDGET_MS);
  switch (action.type) {
    case 'scroll':
      return moved(state, screenFor(state), action.lines);
    case 'page': {
      const screen = screenFor(state);
      const lines = Math.abs(action.pages) * screen.height - (Number.isInteger(action.pages) ? 1 : 0);
      return moved(state, screen, Math.sign(action.pages) * Math.max(1, Math.floor(lines)));
    }
    case 'home': {
      const bounds = ends(screenFor(state));
      if (bounds === null || compare(bounds.first, bounds.end) === 0) return state;
      return { ...state, top: { n: viewport.store.first, line: 0 } };
    }
    case 'end':
    case 'follow':
      return { ...state, top: null };
    case 'pause':
      return { ...state, top: state.top === null ? topOf(state, screenFor(state)) : null };
    case 'filter': {
      const next = { ...state, filter: action.filter, seeking: null };
      return { ...next, match: keptMatch(next, screenFor(next)) };
    }
    case 'search': {
      const none = { ...state, search: action.search, match: null, seeking: null };
      return action.search === null || action.search.pattern === ''
        ? { ...none, search: null }
        : searched(none, screenFor(none));
    }
    case 'next':
      return stepped(state, screenFor(state), 1);
    case 'previous':
      return stepped(state, screenFor(state), -1);
    case 'wrap':
      return { ...state, wrap: !state.wrap, top: wholeRow(state.top) };
    case 'plain':
      return { ...state, plain: !state.plain, top: wholeRow(state.top) };
    case 'clear':
      return { ...state, filter: initialLogPane.filter, search: null, match: null, seeking: null };
  }
}

function wholeRow(top: LogPlace | null): LogPlace | null {
  return top === null ? null : { n: top.n, line: 0 };
}

function moved(state: LogPaneState, screen: Screen, lines: number): LogPaneState {
  const bounds = ends(screen);
  const top = topOf(state, screen);
  if (bounds === null || top === null) return state;
  if (lines < 0) {
    const place = up(screen, top, -lines);
    return compare(place, top) === 0 ? state : { ...state, top: place };
  }
  const place = down(screen, top, lines);
  return { ...state, top: compare(place, bounds.end) >= 0 ? null : place };
}

function indexOf({ search }: Screen): RowIndex | null {
  return search === null || isProblem(search) ? null : search.index;
}

function keptMatch({ match }: LogPaneState, screen: Screen): number | null {
  return match !== null && screen.rows.atOrNewer(match) === match ? match : null;
}

function searched(state: LogPaneState, screen: Screen): LogPaneState {
  const top = topOf(state, screen);
  return top === null ? state : sought(state, screen, bottomOf(screen, top).n);
}

/** Goes to the nearest match at or above row `from`; on from the newest when there is none. */
function sought(state: LogPaneState, screen: Screen, from: number): LogPaneState {
  const index = indexOf(screen);
  if (index === null) return { ...state, seeking: null };
  const at = index.countBelow(from + 1) - 1;
  if (at >= 0) return shown({ ...state, seeking: null }, screen, index.at(at));
  if (!index.complete) return { ...state, seeking: from };
  return index.size === 0
    ? { ...state, seeking: null, notice: 'nothing found' }
    : { ...shown(state, screen, index.at(index.size - 1)), seeking: null, notice: 'search went on from the end' };
}

/** A search that was under way, as far as its index has come since. */
export function settled(state: LogPaneState, screen: Screen): LogPaneState {
  return state.seeking === null ? state : sought(state, screen, state.seeking);
}

function stepped(state: LogPaneState, screen: Screen, step: 1 | -1): LogPaneState {
  const index = indexOf(screen);
  const top = topOf(state, screen);
  if (index === null || top === null)
    return { ...state, notice: state.search === null ? 'no search to go on with' : null };
  if (step === -1) return sought(state, screen, (state.match ?? bottomOf(screen, top).n + 1) - 1);
  const from = (state.match ?? top.n - 1) + 1;
  const at = index.countBelow(from);
  const known = index.complete || index.lowest <= from;
  if (at < index.size && known) return shown(state, screen, index.at(at));
  if (!index.complete) return { ...state, notice: 'still searching' };
  return index.size === 0
    ? { ...state, notice: 'nothing found' }
    : { ...shown(state, screen, index.at(0)), notice: 'search went on from the top' };
}

/** Puts a match on the screen, and stays there: rows where they are if it is on the screen, else in the middle. */
function shown(state: LogPaneState, screen: Screen, match: number): LogPaneState {
  const top = topOf(state, screen);
  const place = { n: match, line: 0 };
  const visible = top !== null && compare(top, place) <= 0 && compare(place, bottomOf(screen, top)) <= 0;
  return { ...state, match, top: visible ? top : up(screen, place, Math.floor(screen.height / 2)) };
}
