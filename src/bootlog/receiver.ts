/**
 * What an 8N1 receiver makes of bytes that were sent at another baud. A model of its own, kept apart from the
 * virtual board's on purpose: a mistake in one must not be hidden by the same mistake in the other.
 */

/** How the receiver goes on after a stop bit that was low. */
export type AfterFramingError =
  /** Waits until the line is high again, then for the next falling edge. */
  | 'wait-for-idle'
  /** Takes the low stop bit for the start bit of the next byte, as the 16550 does. */
  | 'take-as-start';

export interface Receiver {
  /** Receiver bits in one sender bit: receiver baud / sender baud. */
  readonly ratio: number;
  /** Where the receiver's 16-fold clock stands at the first edge, 0 to 1 of one tick. */
  readonly phase: number;
  readonly afterFramingError: AfterFramingError;
}

/** Samples in one bit: edges are seen at the next tick only. */
const OVERSAMPLING = 16;

/** A sample nearer to an edge than this, in receiver bits, may turn out either way: one tick, and some error of baud. */
const FRAGILE = 0.09;

export interface Received {
  readonly bytes: Uint8Array;
  /** For each byte the bits whose samples were too near to an edge to rely on. */
  readonly fragile: Uint8Array;
}

/** The bytes received for `sent`, sent without gaps out of an idle line. Bytes with a framing error are kept. */
export function receive(sent: Uint8Array, receiver: Receiver): Received {
  const levels = waveform(sent);
  const { ratio } = receiver;
  const level = (t: number): number => levels[Math.floor(t / ratio)] ?? 1;
  const end = levels.length * ratio;
  const out: number[] = [];
  const fragile: number[] = [];
  let start = seen(nextFall(levels, 0, ratio), receiver);
  while (start < end) {
    if (level(start + 0.5) === 1) {
      start = seen(nextFall(levels, start + 0.5, ratio), receiver);
      continue;
    }
    let byte = 0;
    let unsure = 0;
    for (let bit = 0; bit < 8; bit++) {
      const t = start + 1.5 + bit;
      byte |= level(t) << bit;
      if (level(t - FRAGILE) !== level(t + FRAGILE)) unsure |= 1 << bit;
    }
    out.push(byte);
    fragile.push(unsure);
    const stop = start + 9.5;
    if (level(stop) === 0 && receiver.afterFramingError === 'take-as-start') start += 9;
    else start = seen(nextFall(levels, stop, ratio), receiver);
  }
  return { bytes: Uint8Array.from(out), fragile: Uint8Array.from(fragile) };
}

/** One entry a bit: start bit, eight data bits from the lowest, stop bit. */
function waveform(sent: Uint8Array): Uint8Array {
  const levels = new Uint8Array(sent.length * 10);
  sent.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit++) levels[i * 10 + 1 + bit] = (byte >> bit) & 1;
    levels[i * 10 + 9] = 1;
  });
  return levels;
}

/** Time of the first change from high to low after `from`; Infinity when there is none. */
function nextFall(levels: Uint8Array, from: number, ratio: number): number {
  let i = Math.floor(from / ratio);
  if (from <= 0 && levels[0] === 0) return 0;
  while (i < levels.length && levels[i] === 0) i++;
  while (i < levels.length && levels[i] === 1) i++;
  return i < levels.length ? i * ratio : Number.POSITIVE_INFINITY;
}

function seen(edge: number, receiver: Receiver): number {
  return (Math.ceil(edge * OVERSAMPLING - receiver.phase) + receiver.phase) / OVERSAMPLING;
}
