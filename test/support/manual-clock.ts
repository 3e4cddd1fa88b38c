import type { Clock, Timer } from '../../src/clock.js';

interface Alarm {
  readonly ms: number;
  readonly run: () => void;
}

/**
 * A clock for code that talks to real sockets: a timer runs when the test says so, which is when the test has
 * seen what must have happened before.
 */
export class ManualClock implements Clock {
  #now = 0;
  readonly #alarms = new Set<Alarm>();
  readonly #waiting = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const alarm: Alarm = { ms, run };
    this.#alarms.add(alarm);
    for (const look of [...this.#waiting]) look();
    return { cancel: () => this.#alarms.delete(alarm) };
  }

  /** Resolves once a timer of this length is set, to what lets it fall due. */
  armed(ms: number): Promise<() => void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const alarm = [...this.#alarms].find((a) => a.ms === ms);
        if (alarm === undefined) return;
        this.#waiting.delete(look);
        resolve(() => this.#fire(alarm));
      };
      this.#waiting.add(look);
      look();
    });
  }

  #fire(alarm: Alarm): void {
    if (!this.#alarms.delete(alarm)) throw new Error(`the timer of ${alarm.ms} ms was cancelled`);
    this.#now += alarm.ms;
    alarm.run();
  }
}
