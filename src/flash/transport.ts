import type { Clock } from '../clock.js';
import { aborted, EspwatchError } from '../errors.js';
import type { ModemLines, SerialLink, Unsubscribe } from '../serial/link.js';
import { SlipDecoder, slipFrame } from './slip.js';

export interface TransportOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Lines and baud are set in microseconds, over a network in a round trip. */
const CONTROL_MS = 3000;

/** The board did not answer in time; the next try may. */
function noAnswer(ms: number): EspwatchError {
  return new EspwatchError(
    'FLASH_TIMEOUT',
    `The board did not answer within ${Math.round(ms)} ms.`,
    'Check the cable and the power supply, or try a lower --flash-baud.',
  );
}

/** Not the board's fault, and no other try helps: the driver does not come back. */
function notTaken(path: string): EspwatchError {
  return new EspwatchError(
    'PORT_IO',
    `${path} does not react any more.`,
    'Unplug the adapter, plug it in and try again.',
  );
}

/**
 * What stands under esptool-js's ESPLoader in place of its own Transport: frames come as events, nothing polls,
 * nothing is written to the console, and a lost port or a cancelled signal ends whatever is waiting at once.
 * The members with esptool-js's names are those that version 0.7.0 of ESPLoader and its reset classes use.
 */
export class FlashTransport {
  readonly link: SerialLink;
  readonly clock: Clock;
  /** Read by ESPLoader before it formats a trace: never on. */
  tracing = false;
  baudrate: number;

  readonly #decoder = new SlipDecoder((frame) => this.#deliver(frame));
  readonly #pending = new Set<(error: unknown) => void>();
  readonly #unsubscribe: Unsubscribe[] = [];
  #frames: Uint8Array[] = [];
  #waiter: ((frame: Uint8Array) => void) | null = null;
  #heard: (() => void) | null = null;
  #failure: EspwatchError | null = null;

  constructor(link: SerialLink, { clock, signal }: TransportOptions) {
    this.link = link;
    this.clock = clock;
    this.baudrate = link.baud;
    this.#unsubscribe.push(
      link.onData((chunk) => {
        this.#decoder.push(chunk.bytes);
        this.#heard?.();
      }),
      link.onLost((error) => this.#fail(error)),
    );
    if (signal === undefined) return;
    const onAbort = (): void => this.#fail(aborted('The work on the board'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#unsubscribe.push(() => signal.removeEventListener('abort', onAbort));
  }

  /** Why nothing more can be sent or received (port lost, cancelled), or null. */
  get failure(): EspwatchError | null {
    return this.#failure;
  }

