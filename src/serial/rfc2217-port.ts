import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import type { BindingOpenOptions, BindingPortInterface, PortStatus, SetOptions, UpdateOptions } from './bindings.js';
import {
  askSignature,
  CONTROL,
  type ComPortReply,
  decodeReply,
  lineControls,
  purgeBoth,
  setBaudrate,
  setControl,
  setFormat,
} from './com-port.js';
import { LINES_RELEASED, type ModemLines } from './link.js';
import { Pending } from './pending.js';
import { ReadQueue } from './read-queue.js';
import { remoteBaud } from './rfc2217-errors.js';
import type { Rfc2217Options } from './target.js';
import {
  BINARY,
  COM_PORT,
  DO,
  DONT,
  ECHO,
  escapeIac,
  negotiation,
  SUPPRESS_GO_AHEAD,
  TelnetDecoder,
  type TelnetEvent,
  WILL,
  WONT,
} from './telnet.js';

const NEGOTIATE_MS = 3_000;
const BAUD_MS = 3_000;
/** How long an answer that many servers never give is waited for. */
const ACK_MS = 200;
const QUERY_MS = 500;
const CLOSE_MS = 500;
/** Rates are quantised by some bridges; a UART copes with this much. */
const BAUD_TOLERANCE = 0.03;
/** Unread bytes at which the peer is held back. */
const HIGH_WATER = 1 << 20;
const GREETING_BYTES = 200;

const ACCEPTED = new Set([BINARY, ECHO, SUPPRESS_GO_AHEAD, COM_PORT]);

class Canceled extends Error {
  readonly canceled = true;
}

interface Waiter {
  readonly wants: (reply: ComPortReply) => boolean;
  readonly settle: (reply: ComPortReply | null) => void;
}

/** A connection to an RFC 2217 server, with the manners that node-serialport's stream expects of a port. */
export class Rfc2217Port implements BindingPortInterface {
  readonly openOptions: Required<BindingOpenOptions>;
  isOpen = true;
  readonly #socket: Socket;
  readonly #options: Rfc2217Options;
  readonly #clock: Clock;
  readonly #decoder = new TelnetDecoder();
  readonly #input = new ReadQueue();
  readonly #waiters = new Set<Waiter>();
  readonly #answered = new Set<string>();
  readonly #pending = new Pending();
  readonly #resumed = new Set<() => void>();
  #accepted: (() => void) | null = null;
  #refused: (() => void) | null = null;
  #refusals = new Set<number>();
  #greeted = false;
  #lines: ModemLines | null = null;
  #greeting = '';
  #suspended = false;
  #answersQueries = true;
  #baud: number;
  #status: PortStatus = { cts: false, dsr: false, dcd: false };

