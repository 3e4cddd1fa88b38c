import { createContext, Script } from 'node:vm';
import type { LogRecord } from '../../session/log-store.js';
import type { LogFilter, LogSearch } from './contract.js';

/** Characters of a row that are matched. */
const MATCHED = 4096;
/** For some hundred rows; a pattern that is not hostile needs a hundredth of it. Ms. */
const BATCH_MS = 25;
/** For one row, when its batch took too long: on a busy machine it may not have been the pattern. Ms. */
const ROW_MS = 100;

/** Places in a text: from, to. */
export type Range = readonly [from: number, to: number];

/** What a filter or a search looks for. */
export interface Matcher {
  /** Which of `rows` match; null when the pattern takes too long: it is not to be asked again. */
  test(rows: readonly LogRecord[]): readonly boolean[] | null;
  /** Where it is found in each text, in order, without overlap; as far as it can be said in time. */
  ranges(texts: readonly string[]): readonly (readonly Range[])[];
}

/** A sentence for the user: why the pattern can't be used. */
export interface PatternProblem {
  readonly problem: string;
}

export const TOO_SLOW: PatternProblem = { problem: 'the pattern takes too long on these rows; make it simpler' };

export function isProblem(value: object): value is PatternProblem {
  return 'problem' in value;
}

const EVENTS: Matcher = { test: (rows) => rows.map((row) => row.kind === 'event'), ranges: () => [] };

/** The matcher of a filter; null when everything passes. */
export function filterMatcher(filter: LogFilter): Matcher | PatternProblem | null {
  if (filter.kind === 'all') return null;
  if (filter.kind === 'events') return EVENTS;
  return filter.pattern === '' ? null : patternMatcher(filter.pattern, filter.kind === 'regexp');
}

export function searchMatcher(search: LogSearch): Matcher | PatternProblem {
  return patternMatcher(search.pattern, search.regexp);
}

function patternMatcher(pattern: string, regexp: boolean): Matcher | PatternProblem {
  const source = regexp ? pattern : pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  let expression: RegExp;
  try {
    expression = new RegExp(source, hasUpperCase(regexp ? pattern.replace(/\\./g, '') : pattern) ? 'g' : 'gi');
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/[a-z]*: /s, '') : 'syntax';
    return { problem: `the pattern can't be used: ${reason}` };
  }
  const find = (text: string): readonly Range[] => rangesOf(expression, text.slice(0, MATCHED));
  const has = ({ text }: LogRecord): boolean => {
    expression.lastIndex = 0;
    return expression.test(text.length > MATCHED ? text.slice(0, MATCHED) : text);
  };
  if (!regexp) return { test: (rows) => rows.map(has), ranges: (texts) => texts.map(find) };
  return {
    test: (rows) => guardedTest(rows, has),
    ranges(texts) {
      const found: (readonly Range[])[] = [];
      within(BATCH_MS, () => {
        for (const text of texts) found.push(find(text));
        return true;
      });
      return found;
    },
  };
}

function hasUpperCase(text: string): boolean {
  return text !== text.toLowerCase();
}

function rangesOf(expression: RegExp, text: string): readonly Range[] {
  const ranges: Range[] = [];
  expression.lastIndex = 0;
  for (let hit = expression.exec(text); hit !== null; hit = expression.exec(text)) {
    const [found] = hit;
    if (found === '') expression.lastIndex += 1;
    else ranges.push([hit.index, hit.index + found.length]);
  }
  return ranges;
}

/** A user's pattern may take exponential time on an innocent row: it runs where it can be stopped. */
function guardedTest(rows: readonly LogRecord[], has: (row: LogRecord) => boolean): readonly boolean[] | null {
  const results: boolean[] = [];
  const rest = (): true => {
    for (const row of rows.slice(results.length)) results.push(has(row));
    return true;
  };
  while (within(BATCH_MS, rest) === null) {
    const stuck = rows[results.length];
    if (stuck === undefined) break;
    const alone = within(ROW_MS, () => has(stuck));
    if (alone === null) return null;
    results.push(alone);
  }
  return results;
}

const sandbox: { run: () => unknown } = { run: () => null };
const context = createContext(sandbox);
const script = new Script('run()');

/** What `run` gives; null when it is not done in time. V8 stops a regular expression too. */
function within<T>(ms: number, run: () => T): T | null {
  sandbox.run = run;
  try {
    return script.runInContext(context, { timeout: ms }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  } finally {
    sandbox.run = () => null;
  }
}
