import type { Clock, Timer } from '../clock.js';
import { byteTime } from './uart-receiver.js';

/** 'real': every bit takes its time. 'none': no waiting for the UART or the flash. */
export type Timing = 'real' | 'none';

/** Bytes are handed over about this often while a burst is under way (as a USB bridge would), in ms. */
const DELIVERY_MS = 1;
/** Idle time on the line's axis after a burst when timing is off: more than any byte under way needs. */
const UNTIMED_GAP_MS = 100;

/** The far end of a wire. */
export interface LineEnd {
  /** `bytes` were sent back to back at `baud`; `start` = ms on the line's own axis at which the first start bit began. */
  take(bytes: Uint8Array, baud: number, start: number): void;
  /** Nothing was sent up to `until` (ms on the same axis). Gives the time at which a byte under way completes, or null. */
  idle(until: number): number | null;
}

interface Burst {
  readonly bytes: Uint8Array;
  readonly baud: number;
  readonly start: number;
  taken: number;
  readonly left: (() => void)[];
}

/**
 * One direction of a serial wire. Bytes queue behind each other and are delivered when their last bit is through: the
 * times are computed from the start of each burst, never added up from timers, so that nothing drifts.
 */
export class UartLine {
  readonly #clock: Clock;
  readonly #real: boolean;
  readonly #end: LineEnd;
  #queue: Burst[] = [];
  /** When the line is free again. Runs ahead of the clock when timing is off. */
  #free = 0;
  #timer: Timer | null = null;
  #pumping = false;
  #queued = 0;

  constructor(clock: Clock, timing: Timing, end: LineEnd) {
    this.#clock = clock;
    this.#real = timing === 'real';
    this.#end = end;
  }

  /** Bytes that have not left yet. */
  get pending(): number {
    return this.#queued;
  }

  /** Resolves when the last bit of `bytes` has been shifted out, or was thrown away by `discard`. */
  send(bytes: Uint8Array, baud: number): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const start = Math.max(this.#clock.now(), this.#free);
      this.#free = start + bytes.length * byteTime(baud);
      this.#queued += bytes.length;
      this.#queue.push({ bytes, baud, start, taken: 0, left: [resolve] });
      this.#arm();
    });
  }

  /** Resolves when everything that was sent so far has left. */
  drained(): Promise<void> {
    const last = this.#queue.at(-1);
    return last === undefined ? Promise.resolve() : new Promise((resolve) => last.left.push(resolve));
  }

  /** Delivers what is through by now: call it before either end changes its rate or is switched off. */
  catchUp(): void {
    this.#pump();
  }

  /** The sender stops at once: what has not left is lost. */
  discard(): void {
    this.#pump();
    const lost = this.#queue;
    this.#queue = [];
    this.#queued = 0;
    this.#free = this.#real ? this.#clock.now() : this.#free;
    for (const resolve of lost.flatMap((burst) => burst.left)) resolve();
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const lost = this.#queue;
    this.#queue = [];
    this.#queued = 0;
    for (const resolve of lost.flatMap((burst) => burst.left)) resolve();
  }

  #now(): number {
    return this.#real ? this.#clock.now() : Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    if (this.#timer !== null || this.#pumping) return;
    const due = this.#nextDue();
    if (due === null) return;
    const delay = this.#real ? Math.max(0, due - this.#clock.now()) : 0;
    this.#timer = this.#clock.after(delay, () => {
      this.#timer = null;
      this.#pump();
    });
  }

  /** The next delivery: a millisecond from now, but not before a byte is through nor after the last one is. */
  #nextDue(): number | null {
    const head = this.#queue[0];
    if (head === undefined) return null;
    const nextByte = head.start + (head.taken + 1) * byteTime(head.baud);
    return Math.max(nextByte, Math.min(this.#clock.now() + DELIVERY_MS, this.#free));
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const left: (() => void)[] = [];
    try {
      this.#deliver(left);
    } finally {
      this.#pumping = false;
    }
    for (const resolve of left) resolve();
    if (this.#queue.length > 0) this.#arm();
  }

  #deliver(left: (() => void)[]): void {
    const now = this.#now();
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const time = byteTime(head.baud);
      // A timer may fire a rounding error early; a thousandth of a byte settles it.
      const through = Math.min(head.bytes.length, Math.floor((now - head.start) / time + 0.001));
      if (through <= head.taken) break;
      const from = head.taken;
      head.taken = through;
      this.#queued -= through - from;
      if (through === head.bytes.length) {
        this.#queue.shift();
        left.push(...head.left);
      }
      this.#end.take(head.bytes.subarray(from, through), head.baud, head.start + from * time);
    }
    if (this.#queue.length === 0) this.#finishLast();
  }

  /** A receiver at another rate may still be inside a byte when the line goes idle. */
  #finishLast(): void {
    this.#free = this.#real ? Math.max(this.#clock.now(), this.#free) : this.#free + UNTIMED_GAP_MS;
    const open = this.#end.idle(this.#free);
    if (open === null || !this.#real || this.#timer !== null) return;
    this.#timer = this.#clock.after(Math.max(0, open - this.#clock.now()), () => {
      this.#timer = null;
      this.#pump();
    });
  }
}
