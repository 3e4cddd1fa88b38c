import type { Clock, Timer } from '../clock.js';

/** Runs `work` at once when asked, and again after `ms` when asked in between: as often as that at most. */
export class FrameRate {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #work: () => void;
  #timer: Timer | null = null;
  #again = false;

  constructor(clock: Clock, ms: number, work: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#work = work;
  }

  request(): void {
    if (this.#timer !== null) this.#again = true;
    else this.#run();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#again = false;
  }

  #run(): void {
    this.#again = false;
    this.#timer = this.#clock.after(this.#ms, () => {
      this.#timer = null;
      if (this.#again) this.#run();
    });
    this.#work();
  }
}
