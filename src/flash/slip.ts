const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;

/** One SLIP frame (RFC 1055, with a leading END as Espressif's loaders want) around the joined pieces. */
export function slipFrame(...pieces: readonly Uint8Array[]): Uint8Array {
  let length = 2;
  for (const piece of pieces) {
    length += piece.length;
    for (const byte of piece) if (byte === END || byte === ESC) length++;
  }
  const out = new Uint8Array(length);
  out[0] = END;
  let at = 1;
  for (const piece of pieces) {
    for (const byte of piece) {
      if (byte === END || byte === ESC) {
        out[at++] = ESC;
        out[at++] = byte === END ? ESC_END : ESC_ESC;
      } else {
        out[at++] = byte;
      }
    }
  }
  out[at] = END;
  return out;
}

/** The longest frame that a loader sends is 4096 bytes of flash. */
const LONGEST = 8192;

/**
 * Cuts a byte stream into SLIP frames as the bytes come. Every END is a boundary, so noise with a stray END in it
 * (a boot banner at another baud) costs the noise and never the frame behind it; what is no frame is for the
 * caller to skip. Frames with a wrong escape or beyond `longest` bytes are dropped.
 */
export class SlipDecoder {
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #frame: Uint8Array;
  #length = 0;
  #escaped = false;
  #bad = false;

  constructor(onFrame: (frame: Uint8Array) => void, longest = LONGEST) {
    this.#onFrame = onFrame;
    this.#frame = new Uint8Array(longest);
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === END) this.#end();
      else if (this.#bad) continue;
      else if (this.#escaped) this.#unescape(byte);
      else if (byte === ESC) this.#escaped = true;
      else this.#add(byte);
    }
  }

  /** Forgets the frame that is coming in: its end, when it comes, delivers nothing. */
  abandon(): void {
    this.#bad = this.#bad || this.#escaped || this.#length > 0;
  }

  #end(): void {
    const whole = this.#length > 0 && !this.#bad && !this.#escaped;
    const frame = whole ? this.#frame.slice(0, this.#length) : null;
    this.#length = 0;
    this.#escaped = false;
    this.#bad = false;
    if (frame !== null) this.#onFrame(frame);
  }

  #unescape(byte: number): void {
    this.#escaped = false;
    if (byte === ESC_END) this.#add(END);
    else if (byte === ESC_ESC) this.#add(ESC);
    else this.#bad = true;
  }

  #add(byte: number): void {
    if (this.#length === this.#frame.length) this.#bad = true;
    else this.#frame[this.#length++] = byte;
  }
}
