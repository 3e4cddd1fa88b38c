import type { ModemLines } from '../serial/link.js';

/** What connects DTR and RTS to the chip (ESP8266.md 2.2). */
export type Wiring = 'two-transistor' | 'direct' | 'none';

export const WIRINGS: readonly Wiring[] = ['two-transistor', 'direct', 'none'];

/** Levels at the chip, 0 = low. */
export interface ResetPins {
  readonly en: 0 | 1;
  readonly gpio0: 0 | 1;
}

/**
 * Levels of EN and GPIO0 for the host's lines (true = asserted = 0 V).
 * two-transistor: NodeMCU and most boards; both lines equal is no-op. direct: RTS to RST, DTR to GPIO0. none: not wired.
 */
export function resetPins(wiring: Wiring, { dtr, rts }: ModemLines): ResetPins {
  switch (wiring) {
    case 'two-transistor':
      return { en: rts && !dtr ? 0 : 1, gpio0: dtr && !rts ? 0 : 1 };
    case 'direct':
      return { en: rts ? 0 : 1, gpio0: dtr ? 0 : 1 };
    case 'none':
      return { en: 1, gpio0: 1 };
  }
}

/** The strap pins as latched when EN rises (ESP8266.md 1.5). */
export interface Straps {
  readonly gpio0: 0 | 1;
  readonly gpio2: 0 | 1;
  readonly gpio15: 0 | 1;
}

export const BOOT_MODE_UART_DOWNLOAD = 1;
export const BOOT_MODE_RAM = 2;
export const BOOT_MODE_FLASH = 3;

/** x of `boot mode:(x,y)`. */
export function bootMode(straps: Straps): number {
  return (straps.gpio15 << 2) | (straps.gpio0 << 1) | straps.gpio2;
}
