/** As much of the LX106's instructions as tells whether an address fits a crash (Xtensa ISA reference, chapter 8). */

/** Bytes of `call0` and `callx0`: the return address is what follows. */
export const CALL_BYTES = 3;

/** The call whose return address is right behind these three bytes; the ESP8266 uses the call0 ABI only. */
export function isCall(bytes: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0] = bytes;
  const call0 = (a & 0x3f) === 0x05;
  const callx0 = a === 0xc0 && (b & 0xf0) === 0 && c === 0;
  return bytes.length >= CALL_BYTES && (call0 || callx0);
}

/** Operations of the LSAI format, by their r field. */
const LOADS = new Set([0x0, 0x1, 0x2, 0x9, 0xb]);
const STORES = new Set([0x4, 0x5, 0x6, 0xe, 0xf]);

export function isLoad([a = 0, b = 0]: Uint8Array): boolean {
  const op0 = a & 0x0f;
  return op0 === 0x1 || op0 === 0x8 || (op0 === 0x2 && LOADS.has(b >> 4));
}

export function isStore([a = 0, b = 0]: Uint8Array): boolean {
  const op0 = a & 0x0f;
  return op0 === 0x9 || (op0 === 0x2 && STORES.has(b >> 4));
}

const LOAD_STORE_ERROR = 3;
const UNALIGNED = 9;
const LOAD_PROHIBITED = 28;
const STORE_PROHIBITED = 29;

/** Whether the instruction can raise this EXCCAUSE; null for causes that say nothing about it. */
export function canRaise(bytes: Uint8Array, exccause: number): boolean | null {
  if (exccause === LOAD_PROHIBITED) return isLoad(bytes);
  if (exccause === STORE_PROHIBITED) return isStore(bytes);
  if (exccause === UNALIGNED || exccause === LOAD_STORE_ERROR) return isLoad(bytes) || isStore(bytes);
  return null;
}
