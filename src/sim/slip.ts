const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;

/** C0, payload with C0 as DB DC and DB as DB DD, C0 (ESP8266.md 3.1). */
export function slipEncode(payload: Uint8Array): Uint8Array {
  const out: number[] = [END];
  for (const byte of payload) {
    if (byte === END) out.push(ESC, ESC_END);
    else if (byte === ESC) out.push(ESC, ESC_ESC);
    else out.push(byte);
  }
  out.push(END);
  return Uint8Array.from(out);
}

/** Takes SLIP frames out of a byte stream as the chip does: junk between frames and empty frames are ignored. */
export class SlipDecoder {
  readonly #limit: number;
  #inFrame = false;
  #escaped = false;
  #frame: Uint8Array;
  #length = 0;

  /** `limit` = size of the receive buffer in bytes; what a frame has beyond it is lost. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#frame = new Uint8Array(Math.min(limit, 1024));
  }

  /** Gives the frames that `bytes` complete, in order. */
  push(bytes: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const byte of bytes) {
      if (byte === END) {
        if (this.#inFrame && this.#length > 0) {
          frames.push(this.#frame.slice(0, this.#length));
          this.#inFrame = false;
        } else {
          this.#inFrame = true;
        }
        this.#length = 0;
        this.#escaped = false;
      } else if (this.#inFrame) {
        this.#data(byte);
      }
    }
    return frames;
  }

  /** Forgets a frame under way. */
  reset(): void {
    this.#inFrame = false;
    this.#escaped = false;
    this.#length = 0;
  }

  #data(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false;
      // A wrong escape is kept as it came: the length or the checksum of the frame will be wrong.
      this.#store(byte === ESC_END ? END : byte === ESC_ESC ? ESC : byte);
    } else if (byte === ESC) {
      this.#escaped = true;
    } else {
      this.#store(byte);
    }
  }

  #store(byte: number): void {
    if (this.#length === this.#limit) return;
    if (this.#length === this.#frame.length) {
      const bigger = new Uint8Array(Math.min(this.#limit, this.#frame.length * 4));
      bigger.set(this.#frame);
      this.#frame = bigger;
    }
    this.#frame[this.#length++] = byte;
  }
}
