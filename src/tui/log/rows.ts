import type { LogStore } from '../../session/log-store.js';
import type { RowIndex } from './row-index.js';

/** The rows that a filter lets through, by number. */
export interface Rows {
  /** The first row at or above `n`, the last at or below; null when there is none. */
  atOrNewer(n: number): number | null;
  atOrOlder(n: number): number | null;
  countNewer(n: number): number;
}

export function allRows(store: LogStore): Rows {
  const inside = (n: number): number | null => (n >= store.first && n <= store.last ? n : null);
  return {
    atOrNewer: (n) => inside(Math.max(n, store.first)),
    atOrOlder: (n) => inside(Math.min(n, store.last)),
    countNewer: (n) => Math.max(0, store.last - Math.max(n, store.first - 1)),
  };
}

/** As far as `index` has come. */
export function indexedRows(index: RowIndex): Rows {
  const get = (i: number): number | null => (i >= 0 && i < index.size ? index.at(i) : null);
  return {
    atOrNewer: (n) => get(index.countBelow(n)),
    atOrOlder: (n) => get(index.countBelow(n + 1) - 1),
    countNewer: (n) => index.size - index.countBelow(n + 1),
  };
}
