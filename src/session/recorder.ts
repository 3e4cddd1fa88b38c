import type { ParserStep } from '../journal/entry.js';
import type { Chunk } from '../serial/link.js';

/** Keeps what a session heard, in a form from which it can be lived through again. */
export interface Recorder {
  /** Every byte that came, also those that are not parsed because the flasher holds the port. */
  add(chunk: Chunk): void;
  /** The parser was told to take what was pending; `t` in ms since 1970. */
  step(step: { readonly t: number; readonly do: ParserStep }): void;
  close(): Promise<void>;
}
