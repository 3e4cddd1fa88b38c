import type { LogSearch } from '../log/contract.js';

/** What was typed as a search: `/.../` is a regular expression, all else is text; null for nothing. */
export function searchIn(text: string): LogSearch | null {
  if (text === '') return null;
  const expression = /^\/(.+)\/$/.exec(text)?.[1];
  return expression === undefined ? { pattern: text, regexp: false } : { pattern: expression, regexp: true };
}

/** Why it cannot be used, for people; null when it can. */
export function searchProblem(search: LogSearch | null): string | null {
  if (search === null || !search.regexp) return null;
  try {
    new RegExp(search.pattern);
    return null;
  } catch {
    return 'That is not a regular expression.';
  }
}