  constructor(socket: Socket, open: BindingOpenOptions, options: Rfc2217Options, clock: Clock) {
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
    this.#baud = open.baudRate;
    this.openOptions = {
      dataBits: 8,
      stopBits: 1,
      parity: 'none',
      lock: true,
      rtscts: false,
      xon: false,
      xoff: false,
      xany: false,
      hupcl: false,
      ...open,
    };
    socket.on('data', (bytes: Buffer) => this.#received(bytes));
    socket.on('error', (error: Error) => this.#ended(error));
    socket.on('end', () => this.#ended(new Error('the server closed the connection')));
    socket.on('close', () => this.#ended(new Error('the connection was closed')));
  }

  /** What the server said in plain text, which before the negotiation can only be meant for people. */
  greeting(): string {
    return this.#greeting.replace(/\s+/g, ' ').trim();
  }

  /** Rejects when the server does not accept the COM-PORT option within 3 s. */
  async negotiate(): Promise<void> {
    const accepted = this.#pending.run<void>((resolve, reject) => {
      this.#accepted = resolve;
      this.#refused = () => reject(new Error('it refuses the COM-PORT option'));
      const timer = this.#clock.after(NEGOTIATE_MS, () => reject(new Error('it did not accept the COM-PORT option')));
      return () => timer.cancel();
    });
    const verbs = [BINARY, SUPPRESS_GO_AHEAD, COM_PORT].flatMap((option) => {
      this.#answered.add(`${WILL} ${option}`).add(`${DO} ${option}`);
      return [negotiation(WILL, option), negotiation(DO, option)];
    });
    this.#send(...verbs);
    await accepted;
    this.#greeted = true;
  }

  /** Sets speed and format, and releases both lines without a reset. */
  async configure(baud: number): Promise<void> {
    await this.#setBaud(baud, setFormat());
    this.#lines = LINES_RELEASED;
    if (!this.#options.ignoreSetControl) {
      await this.#setControls(lineControls(LINES_RELEASED));
      return;
    }
    // esp_rfc2217_server takes RTS OFF for "reset the board"; it is known by not acknowledging DTR OFF.
    if (await this.#setControls([CONTROL.dtrOff])) await this.#setControls([CONTROL.rtsOff]);
  }

  async close(): Promise<void> {
    if (!this.isOpen) throw new Error('Port is not open');
    this.isOpen = false;
    this.#ended(new Canceled('Canceled'));
    const socket = this.#socket;
    if (socket.closed) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(CLOSE_MS, () => socket.destroy());
      socket.once('close', () => {
        timer.cancel();
        resolve();
      });
      socket.resume();
      socket.end();
    });
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    if (!this.isOpen) throw new Canceled('Port is not open');
    const bytesRead = await this.#input.read(buffer.subarray(offset, offset + length));
    if (this.#socket.isPaused() && this.#input.size < HIGH_WATER) this.#socket.resume();
    return { buffer, bytesRead };
  }

  async write(buffer: Buffer): Promise<void> {
    this.#mustWork();
    while (this.#suspended) {
      await this.#pending.run<void>((resolve) => {
        this.#resumed.add(resolve);
        return () => this.#resumed.delete(resolve);
      });
    }
    await this.#pending.run<void>((resolve, reject) => {
      this.#socket.write(escapeIac(buffer), (error) => (error ? reject(error) : resolve()));
      return null;
    });
  }

  async update({ baudRate }: UpdateOptions): Promise<void> {
    this.#mustWork();
    await this.#setBaud(baudRate, []);
  }

  async set(options: SetOptions): Promise<void> {
    this.#mustWork();
    const lines = { dtr: options.dtr ?? true, rts: options.rts ?? true };
    // Said twice, RTS OFF would reset a board behind esp_rfc2217_server.
    if (this.#lines?.dtr === lines.dtr && this.#lines.rts === lines.rts) return;
    this.#lines = lines;
    if (this.#options.ignoreSetControl) this.#send(...lineControls(lines).map(setControl));
    else await this.#setControls(lineControls(lines));
  }

  get(): Promise<PortStatus> {
    return Promise.resolve(this.#status);
  }

  getBaudRate(): Promise<{ baudRate: number }> {
    return Promise.resolve({ baudRate: this.#baud });
  }

  /** Throws away what came from the board, here and at the server, and what the server has not passed on yet. */
  async flush(): Promise<void> {
    this.#mustWork();
    this.#input.clear();
    const purged = this.#reply((reply) => reply.kind === 'purged', ACK_MS);
    this.#send(purgeBoth());
    if ((await purged) !== null) this.#input.clear();
  }

  /** The server answers in order, so its answer to a question says that it took the bytes before it. */
  async drain(): Promise<void> {
    this.#mustWork();
    if (!this.#answersQueries) return;
    const answer = this.#reply((reply) => reply.kind === 'baud', QUERY_MS);
    this.#send(setBaudrate(0));
    this.#answersQueries = (await answer) !== null;
  }

  /** What the server calls itself; null when it does not say. */
  async signature(): Promise<string | null> {
    this.#mustWork();
    const answer = this.#reply((reply) => reply.kind === 'signature', QUERY_MS);
    this.#send(askSignature());
    const reply = await answer;
    return reply?.kind === 'signature' && reply.text !== '' ? reply.text : null;
  }

  async #setBaud(baud: number, more: Uint8Array[]): Promise<void> {
    const answer = this.#reply((reply) => reply.kind === 'baud', BAUD_MS);
    this.#send(setBaudrate(baud), ...more);
    const reply = await answer;
    if (reply?.kind !== 'baud') throw new Error('it did not confirm the speed');
    if (Math.abs(reply.baud - baud) > baud * BAUD_TOLERANCE) throw remoteBaud(baud, reply.baud);
    this.#baud = baud;
  }

  /** Sends all values in one segment; false when the server did not acknowledge them all, which many never do. */
  async #setControls(values: readonly number[]): Promise<boolean> {
    const acks = values.map((value) =>
      this.#reply((reply) => reply.kind === 'control' && reply.value === value, ACK_MS),
    );
    this.#send(...values.map(setControl));
    return (await Promise.all(acks)).every((ack) => ack !== null);
  }

  #send(...parts: Uint8Array[]): void {
    this.#socket.write(Buffer.concat(parts));
  }

  #received(bytes: Buffer): void {
    for (const event of this.#decoder.push(bytes)) this.#handle(event);
    if (this.#input.size >= HIGH_WATER) this.#socket.pause();
  }

  #handle(event: TelnetEvent): void {
    if (event.kind === 'negotiate') {
      this.#negotiated(event.verb, event.option);
    } else if (event.kind === 'sub') {
      const reply = event.option === COM_PORT ? decodeReply(event.bytes) : null;
      if (reply !== null) this.#replied(reply);
    } else if (this.#greeted) {
      this.#input.push(event.bytes);
    } else if (this.#greeting.length < GREETING_BYTES) {
      this.#greeting += Buffer.from(event.bytes).toString('latin1');
    }
  }

  #negotiated(verb: number, option: number): void {
    if (verb === WONT || verb === DONT) {
      if (option === COM_PORT && this.#refusals.add(verb).size === 2) this.#refused?.();
      return;
    }
    if (option === COM_PORT) this.#accepted?.();
    // Each side asks and agrees in the same words, so an answer to an answer would go on for ever.
    const agreed = ACCEPTED.has(option);
    const answer = verb === WILL ? (agreed ? DO : DONT) : agreed && option !== ECHO ? WILL : WONT;
    const key = `${answer} ${option}`;
    if (this.#answered.has(key)) return;
    this.#answered.add(key);
    this.#send(negotiation(answer, option));
  }

  #replied(reply: ComPortReply): void {
    if (reply.kind === 'modem-state') this.#status = { cts: reply.cts, dsr: reply.dsr, dcd: reply.dcd };
    if (reply.kind === 'suspend') this.#suspended = true;
    if (reply.kind === 'resume') {
      this.#suspended = false;
      for (const resume of [...this.#resumed]) resume();
    }
    for (const waiter of this.#waiters) {
      if (!waiter.wants(reply)) continue;
      waiter.settle(reply);
      return;
    }
  }

  /** The first answer that fits, or null after `ms`. */
  #reply(wants: Waiter['wants'], ms: number): Promise<ComPortReply | null> {
    return this.#pending.run((settle) => {
      const waiter: Waiter = { wants, settle };
      const timer = this.#clock.after(ms, () => settle(null));
      this.#waiters.add(waiter);
      return () => {
        timer.cancel();
        this.#waiters.delete(waiter);
      };
    });
  }

  #ended(error: Error): void {
    this.#pending.end(error);
    this.#input.end(this.#pending.reason ?? error);
  }

  #mustWork(): void {
    if (!this.isOpen) throw new Error('Port is not open');
    if (this.#pending.reason !== null) throw this.#pending.reason;
  }
}
