import type { SerialPortStream } from '@serialport/stream';
import { type Clock, realClock } from '../clock.js';
import type { EspwatchError } from '../errors.js';
import type { BindingInterface } from './bindings.js';
import {
  type Chunk,
  LINES_RELEASED,
  type ModemLines,
  type OpenOptions,
  type SerialLink,
  type Unsubscribe,
} from './link.js';
import { lineSteps } from './modem-lines.js';
import { Pending } from './pending.js';
import {
  baudError,
  closedError,
  ioError,
  isNoModemLines,
  linesError,
  lostError,
  noModemLines,
  openError,
  type PortFacts,
  runtimeError,
  updateError,
} from './port-errors.js';
import { systemFacts } from './system-facts.js';

export interface PortLinkOptions {
  /** The port as the user named it. */
  readonly path: string;
  /** How to reach it; a function is called at the first open, so that native code loads only then. */
  readonly binding: BindingInterface | (() => Promise<BindingInterface>);
  /** The port as the binding names it, where that differs. */
  readonly bindingPath?: string;
  readonly clock?: Clock;
  /** Host time in ms since 1970 at which `clock` read 0. */
  readonly timeOrigin?: number;
  /** The platform moves DTR and RTS in one step (TIOCMSET); Windows does not. */
  readonly atomicLines?: boolean;
  readonly facts?: PortFacts;
}

/** A port that can say what its far end is (RFC 2217 SIGNATURE). */
interface SigningPort {
  signature(): Promise<string | null>;
}

interface Session {
  readonly stream: SerialPortStream;
  /** Every call under way: a dead device does not answer them. */
  readonly pending: Pending;
  ready: boolean;
  discards: number;
  hasLines: boolean;
}

type Callback = (error: Error | null | undefined) => void;

const CLOSE_MS = 2_000;
const FLUSH_MS = 200;

/** A `SerialLink` over node-serialport's stream; the binding decides what is at the other end. */
export class PortLink implements SerialLink {
  readonly path: string;
  readonly #options: PortLinkOptions;
  readonly #clock: Clock;
  readonly #timeOrigin: number;
  readonly #atomic: boolean;
  readonly #data = new Set<(chunk: Chunk) => void>();
  readonly #lostListeners = new Set<(error: EspwatchError) => void>();
  readonly #backListeners = new Set<() => void>();
  #bindingPath: string;
  #baud = 0;
  #lines = LINES_RELEASED;
  #session: Session | null = null;
  #opening: Promise<void> | null = null;
  #released: Promise<void> = Promise.resolve();
  /** Counts closes, so that an open under way notices that it is no longer wanted. */
  #closes = 0;
  #lost = false;

  constructor(options: PortLinkOptions) {
    this.path = options.path;
    this.#options = options;
    this.#bindingPath = options.bindingPath ?? options.path;
    this.#clock = options.clock ?? realClock;
    this.#timeOrigin = options.timeOrigin ?? performance.timeOrigin;
    this.#atomic = options.atomicLines ?? process.platform !== 'win32';
  }

  get isOpen(): boolean {
    return this.#session?.ready ?? false;
  }

  get baud(): number {
    return this.#baud;
  }

  get lines(): ModemLines {
    return this.#lines;
  }

  async open({ baud }: OpenOptions): Promise<void> {
    if (this.#session !== null || this.#opening !== null) {
      throw ioError(this.path, 'opened', new Error('it is open already'));
    }
    this.#checkBaud(baud);
    this.#opening = this.#start(baud);
    try {
      await this.#opening;
    } finally {
      this.#opening = null;
    }
  }

  async close(): Promise<void> {
    this.#closes++;
    this.#lost = false;
    if (this.#opening !== null) await this.#within(CLOSE_MS, this.#opening);
    const session = this.#session;
    if (session !== null) this.#end(session, closedError(this.path));
    await this.#released;
  }

  async setBaud(baud: number): Promise<void> {
    const session = this.#open();
    this.#checkBaud(baud);
    await this.#call(
      session,
      (done) => session.stream.update({ baudRate: baud }, done),
      (cause) => updateError(cause, this.path, baud),
    );
    this.#baud = baud;
  }

