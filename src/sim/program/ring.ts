/**
 * A byte queue between two threads: one side writes, the other reads, neither locks. Two counters in shared words say
 * how many bytes were ever written and read (modulo 2^32); the capacity is a power of two so that they may wrap.
 */
export interface Ring {
  readonly words: Int32Array;
  /** Index of the counter "written"; "read" is the word after it. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Bytes that wait to be read. */
export function ringUsed({ words, at }: Ring): number {
  return (Atomics.load(words, at) - Atomics.load(words, at + 1)) >>> 0;
}

export function ringFree(ring: Ring): number {
  return ring.bytes.length - ringUsed(ring);
}

/** Takes as much of `data` as fits, and says how much that was. Only for the writing side. */
export function ringWrite(ring: Ring, data: Uint8Array): number {
  const count = Math.min(data.length, ringFree(ring));
  if (count === 0) return 0;
  const written = Atomics.load(ring.words, ring.at);
  const start = written & (ring.bytes.length - 1);
  const first = Math.min(count, ring.bytes.length - start);
  ring.bytes.set(data.subarray(0, first), start);
  if (first < count) ring.bytes.set(data.subarray(first, count), 0);
  Atomics.store(ring.words, ring.at, (written + count) | 0);
  return count;
}

/** Copies the oldest bytes to `into` without taking them; returns how many. */
export function ringPeek(ring: Ring, into: Uint8Array): number {
  const count = Math.min(into.length, ringUsed(ring));
  const start = Atomics.load(ring.words, ring.at + 1) & (ring.bytes.length - 1);
  const first = Math.min(count, ring.bytes.length - start);
  into.set(ring.bytes.subarray(start, start + first), 0);
  if (first < count) into.set(ring.bytes.subarray(0, count - first), first);
  return count;
}

/** Drops the oldest `count` bytes, which must be there. Only for the reading side. */
export function ringSkip(ring: Ring, count: number): void {
  Atomics.add(ring.words, ring.at + 1, count);
}

/** Takes the oldest bytes; returns how many. Only for the reading side. */
export function ringRead(ring: Ring, into: Uint8Array): number {
  const count = ringPeek(ring, into);
  ringSkip(ring, count);
  return count;
}

/** Empties it; only while no other thread uses it. */
export function ringReset({ words, at }: Ring): void {
  Atomics.store(words, at, 0);
  Atomics.store(words, at + 1, 0);
}
