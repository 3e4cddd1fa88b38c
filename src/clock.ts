export interface Timer {
  cancel(): void;
}

/** Time as the product sees it, so that a test can run a night in milliseconds. All times are milliseconds. */
export interface Clock {
  /** Monotonic, with fractions. */
  now(): number;
  after(ms: number, run: () => void): Timer;
}

/** Timers of the system take more for "at once", ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    let handle: NodeJS.Timeout;
    const set = (left: number): void => {
      const rest = left - LONGEST_TIMER_MS;
      handle = rest > 0 ? setTimeout(() => set(rest), LONGEST_TIMER_MS) : setTimeout(run, left);
    };
    set(ms);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `ms` on `clock`; rejects with the signal's reason when aborted first. */
export function wait(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** `work`, unless `signal` aborts first: then its reason, while the work goes on unheard. */
export function orAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Resolves when the signal aborts, or at once when it has. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

interface Alarm {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that moves only when told to; alarms run in the order of their due times. */
export class VirtualClock implements Clock {
  readonly #turns: number;
  #now = 0;
  #order = 0;
  #alarms: Alarm[] = [];

  /** @param turns of the event loop in which an alarm's consequences come to an end; 1 where no real input or output is among them. */
  constructor(turns = 3) {
    this.#turns = turns;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const alarm: Alarm = { due: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((a) => a !== alarm);
      },
    };
  }

  /** Milliseconds until the next alarm, or undefined when none is set. */
  nextDue(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.due - this.#now;
  }

  /** Moves time on by `ms`, running every alarm that falls due, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle(this.#turns);
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      const due = next;
      this.#alarms = this.#alarms.filter((a) => a !== due);
      this.#now = Math.max(this.#now, due.due);
      due.run();
      await settle(this.#turns);
    }
    this.#now = end;
  }

  #next(): Alarm | undefined {
    let best: Alarm | undefined;
    for (const a of this.#alarms) {
      if (best === undefined || a.due < best.due || (a.due === best.due && a.order < best.order)) best = a;
    }
    return best;
  }
}

/** Lets promise chains and stream callbacks that are ready run to their end. */
async function settle(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
