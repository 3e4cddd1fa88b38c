/** A line cutter for tests of the boot log: cuts at LF, hands over the rest when asked. */
import type { Line } from '../../src/bootlog/line.js';

export class LineCutter {
  readonly #baud: number;
  #rest: number[] = [];

  constructor(baud: number) {
    this.#baud = baud;
  }

  push(bytes: Uint8Array, t: number): Line[] {
    const lines: Line[] = [];
    for (const byte of bytes) {
      if (byte !== 0x0a) {
        this.#rest.push(byte);
        continue;
      }
      lines.push({ t, baud: this.#baud, bytes: Uint8Array.from(this.#rest), ended: true });
      this.#rest = [];
    }
    return lines;
  }

  /** The line that has not ended, if it has any bytes. */
  flush(t: number): Line[] {
    if (this.#rest.length === 0) return [];
    const line: Line = { t, baud: this.#baud, bytes: Uint8Array.from(this.#rest), ended: false };
    this.#rest = [];
    return [line];
  }
}
