import type { Clock } from '../clock.js';

/** Thrown into code that waits when the CPU it runs on is reset. */
export class RunEnded extends Error {
  constructor() {
    super('The CPU was reset.');
    this.name = 'RunEnded';
  }
}

/** One life of the CPU, from a reset to the next: everything that code on it started ends with it. */
export class Run {
  readonly #clock: Clock;
  #ended = false;
  #halted = false;
  readonly #onEnd = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The CPU stops dead, but is not reset: nothing that waits on it ever goes on. */
  halt(): void {
    this.#halted = true;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const listeners = [...this.#onEnd];
    this.#onEnd.clear();
    for (const listener of listeners) listener();
  }

  /** Calls `listener` when the CPU is reset. */
  onEnd(listener: () => void): void {
    this.#onEnd.add(listener);
  }

  /** Calls `run` after `ms` unless the CPU is reset before. */
  after(ms: number, run: () => void): () => void {
    if (this.#ended) return () => undefined;
    const timer = this.#clock.after(ms, () => {
      this.#onEnd.delete(cancel);
      if (!this.#halted) run();
    });
    const cancel = (): void => {
      timer.cancel();
      this.#onEnd.delete(cancel);
    };
    this.#onEnd.add(cancel);
    return cancel;
  }

  /** Resolves after `ms`; rejects with `RunEnded` when the CPU is reset before. */
  sleep(ms: number): Promise<void> {
    return this.until((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Resolves when `start`'s callback is called; rejects with `RunEnded` when the CPU is reset before. */
  until<T>(start: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new RunEnded());
        return;
      }
      const ended = (): void => reject(new RunEnded());
      this.#onEnd.add(ended);
      start((value) => {
        if (this.#halted) return;
        this.#onEnd.delete(ended);
        resolve(value);
      });
    });
  }

  /** The CPU is stuck: ends only with a reset. */
  forever(): Promise<never> {
    return this.until<never>(() => undefined);
  }

  /** Gives the CPU's faults their chance: does not come back when it was halted or reset. */
  async checkpoint(): Promise<void> {
    if (this.#halted || this.#ended) await this.forever();
  }

  /** Runs code on this CPU: a reset ends it quietly, anything else that is thrown goes to `failed`. */
  start(code: () => Promise<void>, failed: (error: unknown) => void): void {
    code().catch((error: unknown) => {
      if (!(error instanceof RunEnded)) failed(error);
    });
  }
}
