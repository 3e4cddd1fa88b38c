import { withoutSecrets } from '../secrets.js';

const CAP = 200;
/** Patterns look at no more than this: a hostile answer must not buy time with backtracking. */
const LOOK = 2_000;
/** Controls, separators, format characters (bidi overrides, zero widths) and lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
const SECRET_KEY = /pass|pwd|psk|secret|token|credential|private|(^|[_-])pw($|[_-])|^key$|api_?key/i;
/** Text from elsewhere as one printable line of at most `cap` characters; a cut is shown by an ellipsis. */
export function evidenceLine(text: string, cap: number = CAP): string {
  const line = text
    .replace(/[\r\n\t]+/g, ' ')
    .replace(UNPRINTABLE, '.')
    .trim();
  const characters = Array.from(line.slice(0, cap * 2 + 2));
  return characters.length <= cap ? characters.join('') : `${characters.slice(0, cap - 1).join('')}…`;
}

/** A JSON object as evidence: what the system says of itself first, secrets blanked, inner objects not opened. */
export function jsonEvidence(object: Readonly<Record<string, unknown>>): string {
  const ours = (key: string): number => (/^SYS_/i.test(key) ? 0 : 1);
  const entries = Object.entries(object).sort(([a], [b]) => ours(a) - ours(b));
  return evidenceLine(JSON.stringify(Object.fromEntries(entries.map(([key, value]) => [key, shown(key, value)]))));
}

function shown(key: string, value: unknown): unknown {
  if (SECRET_KEY.test(key)) return '***';
  return typeof value === 'object' && value !== null ? '…' : value;
}

/**
 * What was received, as evidence. A page is named by its title and never quoted: configuration pages
 * carry their passwords in attributes and scripts.
 */
export function textEvidence(text: string): string {
  const start = text.slice(0, LOOK);
  if (/<[a-z!/][^<>]*>/i.test(start)) {
    const title = /<title[^<>]*>([^<]*)/i.exec(start)?.[1]?.trim() ?? '';
    return evidenceLine(title === '' ? 'an HTML page' : `an HTML page "${evidenceLine(title, 60)}"`);
  }
  return evidenceLine(withoutSecrets(start));
}
