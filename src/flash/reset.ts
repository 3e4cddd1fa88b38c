import { type Clock, wait } from '../clock.js';
import type { ModemLines, SerialLink } from '../serial/link.js';

/** How a board's EN (reset) and GPIO0 (strap) hang on the modem lines. */
export type Wiring = 'two-transistor' | 'direct' | 'swapped';

/** Levels at the chip; true = high. EN low holds the chip in reset; GPIO0 low when EN rises selects the loader. */
export interface Pins {
  readonly en: boolean;
  readonly gpio0: boolean;
}

/**
 * What the lines do to the pins.
 * `two-transistor`: NodeMCU, D1 mini and most others; both lines equal leave both pins high.
 * `direct`: RTS on RST and DTR on GPIO0 without transistors.
 * `swapped`: two transistors with DTR and RTS exchanged, or an adapter that drives its lines inverted.
 */
export function pinsOf({ dtr, rts }: ModemLines, wiring: Wiring): Pins {
  switch (wiring) {
    case 'two-transistor':
      return { en: !(rts && !dtr), gpio0: !(dtr && !rts) };
    case 'direct':
      return { en: !rts, gpio0: !dtr };
    case 'swapped':
      return { en: !(dtr && !rts), gpio0: !(rts && !dtr) };
  }
}

export interface ResetStep {
  readonly lines: ModemLines;
  readonly holdMs: number;
  /** What it does to the pins of the wiring it is meant for. */
  readonly effect: string;
}

export interface ResetSequence {
  readonly name: string;
  readonly wiring: Wiring;
  readonly steps: readonly ResetStep[];
}

const RELEASED: ModemLines = { dtr: false, rts: false };
const RTS_ONLY: ModemLines = { dtr: false, rts: true };
const DTR_ONLY: ModemLines = { dtr: true, rts: false };
const BOTH: ModemLines = { dtr: true, rts: true };

/** 550 ms: boards with a large capacitor on EN rise slowly (esptool's second delay). */
const SLOW_EN_MS = 550;

function enterLoader(name: string, gpio0HoldMs: number): ResetSequence {
  return {
    name,
    wiring: 'two-transistor',
    steps: [
      { lines: RTS_ONLY, holdMs: 100, effect: 'EN low, GPIO0 high: held in reset' },
      { lines: DTR_ONLY, holdMs: gpio0HoldMs, effect: 'EN rises while GPIO0 is low: the loader starts' },
      { lines: RELEASED, holdMs: 0, effect: 'both high: the loader runs on' },
    ],
  };
}

/** Ways into the serial loader, most likely first. All end with both lines released. */
export const LOADER_SEQUENCES: readonly ResetSequence[] = [
  enterLoader('classic', 50),
  enterLoader('classic, slow EN', SLOW_EN_MS),
  {
    name: 'direct',
    wiring: 'direct',
    steps: [
      { lines: BOTH, holdMs: 100, effect: 'EN low, GPIO0 low: held in reset with the strap already set' },
      { lines: DTR_ONLY, holdMs: 50, effect: 'EN rises while GPIO0 is low: the loader starts' },
      { lines: RELEASED, holdMs: 0, effect: 'both high: the loader runs on' },
    ],
  },
  {
    name: 'swapped',
    wiring: 'swapped',
    steps: [
      { lines: DTR_ONLY, holdMs: 100, effect: 'EN low, GPIO0 high: held in reset' },
      { lines: RTS_ONLY, holdMs: 50, effect: 'EN rises while GPIO0 is low: the loader starts' },
      { lines: RELEASED, holdMs: 0, effect: 'both high: the loader runs on' },
    ],
  },
];

/** EN really goes low and GPIO0 is high when it rises (esptool-js 0.7.0 does neither). */
export const HARD_RESET: ResetSequence = {
  name: 'hard reset',
  wiring: 'two-transistor',
  steps: [
    { lines: RTS_ONLY, holdMs: 100, effect: 'EN low, GPIO0 high: held in reset' },
    { lines: RELEASED, holdMs: 0, effect: 'EN rises while GPIO0 is high: the application starts' },
  ],
};

export const SLOW_HARD_RESET: ResetSequence = {
  name: 'hard reset, slow EN',
  wiring: 'two-transistor',
  steps: [
    { lines: RTS_ONLY, holdMs: SLOW_EN_MS, effect: 'EN low, GPIO0 high: held in reset' },
    { lines: RELEASED, holdMs: 0, effect: 'EN rises while GPIO0 is high: the application starts' },
  ],
};

export const SWAPPED_HARD_RESET: ResetSequence = {
  name: 'hard reset, swapped',
  wiring: 'swapped',
  steps: [
    { lines: DTR_ONLY, holdMs: 100, effect: 'EN low, GPIO0 high: held in reset' },
    { lines: RELEASED, holdMs: 0, effect: 'EN rises while GPIO0 is high: the application starts' },
  ],
};

/** Plays a sequence; `pause` waits that many milliseconds and may reject to end it early (the lines stay where they are). */
export async function playReset(
  link: Pick<SerialLink, 'setLines'>,
  sequence: ResetSequence,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  for (const step of sequence.steps) {
    await link.setLines(step.lines);
    if (step.holdMs > 0) await pause(step.holdMs);
  }
}

/** Restarts the board into its application and leaves both lines released. The link must be open. */
export async function hardReset(link: SerialLink, clock: Clock, wiring: Wiring = 'two-transistor'): Promise<void> {
  const sequence = wiring === 'swapped' ? SWAPPED_HARD_RESET : HARD_RESET;
  await playReset(link, sequence, (ms) => wait(clock, ms));
}
