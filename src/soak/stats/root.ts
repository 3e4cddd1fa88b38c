/** Where an increasing function crosses zero. */

/**
 * The root of `f` above 0, by bisection to double precision: slow and certain. `f` increases and is negative at 0;
 * `guess` > 0 is doubled until it lies beyond the root, at most up to `limit`.
 */
export function increasingRoot(
  f: (x: number) => number,
  guess: number,
  limit: number = Number.POSITIVE_INFINITY,
): number {
  let low = 0;
  let high = Math.min(guess, limit);
  while (high < limit && f(high) < 0) {
    low = high;
    high = Math.min(2 * high, limit);
  }
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
}
