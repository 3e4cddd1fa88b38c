import type { LogStore } from '../../session/log-store.js';
import type { LogFilter, LogSearch } from './contract.js';
import { filterMatcher, isProblem, type Matcher, type PatternProblem, type Range, searchMatcher } from './matcher.js';
import { RowIndex } from './row-index.js';

/** Rows whose lines are kept; a page has some dozen. */
const KEPT_ROWS = 1024;
/** Indexes that are kept for a store: filter, search, and those of a moment ago. */
const KEPT_INDEXES = 4;

export interface Finder {
  /** Names what is looked for. */
  readonly key: string;
  readonly matcher: Matcher;
  readonly index: RowIndex;
}

/** Values by row number, for one key at a time; forgets everything rather than grow. */
class Cache<V> {
  readonly #values = new Map<number, V>();
  #key = '';

  of(key: string): Map<number, V> {
    if (key !== this.#key || this.#values.size >= KEPT_ROWS) this.#values.clear();
    this.#key = key;
    return this.#values;
  }
}

/** What was worked out from one store's rows. Nothing is in it that could not be worked out again. */
export class LogMemo {
  static readonly #all = new WeakMap<LogStore, LogMemo>();
  readonly #store: LogStore;
  readonly #lines = new Cache<readonly string[]>();
  readonly #ranges = new Cache<readonly Range[]>();
  /** The latest used last. */
  readonly #finders = new Map<string, Finder | PatternProblem | null>();

  private constructor(store: LogStore) {
    this.#store = store;
  }

  static of(store: LogStore): LogMemo {
    let memo = LogMemo.#all.get(store);
    if (memo === undefined) {
      memo = new LogMemo(store);
      LogMemo.#all.set(store, memo);
    }
    return memo;
  }

  /** The text of rows on their screen lines; `look` names everything that they depend on. */
  lines(look: string): Map<number, readonly string[]> {
    return this.#lines.of(look);
  }

  /** Where a search is found in rows as they are shown; `look` names the search too. */
  ranges(look: string): Map<number, readonly Range[]> {
    return this.#ranges.of(look);
  }

  /** The rows that pass a filter; null when all do. */
  filtered(filter: LogFilter): Finder | PatternProblem | null {
    return this.#finder(JSON.stringify(filter), () => filterMatcher(filter));
  }

  /** The rows that pass the filter and hold what is searched for. */
  found(filter: LogFilter, search: LogSearch): Finder | PatternProblem {
    const finder = this.#finder(JSON.stringify([filter, search]), () => {
      const wanted = searchMatcher(search);
      const passes = filterMatcher(filter);
      return isProblem(wanted) || passes === null || isProblem(passes) ? wanted : both(passes, wanted);
    });
    return finder ?? { problem: '' };
  }

  #finder(key: string, matcherOf: () => Matcher | PatternProblem | null): Finder | PatternProblem | null {
    let finder = this.#finders.get(key);
    if (finder === undefined) {
      const matcher = matcherOf();
      finder =
        matcher === null || isProblem(matcher) ? matcher : { key, matcher, index: new RowIndex(this.#store, matcher) };
    }
    this.#finders.delete(key);
    this.#finders.set(key, finder);
    for (const old of this.#finders.keys()) {
      if (this.#finders.size <= KEPT_INDEXES) break;
      this.#finders.delete(old);
    }
    return finder;
  }
}

function both(first: Matcher, second: Matcher): Matcher {
  return {
    test(rows) {
      const passed = first.test(rows);
      if (passed === null) return null;
      const left = rows.filter((_row, i) => passed[i] === true);
      const results = second.test(left);
      if (results === null) return null;
      let at = 0;
      return passed.map((pass) => pass && results[at++] === true);
    },
    ranges: second.ranges,
  };
}
