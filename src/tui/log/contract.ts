/** The log pane as the rest of the screen sees it: `LogPane` (log-pane.tsx) draws, `reduceLog` (reduce.ts) decides. */
import type { LogStore } from '../../session/log-store.js';

export type LogFilter =
  | { readonly kind: 'all' }
  | { readonly kind: 'events' }
  /** Upper and lower case differ only where the pattern has upper case. */
  | { readonly kind: 'text' | 'regexp'; readonly pattern: string };

export interface LogSearch {
  readonly pattern: string;
  readonly regexp: boolean;
}

/** A place in the log: row number (`LogRecord.n`), and which of its screen lines where a row is wrapped, from 0. */
export interface LogPlace {
  readonly n: number;
  readonly line: number;
}

export interface LogPaneState {
  /** What the first screen line shows; null: follows the newest row. */
  readonly top: LogPlace | null;
  readonly filter: LogFilter;
  readonly search: LogSearch | null;
  /** Row number of the match that the search stands on; null before the first. */
  readonly match: number | null;
  /** A search that has not yet seen the whole log: the nearest match at or above this row is wanted. */
  readonly seeking: number | null;
  /** Long rows go on in the next screen line, or are cut. */
  readonly wrap: boolean;
  /** Nothing but the text, to be copied. */
  readonly plain: boolean;
  /** For the user, until the next action: `search went on from the top`. */
  readonly notice: string | null;
}

export type LogAction =
  /** By screen lines; negative is older. Scrolling to the end follows again. */
  | { readonly type: 'scroll'; readonly lines: number }
  /** By screens, with one line in common; -0.5 is half a screen to older rows. */
  | { readonly type: 'page'; readonly pages: number }
  | { readonly type: 'home' }
  /** To the newest row, and follows. */
  | { readonly type: 'end' }
  /** Pauses, or follows again. */
  | { readonly type: 'pause' }
  | { readonly type: 'follow' }
  | { readonly type: 'filter'; readonly filter: LogFilter }
  /** Goes to the newest match at or above the last line shown; null ends the search. */
  | { readonly type: 'search'; readonly search: LogSearch | null }
  /** To the next newer match, or the next older; goes on at the other end. */
  | { readonly type: 'next' }
  | { readonly type: 'previous' }
  | { readonly type: 'wrap' }
  | { readonly type: 'plain' }
  /** Ends search and filter. */
  | { readonly type: 'clear' };

/** What the pane shows of: `width` and `height` in cells, the header line included. */
export interface LogViewport {
  readonly store: LogStore;
  readonly width: number;
  readonly height: number;
  readonly showTime: boolean;
}

/**
 * Render it again whenever the store may have new rows: a frame in which nothing changed costs next to nothing.
 * One state per board; `width` x `height` cells are filled exactly, the first line is the header.
 */
export interface LogPaneProps extends LogViewport {
  readonly state: LogPaneState;
  readonly focused: boolean;
  /** Name of the board. */
  readonly label: string;
}

export const initialLogPane: LogPaneState = {
  top: null,
  filter: { kind: 'all' },
  search: null,
  match: null,
  seeking: null,
  wrap: false,
  plain: false,
  notice: null,
};
