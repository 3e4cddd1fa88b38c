/** What happens in a night, written down before it. Times and durations are ms; times count from the begin of the run. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const NIGHT_MS = 8 * HOUR;

export type SketchMode = 'web-server' | 'mqtt-client';

/** What the board keeps in its flash, and what it is made to do. */
export interface SketchSettings {
  mode: SketchMode;
  /** Bytes a minute. */
  leak: number;
  mute: boolean;
}

/** Something that restarts the board at once. */
export type ResetKind =
  | 'soft-watchdog'
  | 'exception'
  | 'panic'
  | 'out-of-memory'
  | 'hardware-watchdog'
  | 'restart'
  | 'button'
  | 'power';

export type BoardEvent =
  /** `place` tells crashes of one kind apart. */
  | { readonly do: 'reset'; readonly at: number; readonly kind: ResetKind; readonly place: number }
  /** Crashes a moment after each start, so many times. */
  | { readonly do: 'boot-loop'; readonly at: number; readonly resets: number; readonly kind: ResetKind }
  /** The button with GPIO0 held low; the button once more at the end, without. */
  | { readonly do: 'bootloader'; readonly at: number; readonly forMs: number }
  /** Prints nothing and answers nothing; its clock goes on. */
  | { readonly do: 'mute'; readonly at: number; readonly forMs: number }
  | { readonly do: 'wifi-away'; readonly at: number; readonly forMs: number }
  | { readonly do: 'broker-away'; readonly at: number; readonly forMs: number }
  /** The broker comes back with a certificate that nobody trusts until the end. */
  | { readonly do: 'certificate'; readonly at: number; readonly forMs: number }
  | {
      readonly do: 'cable';
      readonly at: number;
      readonly forMs: number;
      /** Whether the board has a supply of its own. */
      readonly power: 'kept' | 'lost';
      /** A reset of a board with a supply of its own, while nobody sees it; null = none. */
      readonly resetAt: number | null;
      readonly newName: boolean;
    };

export type HostEvent =
  | {
      readonly do: 'suspend';
      readonly at: number;
      readonly forMs: number;
      readonly resetAt: number | null;
    }
  | { readonly do: 'clock-step'; readonly at: number; readonly ms: number }
  /** `power-cut`: what was not synced is lost, too. */
  | {
      readonly do: 'kill';
      readonly at: number;
      readonly forMs: number;
      readonly how: 'kill' | 'power-cut';
      readonly resetAt: number | null;
    }
  | { readonly do: 'disk-full'; readonly at: number; readonly forMs: number };

export interface BoardScript {
  readonly mode: SketchMode;
  /** Heap lost in a minute, bytes. */
  readonly leak: number;
  readonly events: readonly BoardEvent[];
}

export interface Night {
  readonly seed: number;
  readonly durationMs: number;
  readonly boards: readonly BoardScript[];
  readonly host: readonly HostEvent[];
  readonly cycleModesMs: number | null;
}
