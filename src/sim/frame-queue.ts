import type { Machine } from './machine.js';
import { SlipDecoder } from './slip.js';

/** SLIP frames that arrived at UART0 while the CPU was busy, in order. */
export class FrameQueue {
  readonly #machine: Machine;
  readonly #slip: SlipDecoder;
  readonly #frames: Uint8Array[] = [];
  #wake: (() => void) | null = null;

  /** `limit` = size of the receive buffer in bytes. */
  constructor(machine: Machine, limit: number) {
    this.#machine = machine;
    this.#slip = new SlipDecoder(limit);
  }

  /** Takes what RXD hears from now on. */
  listen(): void {
    this.#machine.uart.onReceive((bytes) => {
      this.#frames.push(...this.#slip.push(bytes));
      if (this.#frames.length > 0) this.#wake?.();
    });
  }

  /** Resolves with the next frame; rejects with `RunEnded` when the CPU is reset. */
  async next(): Promise<Uint8Array> {
    if (this.#frames.length === 0) {
      await this.#machine.run.until<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    return this.#frames.shift() ?? new Uint8Array(0);
  }

  /** Forgets a frame under way, as when the rate changes. */
  reset(): void {
    this.#slip.reset();
  }
}
