import { EspwatchError } from '../errors.js';
import { hex } from './bytes.js';

/** Registers and values of ESP8266.md 5. */
export const REGISTER = {
  /** A word of the boot ROM; it tells the chips apart. */
  chipMagic: 0x40001000,
  efuse0: 0x3ff00050,
  efuse1: 0x3ff00054,
  efuse2: 0x3ff00058,
  efuse3: 0x3ff0005c,
  /** UART_ID: what a virtual board answers here no chip does. */
  uartId: 0x6000007c,
} as const;

export const ESP8266_MAGIC = 0xfff0c101;
/** "VPSE" in memory, "ESPV" as a number. */
export const VIRTUAL_BOARD_ID = 0x56505345;

/** Magic words of chips that answer the same protocol (esptool's targets). */
const OTHER_CHIPS: Readonly<Record<number, string>> = {
  15736195: 'ESP32',
  1990: 'ESP32-S2',
  9: 'ESP32-S3',
  1763790959: 'ESP32-C3',
  456216687: 'ESP32-C3',
  1216438383: 'ESP32-C3',
  1130455151: 'ESP32-C3',
  203546735: 'ESP32-C2',
  1867591791: 'ESP32-C2',
  2084675695: 'ESP32-C2',
  752910447: 'ESP32-C6',
  3619110528: 'ESP32-H2',
  182303440: 'ESP32-P4',
};

/** The four eFuse words from 0x3ff00050 on. */
export type Efuses = readonly [number, number, number, number];

/** Throws `FLASH_WRONG_CHIP` unless the word at `REGISTER.chipMagic` is the ESP8266's. */
export function checkChip(magic: number): void {
  if (magic === ESP8266_MAGIC) return;
  const name = OTHER_CHIPS[magic] ?? `an unknown chip (magic word ${hex(magic, 8)})`;
  throw new EspwatchError(
    'FLASH_WRONG_CHIP',
    `The board carries ${name}, not an ESP8266.`,
    'Choose the port of the ESP8266 board.',
  );
}

/** MAC of the station interface from the eFuses, as `18:fe:34:a2:66:29`; null when its maker part is not known. */
export function macOf([word0, word1, , word3]: Efuses): string | null {
  const oui = ouiOf(word1, word3);
  if (oui === null) return null;
  const bytes = [...oui, (word1 >>> 8) & 0xff, word1 & 0xff, word0 >>> 24];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function ouiOf(word1: number, word3: number): readonly number[] | null {
  if (word3 !== 0) return [(word3 >>> 16) & 0xff, (word3 >>> 8) & 0xff, word3 & 0xff];
  const selector = (word1 >>> 16) & 0xff;
  if (selector === 0) return [0x18, 0xfe, 0x34];
  if (selector === 1) return [0xac, 0xd0, 0x74];
  return null;
}

/** `ESP8285` has its flash inside. */
export function chipNameOf([word0, , word2]: Efuses): 'ESP8266EX' | 'ESP8285' {
  return (word0 & (1 << 4)) !== 0 || (word2 & (1 << 16)) !== 0 ? 'ESP8285' : 'ESP8266EX';
}

/**
 * Size in bytes from a JEDEC id as RDID gives it (maker in bits 7:0, size code in bits 23:16; ESP8266.md 5.5).
 * Throws `FLASH_ID` when no flash answered or the code is unknown.
 */
export function flashSizeOf(id: number): number {
  if (id === 0 || id === 0xffffff) {
    throw new EspwatchError(
      'FLASH_ID',
      `The flash chip does not answer (id ${hex(id, 6)}).`,
      'Check the power supply and that nothing else hangs on GPIO6 to GPIO11.',
    );
  }
  const code = (id >>> 16) & 0xff;
  const exponent = code >= 0x32 && code <= 0x3a ? code - 0x20 : code;
  if (exponent >= 0x12 && exponent <= 0x1c) return 2 ** exponent;
  throw new EspwatchError(
    'FLASH_ID',
    `The flash chip gives an id of unknown size (${hex(id, 6)}).`,
    'Check the power supply and the wiring of the flash chip, then try again.',
  );
}
