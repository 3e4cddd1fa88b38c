import type { Chunk, SerialLink, Unsubscribe } from '../serial/link.js';

/** Text of the last bytes that is kept for matching. */
const KEPT = 4096;
/** As many printable characters in a row as noise at a wrong baud does not give. */
const PRINTED_RUN = /[\x20-\x7e]{12,}/;

/**
 * Hears what a board says after a reset, and knows just enough of it to tell the loader from an application:
 * the ROM's `boot mode:(x,` and readable text.
 */
export class Listener {
  readonly #stop: Unsubscribe;
  #text = '';
  #bytes = 0;
  #wake: (() => void) | null = null;

  constructor(link: SerialLink, onChunk: (chunk: Chunk) => void = () => {}) {
    this.#stop = link.onData((chunk) => {
      this.#bytes += chunk.bytes.length;
      this.#text = (this.#text + Buffer.from(chunk.bytes).toString('latin1')).slice(-KEPT);
      onChunk(chunk);
      this.#wake?.();
    });
  }

  /** Bytes heard since the last `forget`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Strapping that the last banner reported (1 = UART download, 3 = flash), or null. */
  get bootMode(): number | null {
    const last = [...this.#text.matchAll(/boot mode:\((\d),/g)].at(-1)?.[1];
    return last === undefined ? null : Number(last);
  }

  /** The ROM and the second-stage loader have said all they say: eboot's last word, or why there is no application. */
  get bootTextEnded(): boolean {
    return /boot mode:\(\d,[\s\S]*(~ld\r?\n|ets_main\.c |csum err|Fatal exception)/.test(this.#text);
  }

  /** Readable text: an application at the baud that we listen at. */
  get printed(): string | null {
    return PRINTED_RUN.exec(this.#text)?.[0] ?? null;
  }

  forget(): void {
    this.#text = '';
    this.#bytes = 0;
  }

  /** Resolves when `heard` says yes, asked after every chunk. One waiter at a time; never rejects. */
  until(heard: (listener: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!heard(this)) return;
        this.#wake = null;
        resolve();
      };
      this.#wake = check;
      check();
    });
  }

  dispose(): void {
    this.#wake = null;
    this.#stop();
  }
}
