import type { EspwatchError } from '../errors.js';

/** What the port gave in one read. `t` is host time in ms since 1970 (fractions kept), `baud` the host's speed when it came. */
export interface Chunk {
  readonly t: number;
  readonly baud: number;
  readonly bytes: Uint8Array;
}

/** Modem lines as the host drives them; true = asserted = 0 V at the board (ESP8266 auto-reset circuit). */
export interface ModemLines {
  readonly dtr: boolean;
  readonly rts: boolean;
}

/** Both lines released: the board runs, GPIO0 is high. */
export const LINES_RELEASED: ModemLines = { dtr: false, rts: false };

export interface OpenOptions {
  /** Host speed in baud; 8N1, no flow control. */
  readonly baud: number;
}

export type Unsubscribe = () => void;

/**
 * One serial connection to one board. Opening never resets a board: both lines end released, in an order that
 * never pulses EN. Every method that fails rejects with an `EspwatchError` whose code starts with `PORT_`.
 */
export interface SerialLink {
  /** The port as the user named it. */
  readonly path: string;
  readonly isOpen: boolean;
  /** Host speed now, in baud. */
  readonly baud: number;
  /** The lines as last set. */
  readonly lines: ModemLines;

  open(options: OpenOptions): Promise<void>;
  /** Releases the port within 2 s whatever the state of the device; safe to call twice. */
  close(): Promise<void>;
  /** Changes the speed in place: the port stays open and the lines stay as they are. */
  setBaud(baud: number): Promise<void>;
  /** Both lines in one call: the ones not meant would otherwise be set by the driver's defaults. */
  setLines(lines: ModemLines): Promise<void>;
  /** Resolves when the bytes have left the host's buffers (drained), not when they are queued. */
  write(bytes: Uint8Array): Promise<void>;
  /** Throws away what has come in but was not delivered yet, and what was written but has not left. */
  discard(): Promise<void>;

  /** Every byte that came, in order. */
  onData(listener: (chunk: Chunk) => void): Unsubscribe;
  /** The device went away (cable, hub, remote end) while the port was open. The link is closed then. */
  onLost(listener: (error: EspwatchError) => void): Unsubscribe;
  /** The device came back and the port is open again, at the same speed (see `keepOpen` in reconnect.ts). */
  onBack(listener: () => void): Unsubscribe;
  /** Re-opens after a loss; called by reconnect.ts, which announces it through `onBack`. */
  reopen(path?: string): Promise<void>;
  /** What the remote end says it is (RFC 2217 SIGNATURE); null where there is no such thing. */
  signature(): Promise<string | null>;
}