  async setLines(lines: ModemLines): Promise<void> {
    const session = this.#open();
    if (!session.hasLines) throw noModemLines(this.path);
    for (const step of lineSteps(this.#lines, lines, this.#atomic)) await this.#drive(session, step);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const session = this.#open();
    if (bytes.length === 0) return;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const failed = (cause: unknown): EspwatchError => runtimeError(cause, this.path, 'written to');
    await this.#call(session, (done) => session.stream.write(buffer, undefined, done), failed);
    await this.#call(session, (done) => session.stream.drain(done), failed);
  }

  async discard(): Promise<void> {
    const session = this.#open();
    // What the driver handed over before it was flushed is still on its way through the stream.
    session.discards++;
    try {
      await this.#call(
        session,
        (done) => session.stream.flush(done),
        (cause) => runtimeError(cause, this.path, 'flushed'),
      );
    } finally {
      session.discards--;
    }
  }

  onData(listener: (chunk: Chunk) => void): Unsubscribe {
    return subscribe(this.#data, listener);
  }

  onLost(listener: (error: EspwatchError) => void): Unsubscribe {
    return subscribe(this.#lostListeners, listener);
  }

  onBack(listener: () => void): Unsubscribe {
    return subscribe(this.#backListeners, listener);
  }

  async reopen(path?: string): Promise<void> {
    // Closed on purpose, perhaps while it was away: whoever watches over it must not bring it back.
    if (!this.#lost) throw closedError(this.path);
    if (path !== undefined) this.#bindingPath = path;
    await this.open({ baud: this.#baud });
    for (const listener of [...this.#backListeners]) listener();
  }

  async signature(): Promise<string | null> {
    const port: unknown = this.#open().stream.port;
    return isSigningPort(port) ? await port.signature() : null;
  }

  async #start(baud: number): Promise<void> {
    const closes = this.#closes;
    const { binding } = this.#options;
    const [{ SerialPortStream }, opener] = await Promise.all([
      import('@serialport/stream'),
      typeof binding === 'function' ? binding() : binding,
      this.#released,
    ]);
    const stream = new SerialPortStream({
      path: this.#bindingPath,
      baudRate: baud,
      binding: opener,
      autoOpen: false,
      lock: true,
      // On Windows this keeps DTR off while the port opens; an ESP board would be held in its boot loader.
      hupcl: false,
    });
    const session: Session = { stream, pending: new Pending(), ready: false, discards: 0, hasLines: true };
    stream.on('error', (error: Error) => this.#gone(session, error));
    stream.on('close', (error?: Error | null) => this.#gone(session, error));
    stream.on('end', () => this.#gone(session, null));
    try {
      await new Promise<void>((resolve, reject) => {
        stream.open((error) => (error ? reject(error) : resolve()));
      });
    } catch (cause) {
      throw await openError(cause, this.#bindingPath, baud, this.#options.facts ?? systemFacts);
    }
    this.#session = session;
    this.#baud = baud;
    if (closes !== this.#closes) {
      this.#end(session, closedError(this.path));
      throw closedError(this.path);
    }
    stream.on('data', (bytes: Buffer) => this.#received(session, bytes));
    await this.#release(session);
    session.ready = true;
    this.#lost = false;
  }

  /** Linux raises both lines when a port opens; from there one step to (0,0) leaves EN high throughout. */
  async #release(session: Session): Promise<void> {
    try {
      await this.#drive(session, LINES_RELEASED);
    } catch (error) {
      if (!isNoModemLines(error)) {
        this.#end(session, closedError(this.path));
        throw error;
      }
      session.hasLines = false;
      this.#lines = LINES_RELEASED;
    }
  }

  async #drive(session: Session, lines: ModemLines): Promise<void> {
    // The stream asserts what is left out.
    const flags = { dtr: lines.dtr, rts: lines.rts, brk: false, cts: false };
    await this.#call(
      session,
      (done) => session.stream.set(flags, done),
      (cause) => linesError(cause, this.path),
    );
    this.#lines = { dtr: lines.dtr, rts: lines.rts };
  }

  #received(session: Session, bytes: Uint8Array): void {
    if (this.#session !== session || session.discards > 0) return;
    const chunk: Chunk = { t: this.#timeOrigin + this.#clock.now(), baud: this.#baud, bytes };
    for (const listener of [...this.#data]) listener(chunk);
  }

  #gone(session: Session, cause: unknown): void {
    if (this.#session !== session) return;
    const error = lostError(this.path, cause);
    this.#end(session, error);
    // Before that, `open` is still waiting and reports it.
    if (!session.ready) return;
    this.#lost = true;
    for (const listener of [...this.#lostListeners]) listener(error);
  }

  #end(session: Session, error: EspwatchError): void {
    this.#session = null;
    this.#lines = LINES_RELEASED;
    const stuck = session.pending.size > 0;
    session.pending.end(error);
    this.#released = this.#within(CLOSE_MS, this.#closeStream(session.stream, stuck));
  }

  async #closeStream(stream: SerialPortStream, stuck: boolean): Promise<void> {
    if (stream.closing) {
      await new Promise<void>((resolve) => {
        stream.on('close', (error?: { disconnected?: boolean } | null) => {
          // A failed write also ends the stream object itself, which says 'close' before the device is released.
          if (error?.disconnected === true) resolve();
        });
      });
      return;
    }
    // Bytes that the device will not take would make the driver wait for them, up to 30 s on Linux.
    if (stuck && stream.isOpen) await this.#within(FLUSH_MS, new Promise<void>((done) => stream.flush(() => done())));
    if (stream.isOpen) await new Promise<void>((done) => stream.close(() => done()));
  }

  #call(session: Session, run: (done: Callback) => void, failed: (cause: unknown) => EspwatchError): Promise<void> {
    return session.pending.run((resolve, reject) => {
      run((error) => (error ? reject(failed(error)) : resolve()));
      return null;
    });
  }

  #open(): Session {
    if (this.#session?.ready) return this.#session;
    throw this.#lost ? lostError(this.path) : closedError(this.path);
  }

  #checkBaud(baud: number): void {
    if (!Number.isInteger(baud) || baud < 1 || baud > 0x7fff_ffff) throw baudError(this.path, baud);
  }

  /** Settles when `work` does, in whatever way, or after `ms`. */
  #within(ms: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(ms, resolve);
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      work.then(done, done);
    });
  }
}

function isSigningPort(port: unknown): port is SigningPort {
  return typeof port === 'object' && port !== null && 'signature' in port && typeof port.signature === 'function';
}

function subscribe<T>(listeners: Set<T>, listener: T): Unsubscribe {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
