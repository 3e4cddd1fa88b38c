import { printable } from '../../printable.js';
import { withoutSecrets } from '../../secrets.js';

/** More is not looked at: it would not be shown either. */
const LOOK = 4096;

/** Text that came from a board, a network or a person's plan, in one printable line of at most `limit` characters. */
export function deviceText(text: string, limit = 500): string {
  const line = printable(withoutSecrets(text.slice(0, LOOK)), limit);
  return line.replace(/\p{Surrogate}/gu, '\ufffd');
}
