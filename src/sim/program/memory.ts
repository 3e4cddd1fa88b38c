import { BadPointer } from './traps.js';
import { type WasmMemory, WebAssembly } from './web-assembly.js';

const LONGEST_STRING = 1024;

/** The program's linear memory, as imports see it: every address is checked as the chip would. */
export class ProgramMemory {
  readonly memory: WasmMemory;
  readonly #bytes: Uint8Array;

  constructor(pages: number) {
    // Initial = maximum: it cannot grow, so the views stay valid.
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.#bytes = new Uint8Array(this.memory.buffer);
  }

  /** Bytes that the program lets the board read. */
  readable(address: number, length: number): Uint8Array {
    return this.#slice(address, length, false);
  }

  /** Bytes that the board is to fill. */
  writable(address: number, length: number): Uint8Array {
    return this.#slice(address, length, true);
  }

  /** A C string; null for a null pointer. Longer ones are cut. */
  text(address: number): string | null {
    if (address === 0) return null;
    const start = address >>> 0;
    this.#slice(address, 1, false);
    const limit = Math.min(this.#bytes.length, start + LONGEST_STRING);
    const end = this.#bytes.subarray(start, limit).indexOf(0);
    return new TextDecoder().decode(this.#bytes.slice(start, end < 0 ? limit : start + end));
  }

  #slice(address: number, length: number, store: boolean): Uint8Array {
    const start = address >>> 0;
    const count = length >>> 0;
    if (start + count > this.#bytes.length) throw new BadPointer(start, store);
    return this.#bytes.subarray(start, start + count);
  }
}
