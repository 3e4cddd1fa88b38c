/** What a computer's clocks say, in ms. */
export interface HostClocks {
  /** Since 1970; may be set forth or back at any time. */
  wall(): number;
  /** Never goes back; stands still while the computer sleeps, on most platforms. */
  mono(): number;
  /** Since the computer was started, also while it slept; may be as coarse as 1 s. */
  boot(): number;
}

/** The shape of the journal's `host` entry. `ms` is negative when the clock was set back. */
export interface HostReport {
  readonly t: number;
  readonly what: 'suspended' | 'clock-stepped';
  readonly ms: number;
}

export interface TimeBaseOptions {
  /** The last time of the run that is gone on with: time never goes back, whatever the wall clock does meanwhile. */
  readonly notBefore?: number;
}

/** Less is jitter, a leap second, or the coarseness of `boot`. */
const NOTICED_MS = 2_000;
/** How far `boot` may be off. */
const COARSE_MS = 1_000;
/** A process that did not come to its turn for so long was stopped, or the computer slept and `mono` counted it. */
const STALLED_MS = 15_000;
const NOTHING: readonly HostReport[] = [];
/** How fast clocks may drift apart without a step: twice what NTP may slew, in parts of the time that passed. */
const DRIFT = 0.001;

/**
 * The run's own time: the wall clock's as it began, then the time that passed since, sleep included. Steps of the wall
 * clock do not show in it. Sleep shows as soon as anybody looks.
 */
export class TimeBase {
  readonly #clocks: HostClocks;
  readonly #start: number;
  readonly #mono0: number;
  /** Time slept that `mono` did not count. */
  #slept = 0;
  /** What `boot - mono` and `wall - t` are without sleep and steps; they follow slow drift. */
  #bootOffset: number;
  #wallOffset: number;
  #lookedAt: number;
  #polledAt: number | null = null;
  #reports: HostReport[] = [];

  constructor(clocks: HostClocks, options: TimeBaseOptions = {}) {
    this.#clocks = clocks;
    const [wall, mono, boot] = [clocks.wall(), clocks.mono(), clocks.boot()];
    this.#start = Math.max(wall, options.notBefore ?? wall);
    this.#mono0 = mono;
    this.#bootOffset = boot - mono;
    this.#wallOffset = wall - this.#start;
    this.#lookedAt = mono;
  }

  /** The run's time in ms, with fractions; never goes back. */
  now(): number {
    const mono = this.#clocks.mono();
    // The wall clock is cheap to read and moves with everything that matters; `boot` is asked only when it did.
    if (Math.abs(this.#clocks.wall() - this.#at(mono) - this.#wallOffset) >= NOTICED_MS) this.#look(mono);
    return this.#at(mono);
  }

  /** What happened to the computer since the last call; to be called every second or so. */
  poll(): readonly HostReport[] {
    const mono = this.#clocks.mono();
    const stalled = mono - (this.#polledAt ?? mono);
    this.#polledAt = mono;
    this.#look(mono);
    if (stalled >= STALLED_MS) this.#reports.push({ t: this.#at(mono), what: 'suspended', ms: stalled });
    return this.#reports.splice(0);
  }

  /** As `poll`, for whoever asks at every turn: looks at the clocks only when something has shown, or nobody came for long. */
  news(): readonly HostReport[] {
    const stalled = this.#polledAt !== null && this.#clocks.mono() - this.#polledAt >= STALLED_MS;
    return stalled || this.#reports.length > 0 ? this.poll() : NOTHING;
  }

  #at(mono: number): number {
    return this.#start + (mono - this.#mono0) + this.#slept;
  }

  #look(mono: number): void {
    const drift = (mono - this.#lookedAt) * DRIFT;
    this.#lookedAt = mono;
    const boot = this.#clocks.boot() - mono - this.#bootOffset;
    const wall = this.#clocks.wall() - this.#at(mono) - this.#wallOffset;
    let asleep = 0;
    if (boot >= NOTICED_MS || (wall >= NOTICED_MS && wall - boot <= COARSE_MS)) {
      // Where both clocks tell of the same sleep the wall clock is the finer one.
      asleep = Math.abs(wall - boot) < NOTICED_MS ? wall : boot;
      this.#slept += asleep;
      this.#bootOffset += boot;
      this.#reports.push({ t: this.#at(mono), what: 'suspended', ms: asleep });
    } else {
      this.#bootOffset += Math.min(drift, Math.max(-drift, boot));
    }
    const moved = wall - asleep;
    if (Math.abs(moved) >= NOTICED_MS) {
      this.#wallOffset += moved;
      this.#reports.push({ t: this.#at(mono), what: 'clock-stepped', ms: moved });
    } else {
      this.#wallOffset += Math.min(drift, Math.max(-drift, moved));
    }
  }
}
