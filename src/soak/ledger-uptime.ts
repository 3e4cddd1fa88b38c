/** Restarts that nobody saw, by the uptime that the board tells in its telemetry. */

/** The sketch's line carries both; any other "uptime" may be in whatever unit. */
const BESIDE_UPTIME = ['freeHeap', 'heap', 'largestBlock', 'rssi'] as const;
/** Uptime in whole seconds and the time of its line, ms. */
const SLACK_MS = 1_500;
/** The same boot seen twice differs by lateness of the lines, ms. */
const LATE_MS = 10_000;
/** Until the sketch's clock starts after a reset: a second stage may copy an update meanwhile, ms. */
const BOOT_MS = 30_000;
/** A line that waited in a buffer while nobody watched comes at once, and is older than it looks, ms. */
const STALE_MS = 5_000;

/** A point in the board's life: at `t` it had been running for `ms`. */
interface Sign {
  readonly t: number;
  readonly ms: number;
  readonly isReset: boolean;
}

export interface UptimeFinding {
  /** When the board restarted unseen; null when it ran on. */
  readonly restartedAt: number | null;
  /** The earlier sign of life that this one was held against. */
  readonly since: number;
}

/** The uptime in seconds of a telemetry event, and whether its unit is certain; null when it has none. */
export function uptimeOf(
  values: Readonly<Record<string, number>>,
): { readonly s: number; readonly certain: boolean } | null {
  const s = values['uptime'];
  if (s === undefined || !Number.isFinite(s) || s < 0) return null;
  return { s, certain: BESIDE_UPTIME.some((name) => values[name] !== undefined) };
}

export class UptimeWatch {
  #last: Sign | null = null;

  /** A reset was seen. */
  reset(t: number): void {
    this.#last = { t, ms: 0, isReset: true };
  }

  /** @param lastGapEnd when the watch last came back from a gap. Null when nothing can be said. */
  told(
    t: number,
    { s, certain }: { readonly s: number; readonly certain: boolean },
    lastGapEnd: number | null,
  ): UptimeFinding | null {
    const last = this.#last;
    const ms = s * 1000;
    if (last === null) {
      this.#last = { t, ms, isReset: false };
      return null;
    }
    const start = t - ms;
    const buffered = lastGapEnd !== null && lastGapEnd > last.t && t - lastGapEnd < STALE_MS;
    if (last.isReset) {
      const older = start < last.t - LATE_MS;
      const restarted = certain && start - last.t > BOOT_MS;
      // What was on the wire when the reset came tells of the life before it.
      if ((t - last.t < STALE_MS && (older || !certain)) || (restarted && buffered)) return null;
      this.#last = { t, ms, isReset: false };
      if (!certain || older) return null;
      return { restartedAt: restarted ? start : null, since: last.t };
    }
    const backward = ms < last.ms;
    const later = certain && start >= last.t - SLACK_MS && start - (last.t - last.ms) > LATE_MS;
    if (later && !backward && buffered) return null;
    this.#last = { t, ms, isReset: false };
    if (!backward && !later) return certain ? { restartedAt: null, since: last.t } : null;
    return { restartedAt: Math.min(t, Math.max(start, last.t)), since: last.t };
  }
}
