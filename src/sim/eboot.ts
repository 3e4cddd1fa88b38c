import { inflateSync } from 'node:zlib';
import type { FlashChip } from './flash-chip.js';
import { hex8 } from './rom-boot.js';

/** Where eboot, the Arduino core's second stage, is loaded to (ESP8266.md 1.10). */
const EBOOT_START = 0x4010f000;
const EBOOT_END = 0x40110000;
const APP_HEADER = 0x1000;
const IROM_SEGMENT = 0x40201010;
const MAGIC_ADDRESS = 0x1018;
const MAGIC = 'ESPWVB1\0';
const WASM_HEADER = 0x1020;
const WASM_DATA = 0x1028;
/** No sketch comes near: a limit so that a damaged length cannot ask for gigabytes. */
const WASM_MAX = 64 * 1024 * 1024;

export function isEboot(entry: number): boolean {
  return entry >= EBOOT_START && entry < EBOOT_END;
}

export interface EbootAction {
  readonly text: string;
  /** The program's WebAssembly module, or why the CPU ends in nowhere. */
  readonly program: { readonly wasm: Uint8Array } | { readonly fault: string; readonly entry: number };
}

/** The second stage: prints the word at 0x1010, takes the app's header at 0x1000 as it is, and jumps. */
export function eboot(flash: FlashChip): EbootAction {
  const text = `v${hex8(flash.readWord(0x1010)).slice(2)}\r\n~ld\r\n`;
  const entry = flash.readWord(APP_HEADER + 4);
  const isOurs =
    flash.readWord(APP_HEADER + 8) === IROM_SEGMENT &&
    Buffer.from(flash.read(MAGIC_ADDRESS, MAGIC.length)).toString('latin1') === MAGIC;
  if (!isOurs) return { text, program: { fault: 'the app in flash is not one that the virtual board can run', entry } };
  return { text, program: unpack(flash, entry) };
}

function unpack(flash: FlashChip, entry: number): EbootAction['program'] {
  const length = flash.readWord(WASM_HEADER);
  const deflated = flash.readWord(WASM_HEADER + 4);
  if (length > WASM_MAX || deflated > flash.size - WASM_DATA) return { fault: "the app's lengths are damaged", entry };
  try {
    const wasm = inflateSync(flash.read(WASM_DATA, deflated), { maxOutputLength: length });
    if (wasm.length !== length) return { fault: "the app's code is cut short", entry };
    return { wasm };
  } catch {
    return { fault: "the app's code is damaged", entry };
  }
}