  /** Lets go of the link, which stays open; everything that waits is rejected. */
  dispose(): void {
    for (const stop of this.#unsubscribe.splice(0)) stop();
    this.#fail(new EspwatchError('PORT_CLOSED', 'The loader session has ended.', 'Start a new one.'));
  }

  /** The next frame, without its escapes. Rejects with `FLASH_TIMEOUT` after `timeoutMs`. */
  read(timeoutMs: number): Promise<Uint8Array> {
    const ready = this.#frames.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    const frame = new Promise<Uint8Array>((resolve) => {
      this.#waiter = resolve;
    });
    return this.#bounded(frame, timeoutMs, () => noAnswer(timeoutMs)).finally(() => {
      this.#waiter = null;
    });
  }

  /** Sends one frame; resolves when its last byte has left the host. */
  write(data: Uint8Array): Promise<void> {
    return this.writeFrame(slipFrame(data));
  }

  /** As `write`, for a frame that is ready for the wire. */
  writeFrame(frame: Uint8Array): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    // Twice the line's time and esptool's 10 s: a driver that never drains must not hang the tool.
    const limitMs = 10_000 + (20_000 * frame.length) / this.link.baud;
    return this.#bounded(this.link.write(frame), limitMs, () => notTaken(this.link.path));
  }

  /** Waits; unlike a timer it ends at once when the port is lost or the work is cancelled. */
  async pause(ms: number): Promise<void> {
    await this.within(ms, new Promise<void>(() => {}));
  }

  /** Waits for `work`, at most `ms`; true when it came in time. */
  async within(ms: number, work: Promise<void>): Promise<boolean> {
    let inTime = true;
    let elapsed: () => void = () => {};
    const late = new Promise<void>((resolve) => {
      elapsed = resolve;
    });
    const timer = this.clock.after(ms, () => {
      inTime = false;
      elapsed();
    });
    await this.#orFail(Promise.race([work, late])).finally(() => timer.cancel());
    return inTime;
  }

  flushInput(): void {
    this.#frames = [];
    this.#decoder.abandon();
  }

  /** Waits until nothing has come for `quietMs` (at most `maxMs`) and throws it away. */
  async drainInput(quietMs = 100, maxMs = 400): Promise<void> {
    const deadline = this.clock.now() + maxMs;
    let heard = true;
    this.#heard = () => {
      heard = true;
    };
    try {
      while (heard && this.clock.now() < deadline) {
        heard = false;
        await this.pause(Math.min(quietMs, deadline - this.clock.now()));
      }
    } finally {
      this.#heard = null;
    }
    this.flushInput();
  }

  /** Both lines in one call, as a reset sequence wants them. */
  setLines({ dtr, rts }: ModemLines): Promise<void> {
    return this.setSignals(dtr, rts);
  }

  async setSignals(dtr = this.link.lines.dtr, rts = this.link.lines.rts): Promise<void> {
    await this.#bounded(this.link.setLines({ dtr, rts }), CONTROL_MS, () => notTaken(this.link.path));
  }

  setDTR(state: boolean): Promise<void> {
    return this.setSignals(state, undefined);
  }

  setRTS(state: boolean): Promise<void> {
    return this.setSignals(undefined, state);
  }

  /** In place: false, because the port was not reopened. */
  async changeBaudrate(baud: number): Promise<boolean> {
    await this.#bounded(this.link.setBaud(baud), CONTROL_MS, () => notTaken(this.link.path));
    this.baudrate = baud;
    return false;
  }

  async connect(baud = 115_200): Promise<void> {
    if (!this.link.isOpen) await this.link.open({ baud });
    else if (this.link.baud !== baud) await this.link.setBaud(baud);
    this.baudrate = baud;
  }

  disconnect(): Promise<void> {
    this.dispose();
    return Promise.resolve();
  }

  /** Frames come as events: there is no loop to run. */
  readLoop(): Promise<void> {
    return Promise.resolve();
  }

  peek(): Uint8Array {
    return new Uint8Array(0);
  }

  trace(): void {}

  hexConvert(): string {
    return '';
  }

  hexify(bytes: Uint8Array): string {
    return Buffer.from(bytes).toString('hex');
  }

  getInfo(): string {
    return this.link.path;
  }

  getVid(): number | undefined {
    return undefined;
  }

  getPid(): number | undefined {
    return undefined;
  }

  #deliver(frame: Uint8Array): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter === null) this.#frames.push(frame);
    else waiter(frame);
  }

  #fail(error: EspwatchError): void {
    this.#failure ??= error;
    for (const reject of [...this.#pending]) reject(this.#failure);
  }

  #bounded<T>(work: Promise<T>, timeoutMs: number, late: () => EspwatchError): Promise<T> {
    let expire: (error: EspwatchError) => void = () => {};
    const expired = new Promise<never>((_resolve, reject) => {
      expire = reject;
    });
    const timer = this.clock.after(timeoutMs, () => expire(late()));
    return this.#orFail(Promise.race([work, expired])).finally(() => timer.cancel());
  }

  /** `work`, or the failure of the transport if that comes first. */
  #orFail<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failure !== null) {
        work.catch(() => {});
        reject(this.#failure);
        return;
      }
      this.#pending.add(reject);
      work.then(resolve, reject).finally(() => this.#pending.delete(reject));
    });
  }
}
