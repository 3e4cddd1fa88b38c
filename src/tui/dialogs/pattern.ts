export interface Pattern {
  readonly pattern: string;
  readonly regexp: boolean;
  /** Why it cannot be used, for people. */
  readonly problem: string | null;
}

/** What was typed as a search: `/.../` is a regular expression, all else is text; null for nothing. */
export function patternIn(text: string): Pattern | null {
  if (text === '') return null;
  const expression = /^\/(.+)\/$/.exec(text)?.[1];
  if (expression === undefined) return { pattern: text, regexp: false, problem: null };
  try {
    new RegExp(expression, 'u');
    return { pattern: expression, regexp: true, problem: null };
  } catch {
    return { pattern: expression, regexp: true, problem: 'That is not a regular expression.' };
  }
}
