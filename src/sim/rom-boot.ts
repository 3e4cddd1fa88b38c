import type { FlashChip } from './flash-chip.js';
import { BOOT_MODE_FLASH, BOOT_MODE_RAM, BOOT_MODE_UART_DOWNLOAD } from './lines.js';
import { isRam, SDIO_STRAPS } from './registers.js';

/** The number that the ROM prints as `rst cause` (ESP8266.md 1.3). */
export const ROM_CAUSE = {
  unknown: 0,
  powerOn: 1,
  external: 2,
  software: 3,
  hardwareWatchdog: 4,
  deepSleep: 5,
} as const;

export type RomCause = (typeof ROM_CAUSE)[keyof typeof ROM_CAUSE] | 6;

/** What the ROM prints (with CR LF, as on the wire) and what it does then. */
export interface RomAction {
  readonly text: string;
  readonly next:
    | { readonly kind: 'jump'; readonly entry: number }
    | { readonly kind: 'download' }
    | { readonly kind: 'hang' };
}

const CHECKSUM_SEED = 0xef;
const IMAGE_MAGIC = 0xe9;
const BLOCK = 16;
const HANG = { kind: 'hang' } as const;
/** The line number that should follow is taken for a string pointer: the fault comes before the newline (1.9). */
const MAIN_FAULT = 'ets_main.c ';

export function banner(cause: RomCause, bootMode: number): string {
  return `\r\n ets Jan  8 2013,rst cause:${cause}, boot mode:(${bootMode},${SDIO_STRAPS})\r\n\r\n`;
}

/** From the banner to the first code that is not ROM (ESP8266.md 1.2, 1.3, 1.5, 1.9). */
export function romBoot(cause: RomCause, bootMode: number, flash: FlashChip): RomAction {
  const head = banner(cause, bootMode);
  switch (cause) {
    case 0:
      return { text: `${head}unknown reset\r\n${MAIN_FAULT}`, next: HANG };
    case 3:
    case 5:
    case 6:
      return after(head, loadImage(flash));
    case 4:
      // A board that woke from a download mode it was never brought out of hangs here (1.6).
      if (bootMode === BOOT_MODE_UART_DOWNLOAD) return { text: `${head}wdt reset\r\n`, next: HANG };
      return after(`${head}wdt reset\r\n`, dispatch(bootMode, flash));
    case 1:
    case 2:
      return after(head, dispatch(bootMode, flash));
  }
}

function after(head: string, action: RomAction): RomAction {
  return { ...action, text: head + action.text };
}

function dispatch(bootMode: number, flash: FlashChip): RomAction {
  if (bootMode === BOOT_MODE_UART_DOWNLOAD) return { text: '', next: { kind: 'download' } };
  if (bootMode === BOOT_MODE_RAM) return { text: '', next: { kind: 'jump', entry: 0x40100000 } };
  if (bootMode === BOOT_MODE_FLASH) return loadImage(flash);
  // SDIO host modes wait in silence for a host that is not there; mode 0 waits too.
  return { text: bootMode >= 4 ? 'waiting for host\r\n' : '', next: HANG };
}

/**
 * Loads the image at flash 0x0 as the ROM does, in blocks of 16 bytes, and gives the lines that it prints on the way
 * (ESP8266.md 1.8: `used` counts the bytes of the current block that are consumed).
 */
export function loadImage(flash: FlashChip): RomAction {
  const [magic = 0, segments = 0] = flash.read(0, 2);
  if (magic !== IMAGE_MAGIC) return { text: MAIN_FAULT, next: HANG };
  const entry = flash.readWord(4);
  if (segments === 0) return { text: '', next: { kind: 'jump', entry } };

  let text = '';
  let used = 0;
  let position = 8;
  let checksum = CHECKSUM_SEED;
  let inBlock = 0;
  for (let i = 0; i < segments; i++) {
    const address = flash.readWord(position);
    const length = flash.readWord(position + 4);
    const room = BLOCK - used;
    text += `load ${hex8(address)}, len ${length | 0}, room ${room} \r\n`;
    if (!isRam(address, length)) return { text, next: HANG };
    for (const byte of flash.read(position + 8, length)) checksum ^= byte;
    position += 8 + length;

    const tail = length >= room ? (length - room) & 15 : length;
    text += `tail ${tail}\r\n`;
    inBlock = length >= room ? tail : tail + used;
    text += `chksum ${hex2(checksum)}\r\n`;
    if (i === segments - 1) break;
    const left = BLOCK - inBlock;
    if (left < 8) text += `ho ${used} tail ${tail} room ${left}\r\n`;
    used = left >= 8 ? inBlock + 8 : 8 - left;
  }
  text += `csum ${hex2(checksum)}\r\n`;
  const block = position - (position % BLOCK) + (inBlock === 15 ? BLOCK : 0);
  if (flash.read(block + BLOCK - 1, 1)[0] !== checksum) return { text: `${text}csum err\r\n${MAIN_FAULT}`, next: HANG };
  return { text, next: { kind: 'jump', entry } };
}

/** The ROM's report of an exception in code that it started (ESP8266.md 1.11). */
export function romException(cause: number, epc1: number, excvaddr: number): string {
  const registers = `epc1=${hex8(epc1)}, epc2=${hex8(0)}, epc3=${hex8(0)}, excvaddr=${hex8(excvaddr)}, depc=${hex8(0)}`;
  return `Fatal exception (${cause}): \r\n${registers}\r\n`;
}

export function hex8(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}

function hex2(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}
