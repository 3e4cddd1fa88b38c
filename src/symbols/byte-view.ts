import { EspwatchError } from '../errors.js';

/** Little-endian reads that never leave the file: a field outside of it is SYMBOLS_ELF. */
export class ByteView {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    this.#demand(at, 1);
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.#demand(at, 2);
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    this.#demand(at, 4);
    return this.#view.getUint32(at, true);
  }

  slice(at: number, length: number): Uint8Array {
    this.#demand(at, length);
    return this.bytes.subarray(at, at + length);
  }

  #demand(at: number, length: number): void {
    if (at >= 0 && length >= 0 && at + length <= this.bytes.length) return;
    throw damaged(`it ends at ${this.bytes.length} bytes, in the middle of what byte ${at} should begin`);
  }
}

/** SYMBOLS_ELF for a file that begins right and goes on wrong. */
export function damaged(what: string): EspwatchError {
  return new EspwatchError('SYMBOLS_ELF', `The file with symbols is damaged: ${what}.`, 'Build the firmware again.');
}
