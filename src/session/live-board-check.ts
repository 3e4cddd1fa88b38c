import { claimedVias } from '../board/crosscheck.js';
import type { BoardEvent } from '../board/events.js';
import type { Clock, Timer } from '../clock.js';
import { aborted } from '../errors.js';
import type { CrossCheck } from './desk-types.js';
import { crossCheck, type NetworkAccess, type Reachable } from './detect.js';
import type { BoardSession } from './session.js';

/** After a mode line a second one may follow, and the server behind it needs a moment. */
const SETTLE_MS = 800;

export interface CheckerOptions {
  readonly session: BoardSession;
  readonly network: () => Promise<NetworkAccess>;
  readonly known: () => Reachable;
  readonly clock: Clock;
  readonly now: () => number;
  readonly everyMs: number;
  readonly onResult: (check: CrossCheck) => void;
}

/**
 * Asks the board over the network soon after it has said its mode and then again and again, as long as nobody else
 * works on it. A reset ends an attempt: its answers would be those of another run.
 */
export class BackgroundCheck {
  readonly #options: CheckerOptions;
  #timer: Timer | null = null;
  #attempt: AbortController | null = null;
  #paused = false;
  #closed = false;

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** True while what is asked is asked by nobody but us. */
  get asking(): boolean {
    return this.#attempt !== null;
  }

  hear(event: BoardEvent): void {
    switch (event.type) {
      case 'mode':
        this.#stop();
        this.#later(SETTLE_MS);
        return;
      case 'rom-banner':
      case 'reset-commanded':
      case 'switch-commanded':
      case 'link':
        this.#stop();
        // A board that came back without a word goes on being asked.
        this.#later(this.#options.everyMs);
        return;
      default:
    }
  }

  pause(): void {
    this.#paused = true;
    this.#stop();
  }

  /** `asked`: the work that is over has done the same. */
  resume(asked: boolean): void {
    this.#paused = false;
    this.#stop();
    this.#later(asked ? this.#options.everyMs : SETTLE_MS);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#attempt?.abort(aborted('The cross-check'));
    this.#attempt = null;
  }

  #later(ms: number): void {
    if (this.#paused || this.#closed) return;
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = null;
      void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    const { session, network, known, now, onResult, everyMs } = this.#options;
    if (session.link.isOpen && claimedVias(session.state.mode) !== null) {
      const attempt = new AbortController();
      this.#attempt = attempt;
      try {
        const found = await crossCheck(session, await network(), attempt.signal, known());
        if (!attempt.signal.aborted) onResult({ t: now(), ...found });
      } catch {
        // Cancelled, or the network access is not to be had now: it is asked again.
      }
      // Whoever stopped this attempt has also said when the next one is due.
      if (this.#attempt !== attempt) return;
      this.#attempt = null;
    }
    this.#later(everyMs);
  }
}
