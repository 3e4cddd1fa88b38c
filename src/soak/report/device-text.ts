import { printable } from '../../printable.js';

// A name that promises a secret, then its value up to the end of the line, the quoted text, or the query parameter.
const NAMED =
  /((?:pass(?:word|phrase|wd)?|pwd|psk|secret|token|api[-_]?key)[\w-]*["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^\s&,;]+)/gi;
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;

/** Text that came from a board, a network or a person's plan, made fit for a file that is mailed around. */
export function deviceText(text: string, limit = 500): string {
  return printable(text, limit)
    .replace(USER_INFO, '$1***@')
    .replace(NAMED, '$1***')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
