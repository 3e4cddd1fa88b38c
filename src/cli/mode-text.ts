import type { BoardState } from '../board/state.js';

/** One clear sentence, with what to do, for a board that does not claim to serve anything; null for one that does. */
export function modeSentence({ mode, boot }: BoardState): string | null {
  switch (mode) {
    case 'no-firmware':
      return boot.error?.kind === 'checksum'
        ? 'The ROM found an image whose checksum is wrong: flash it again with espwatch flash.'
        : 'The flash holds no bootable image: flash one with espwatch flash.';
    case 'bootloader':
      return 'The board sits in the serial bootloader (GPIO0 was low at reset): release the FLASH button or the line, then reset it.';
    case 'boot-loop':
      return 'The board restarts again and again before it says its mode: look at the cause with espwatch monitor.';
    case 'silent':
      return 'Nothing at all came from the board: check its power, the cable and --baud.';
    case 'unknown':
      return 'The board speaks but does not say its mode: is it the right sketch, and the right --baud?';
    case 'web-server':
    case 'mqtt-client':
    case 'web-server+mqtt-client':
    case 'access-point':
      return null;
  }
}
