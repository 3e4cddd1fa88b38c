/** When a board was watched, and when it was not. */
import { Kept } from './ledger-kept.js';
import type { Gap, GapReason } from './ledger-types.js';

const GAPS = 2000;
/** A port that is not open this long after a part began was not there, ms. */
const OPENING_MS = 5_000;
/** Stretches that a sleep of the host may reach back into: it is noticed after what came at the wake-up. */
const RECENT = 8;
/** An uptime in whole seconds places a restart no better than this, ms. */
const UPTIME_SLACK_MS = 1_500;
/** Power that comes on so soon after the port came with the cable, ms. */
const PLUG_MS = 5_000;

type Watching = 'off' | 'opening' | 'on' | 'lost';

export class Watched {
  readonly #gaps = new Kept<Gap>(GAPS, (a, b) => a.from - b.from);
  #state: Watching = 'off';
  /** When this state began; null before the first part. */
  #since: number | null = null;
  /** Time watched before `#since`, ms. */
  #ms = 0;
  #recent: readonly { readonly from: number; readonly to: number }[] = [];

  get state(): Watching {
    return this.#state;
  }

  get gapsLeftOut(): number {
    return this.#gaps.leftOut;
  }

  /** A part begins. */
  begin(t: number): void {
    if (this.#since !== null) this.#gap(this.#since, t, 'not-running');
    this.#enter('opening', t);
  }

  /** A part ended, with its last sign of life. */
  stop(t: number): void {
    this.#leave(t);
    this.#enter('off', t);
  }

  /** Something was done or heard: the port has been open since the part began, or its loss would have been told. */
  heard(): void {
    if (this.#state === 'opening') this.#state = 'on';
  }

  /** The port is open. */
  opened(t: number): void {
    if (this.#state === 'on' || this.#state === 'off') return;
    if (this.#state === 'opening' && t - (this.#since ?? t) <= OPENING_MS) {
      this.#state = 'on';
      return;
    }
    this.#leave(t);
    this.#enter('on', t);
  }

  lost(t: number): void {
    if (this.#state === 'lost' || this.#state === 'off') return;
    // A port that was never there has been lost since the part began.
    if (this.#state === 'opening') {
      this.#state = 'lost';
      return;
    }
    this.#leave(t);
    this.#enter('lost', t);
  }

  /** The host slept. */
  suspended(from: number, to: number): void {
    if (this.#since === null || this.#state === 'off') return;
    this.#recent = this.#recent.flatMap((stretch) => {
      const overlap = { from: Math.max(from, stretch.from), to: Math.min(to, stretch.to) };
      if (overlap.to <= overlap.from) return [stretch];
      this.#ms -= overlap.to - overlap.from;
      this.#gap(overlap.from, overlap.to, 'suspended');
      return [
        { from: stretch.from, to: overlap.from },
        { from: overlap.to, to: stretch.to },
      ].filter((rest) => rest.to > rest.from);
    });
    const start = Math.max(from, this.#since);
    if (to <= start) return;
    const state = this.#state;
    this.#leave(start);
    this.#gap(start, to, 'suspended');
    this.#enter(state === 'opening' ? 'on' : state, to);
  }

  /** Whether the board was not watched at `t`, or about so: nobody knows better when a restart was. */
  wasAway(t: number): boolean {
    const away = ({ from, to }: Gap): boolean => t >= from - UPTIME_SLACK_MS && t <= to + UPTIME_SLACK_MS;
    for (let i = 1; i <= RECENT && i <= this.#gaps.length; i++) {
      const gap = this.#gaps.at(-i);
      if (gap !== undefined && away(gap)) return true;
    }
    return false;
  }

  /** Where the latest gap ended; null when there was none. */
  get lastGapEnd(): number | null {
    return this.#gaps.at(-1)?.to ?? null;
  }

  /** Power came on. Where that was with the cable, the boot ended the time that was not watched. */
  powered(t: number): void {
    const gap = this.#gaps.at(-1);
    if (gap?.reason !== 'port-lost' || t - gap.to > PLUG_MS) return;
    this.#gaps.replace(this.#gaps.length - 1, (g) => ({ ...g, restarted: true }));
  }

  /** What the board's uptime says of the gaps since `since`: it restarted at `restart`, or, with null, ran through. */
  judge(since: number, restart: number | null): void {
    for (let place = this.#gaps.length - 1; place >= 0; place--) {
      const gap = this.#gaps.at(place);
      if (gap === undefined || gap.to <= since) return;
      if (restart === null || gap.from > restart) this.#gaps.replace(place, (g) => ({ ...g, restarted: false }));
      else if (gap.to + UPTIME_SLACK_MS >= restart) this.#gaps.replace(place, (g) => ({ ...g, restarted: true }));
    }
  }

  /** Ms watched until `to`. */
  watchedMs(to: number): number {
    const open = this.#isWatching(to) ? Math.max(0, to - (this.#since ?? to)) : 0;
    return this.#ms + open;
  }

  gaps(to: number): readonly Gap[] {
    const since = this.#since;
    if (since === null || this.#state === 'off' || this.#isWatching(to) || to <= since) return this.#gaps.all();
    return [...this.#gaps.all(), { from: since, to, reason: 'port-lost' }];
  }

  #isWatching(to: number): boolean {
    return this.#state === 'on' || (this.#state === 'opening' && to - (this.#since ?? to) <= OPENING_MS);
  }

  #leave(t: number): void {
    const since = this.#since;
    if (since === null || this.#state === 'off' || t <= since) return;
    if (!this.#isWatching(t)) {
      this.#gap(since, t, 'port-lost');
      return;
    }
    this.#ms += t - since;
    this.#recent = [...this.#recent.slice(1 - RECENT), { from: since, to: t }];
  }

  #enter(state: Watching, t: number): void {
    this.#state = state;
    this.#since = Math.max(t, this.#since ?? t);
  }

  #gap(from: number, to: number, reason: GapReason): void {
    if (to > from) this.#gaps.push({ from, to, reason });
  }
}
