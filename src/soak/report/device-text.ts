import { printable } from '../../printable.js';

// A name that promises a secret, then its value: quoted, or up to a space or separator.
const NAMED =
  /((?:pass(?:word|phrase|wd)?|pwd|psk|secret|token|credential|api[-_]?key)[\w-]*["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^\s&,;]+)/gi;
const USER_INFO = /([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]+@/gi;
/** Patterns look at no more than this: hostile text must not buy time with backtracking. */
const LOOK = 4000;

/** Passwords in addresses and behind telling names are blanked; a report is mailed around. */
export function withoutSecrets(text: string): string {
  const kept = text.length > LOOK ? `${text.slice(0, LOOK)}…` : text;
  return kept.replace(USER_INFO, '$1***@').replace(NAMED, '$1***');
}

/** Text that came from a board, a network or a person's plan, in one printable line of at most `limit` characters. */
export function deviceText(text: string, limit = 500): string {
  const line = printable(withoutSecrets(text), limit);
  return line.replace(/\p{Surrogate}/gu, '\ufffd');
}
