import type { BoardFact } from '../board/events.js';

/**
 * After a reset that we caused, the ROM speaks at 74880 baud and the sketch at its own. This decides, from what
 * the boot log reads, when the port has to follow to the sketch's speed.
 *
 * `switch`: the second stage is done, what comes next is the sketch. `stay`: nothing but the ROM will speak
 * (bootloader, no image), so the ROM's speed is the right one. `null`: no decision yet.
 */
export function followStep(fact: BoardFact): 'switch' | 'stay' | null {
  switch (fact.type) {
    case 'eboot':
      return fact.step === 'load' || fact.step === 'same' ? 'switch' : null;
    case 'boot-error':
      return 'stay';
    case 'rom-banner':
      return fact.bootMode === 'flash' ? null : 'stay';
    // At 74880 these can only be a sketch that was set to the ROM's speed.
    case 'mode':
    case 'ip':
    case 'topic':
      return 'stay';
    default:
      return null;
  }
}

/** The ROM's nominal speed with a 26 MHz crystal (ESP8266.md 1.1). */
export const ROM_BAUD = 74880;

/** No banner this long after EN rose: it is not coming, or not at this speed. */
export const BANNER_TIMEOUT_MS = 700;

/** The ROM fell silent in the middle of its lines: what speaks next is the program. */
export const ROM_QUIET_MS = 400;

/** Firmware that is not of the Arduino core has no second stage that says it is done, and may talk without a pause. */
export const ROM_MAX_MS = 2_000;
