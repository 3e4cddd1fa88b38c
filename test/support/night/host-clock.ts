import type { Clock, Timer, VirtualClock } from '../../../src/clock.js';
import type { HostClocks } from '../../../src/journal/time-base.js';

interface Alarm {
  readonly due: number;
  readonly run: () => void;
  timer: Timer | null;
}

/** The computer's own time: it stands still while the computer sleeps, and so do the timers. */
export class HostClock implements Clock {
  readonly #world: VirtualClock;
  readonly #alarms = new Set<Alarm>();
  #slept = 0;
  #asleepSince: number | null = null;
  #wallOffset: number;

  /** @param epoch wall time now, in ms since 1970. */
  constructor(world: VirtualClock, epoch: number) {
    this.#world = world;
    this.#wallOffset = epoch - world.now();
  }

  /** What the operating system tells a process. */
  get clocks(): HostClocks {
    return {
      wall: () => this.#world.now() + this.#wallOffset,
      mono: () => this.now(),
      boot: () => this.#world.now() + 1_000_000,
    };
  }

  get isAsleep(): boolean {
    return this.#asleepSince !== null;
  }

  now(): number {
    return (this.#asleepSince ?? this.#world.now()) - this.#slept;
  }

  after(ms: number, run: () => void): Timer {
    const alarm: Alarm = { due: this.now() + Math.max(0, ms), run, timer: null };
    this.#alarms.add(alarm);
    if (!this.isAsleep) this.#arm(alarm);
    return {
      cancel: () => {
        alarm.timer?.cancel();
        this.#alarms.delete(alarm);
      },
    };
  }

  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }

  sleep(): void {
    this.#asleepSince = this.#world.now();
    for (const alarm of this.#alarms) alarm.timer?.cancel();
  }

  wake(): void {
    this.#slept += this.#world.now() - (this.#asleepSince ?? this.#world.now());
    this.#asleepSince = null;
    for (const alarm of this.#alarms) this.#arm(alarm);
  }

  #arm(alarm: Alarm): void {
    alarm.timer = this.#world.after(alarm.due - this.now(), () => {
      this.#alarms.delete(alarm);
      alarm.run();
    });
  }
}

/** The timers of one process: they are gone when it is killed. */
export class ProcessClock implements Clock {
  readonly #host: Clock;
  readonly #timers = new Set<Timer>();
  #killed = false;

  constructor(host: Clock) {
    this.#host = host;
  }

  now(): number {
    return this.#host.now();
  }

  after(ms: number, run: () => void): Timer {
    if (this.#killed) return { cancel: () => undefined };
    const timer = this.#host.after(ms, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        timer.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  kill(): void {
    this.#killed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
