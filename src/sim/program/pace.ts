import { CALL_PENDING, type SharedBoard, STATE, WORD } from './layout.js';
import type { BoardCall, BoardMessage } from './messages.js';
import { WatchdogBark } from './traps.js';

const SHORT_NAP_MS = 1;
const LONG_NAP_MS = 5;
/** Idle turns of `loop()` before the naps get longer: about half a second. */
const TURNS_TO_LONG_NAP = 500;
/** Longest sleep without feeding the watchdog. */
const SLICE_MS = 200;

/** How the board waits, and tells the host that there is something to see. Board side. */
export class Pace {
  readonly #words: Int32Array;
  readonly #post: (message: BoardMessage) => void;
  readonly #start = performance.now();
  #bellSeen = 0;
  #moved = false;
  #idleTurns = 0;

  constructor(board: SharedBoard, post: (message: BoardMessage) => void) {
    this.#words = board.words;
    this.#post = post;
  }

  /** Milliseconds since the program started, with fractions. */
  uptime(): number {
    return performance.now() - this.#start;
  }

  /** Tells the host to look at the rings and words; one message is enough until it has looked. */
  signalHost(): void {
    if (Atomics.exchange(this.#words, WORD.hostBell, 1) === 0) this.#post(0);
  }

  /** Bytes have moved: the program is busy, so it gets no nap in this turn. */
  moved(): void {
    this.#moved = true;
  }

  /** Ends the program here if the software watchdog has run out. */
  check(): void {
    if (Atomics.load(this.#words, WORD.bark) !== 0) throw new WatchdogBark();
  }

  feed(): void {
    Atomics.add(this.#words, WORD.feed, 1);
  }

  delay(ms: number): void {
    const end = performance.now() + ms;
    this.#until(() => performance.now() >= end, end);
    this.#moved = true;
  }

  /** Blocks, fed, until `done` or for `limitMs`; `done` is asked again whenever the host rings the bell. */
  waitFor(done: () => boolean, limitMs = Number.POSITIVE_INFINITY): boolean {
    return this.#until(done, performance.now() + limitMs);
  }

  /** `yield()`: the SDK gets its turn. Naps if nothing has happened since the last one. */
  yield(): void {
    this.#relax(SHORT_NAP_MS);
  }

  /** The end of one `loop()`. */
  turn(): void {
    this.#idleTurns = this.#relax(this.#idleTurns < TURNS_TO_LONG_NAP ? SHORT_NAP_MS : LONG_NAP_MS)
      ? this.#idleTurns + 1
      : 0;
  }

  /** Asks the host and blocks for its answer; the watchdog does not count meanwhile. */
  call(message: BoardCall): number {
    const words = this.#words;
    Atomics.store(words, WORD.call, CALL_PENDING);
    Atomics.store(words, WORD.state, STATE.waiting);
    this.#post(message);
    this.waitFor(() => Atomics.load(words, WORD.call) !== CALL_PENDING);
    Atomics.store(words, WORD.state, STATE.running);
    this.#moved = true;
    return Atomics.load(words, WORD.call);
  }

  #relax(napMs: number): boolean {
    this.feed();
    const bell = Atomics.load(this.#words, WORD.bell);
    const idle = !this.#moved && bell === this.#bellSeen;
    this.#moved = false;
    if (idle) this.#sleep(bell, napMs);
    this.#bellSeen = bell;
    return idle;
  }

  #until(done: () => boolean, end: number): boolean {
    for (;;) {
      this.check();
      // Read before `done` is asked: a bell that rings in between is not missed.
      const bell = Atomics.load(this.#words, WORD.bell);
      this.feed();
      if (done()) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      this.#sleep(bell, Math.min(left, SLICE_MS));
    }
  }

  /** The one place where a board blocks: any bell since `bell` ends it at once. */
  #sleep(bell: number, ms: number): void {
    Atomics.wait(this.#words, WORD.bell, bell, ms);
  }
}
