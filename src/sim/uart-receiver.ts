const START_BIT = 0;
const STOP_BIT = 9;

/** Bit times of one 8N1 byte: start bit, 8 data bits from the least significant, stop bit. */
export const BITS_PER_BYTE = 10;
/** Equal rates within this share are heard without error, so the bits need not be walked (ESP8266.md 10). */
export const BAUD_TOLERANCE = 0.03;

/** Milliseconds that one 8N1 byte takes at `baud` (ESP8266.md 9.1). */
export function byteTime(baud: number): number {
  return (BITS_PER_BYTE * 1000) / baud;
}

export function ratesMatch(sender: number, receiver: number): boolean {
  return Math.abs(receiver / sender - 1) <= BAUD_TOLERANCE;
}

/**
 * A UART receiver at a rate of its own: it starts at a falling edge, samples the middle of each bit, delivers the byte
 * as sampled even when the stop bit is wrong, and then looks for the next falling edge. Times are milliseconds on any
 * one axis, which must not run backwards.
 */
export class UartReceiver {
  #baud: number;
  #level: 0 | 1 = 1;
  /** Where the waveform is known up to. */
  #at = 0;
  /** Time of the falling edge of the byte under way, or null between bytes. */
  #edge: number | null = null;
  #bit = START_BIT;
  #value = 0;
  #out: number[] = [];

  constructor(baud: number) {
    this.#baud = baud;
  }

  get baud(): number {
    return this.#baud;
  }

  set baud(baud: number) {
    this.#baud = baud;
  }

  /** Milliseconds at which the byte under way will be complete if the line stays idle; null between bytes. */
  get completeAt(): number | null {
    return this.#edge === null ? null : this.#edge + byteTime(this.#baud);
  }

  /** What is heard of `bytes`, sent back to back at `txBaud` from `start` on. */
  hear(bytes: Uint8Array, txBaud: number, start: number): Uint8Array {
    this.#idle(start);
    const end = start + bytes.length * byteTime(txBaud);
    if (this.#edge === null && this.#out.length === 0 && this.#level === 1 && ratesMatch(txBaud, this.#baud)) {
      this.#at = end;
      return bytes;
    }
    const bit = 1000 / txBaud;
    let count = 0;
    for (const byte of bytes) {
      // Nine data-carrying bit times and the stop bit as one word, so that equal neighbours form one run.
      const frame = (byte << 1) | 0x200;
      for (let i = 0; i < BITS_PER_BYTE; i++) {
        count++;
        this.#run(((frame >> i) & 1) as 0 | 1, start + count * bit);
      }
    }
    return this.#take();
  }

  /** The line has been idle (high) up to `until`; gives the byte that this completes, if one does. */
  idle(until: number): Uint8Array {
    this.#idle(until);
    return this.#take();
  }

  /** Forgets a byte under way, as when the receiver is switched off. */
  reset(): void {
    this.#edge = null;
    this.#level = 1;
    this.#out = [];
  }

  #idle(until: number): void {
    if (until > this.#at) this.#run(1, until);
  }

  #take(): Uint8Array {
    if (this.#out.length === 0) return new Uint8Array(0);
    const out = Uint8Array.from(this.#out);
    this.#out = [];
    return out;
  }

  /** The line is at `level` from where it was known up to `until`. */
  #run(level: 0 | 1, until: number): void {
    if (this.#edge === null && level === 0 && this.#level === 1) {
      this.#edge = this.#at;
      this.#bit = START_BIT;
      this.#value = 0;
    }
    const bit = 1000 / this.#baud;
    while (this.#edge !== null && this.#edge + (this.#bit + 0.5) * bit < until) this.#sample(level);
    this.#level = level;
    this.#at = until;
  }

  #sample(level: 0 | 1): void {
    if (this.#bit === START_BIT && level === 1) {
      this.#edge = null;
      return;
    }
    if (this.#bit === STOP_BIT) {
      this.#out.push(this.#value);
      this.#edge = null;
      return;
    }
    if (this.#bit > START_BIT) this.#value |= level << (this.#bit - 1);
    this.#bit++;
  }
}

/** Level changes that `bytes` make on an idle line, the autobaud's measure (ESP8266.md 3.4): start bit to stop bit. */
export function countEdges(bytes: Uint8Array): number {
  let edges = 0;
  for (const byte of bytes) {
    const frame = (byte << 1) | 0x200;
    let last = 1;
    for (let i = 0; i < BITS_PER_BYTE; i++) {
      const level = (frame >> i) & 1;
      if (level !== last) edges++;
      last = level;
    }
  }
  return edges;
}
