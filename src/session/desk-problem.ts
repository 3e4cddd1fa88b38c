import { EspwatchError, messageOf } from '../errors.js';
import { printable } from '../printable.js';
import type { Problem } from './desk-types.js';

const SHOWN = 500;

/** Anything that was thrown, as it is shown. `t` in ms since 1970. */
export function problemOf(error: unknown, t: number): Problem {
  const known = error instanceof EspwatchError;
  return {
    code: known ? error.code : 'UNEXPECTED',
    message: printable(messageOf(error), SHOWN),
    hint: known ? printable(error.hint, SHOWN) : 'This is a bug in espwatch: please report it.',
    t,
  };
}
