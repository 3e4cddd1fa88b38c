import { ReadlineParser } from '@serialport/parser-readline';
import type { Chunk } from './link.js';

/** A piece of what came in, cut at line feeds; nothing is decoded and nothing is lost. */
export interface Line {
  /** Host time of its first byte, in ms since 1970. */
  readonly t: number;
  /** The host's speed when it came, in baud. */
  readonly baud: number;
  /** Without the line feed; a carriage return stays. */
  readonly bytes: Uint8Array;
  /** False when it was cut off by the size cap, a change of speed or `flush`; then no line feed belongs to it. */
  readonly ended: boolean;
}

const LF = 0x0a;
const MAX_BYTES = 4096;

/** Cuts chunks into lines: their bytes, each followed by a line feed where `ended`, are the bytes that came. */
export class MonitorLines {
  readonly #maxBytes: number;
  // Object mode keeps lines apart while they are read; latin1 maps every byte to itself; the delimiter is kept
  // because the parser swallows empty lines otherwise.
  readonly #parser = new ReadlineParser({
    delimiter: '\n',
    encoding: 'latin1',
    includeDelimiter: true,
    readableObjectMode: true,
  });
  #t = 0;
  #baud = 0;

  /** @param options.maxBytes a line longer than this comes in pieces. */
  constructor(options: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
  }

  /** How many bytes of an unfinished line are held back. */
  get pending(): number {
    return this.#parser.buffer.length;
  }

  push(chunk: Chunk): Line[] {
    const lines = this.pending > 0 && chunk.baud !== this.#baud ? this.flush() : [];
    for (let at = 0; at < chunk.bytes.length; ) {
      // Never more than fits, so that the parser's buffer stays small and the cap is exact.
      const end = at + this.#maxBytes - this.pending;
      this.#feed(chunk, chunk.bytes.subarray(at, end), lines);
      at = end;
      if (this.pending >= this.#maxBytes) lines.push(...this.flush());
    }
    return lines;
  }

  /** Gives out the unfinished line, if there is one: call it when the board has gone quiet. */
  flush(): Line[] {
    const bytes = this.#parser.buffer;
    if (bytes.length === 0) return [];
    this.#parser.buffer = Buffer.alloc(0);
    return [{ t: this.#t, baud: this.#baud, bytes, ended: false }];
  }

  #feed(chunk: Chunk, bytes: Uint8Array, lines: Line[]): void {
    if (this.pending === 0) this.#start(chunk);
    this.#parser.write(bytes);
    for (let text = this.#read(); text !== null; text = this.#read()) {
      const line = Buffer.from(text, 'latin1');
      const ended = line.at(-1) === LF;
      lines.push({ t: this.#t, baud: this.#baud, bytes: ended ? line.subarray(0, -1) : line, ended });
      this.#start(chunk);
    }
  }

  #read(): string | null {
    return this.#parser.read() as string | null;
  }

  #start(chunk: Chunk): void {
    this.#t = chunk.t;
    this.#baud = chunk.baud;
  }
}
