import type { Clock, Timer } from '../clock.js';
import type { ModemLines } from '../serial/link.js';
import { escapeIac, OPTION, subnegotiation, TelnetDecoder, type TelnetEvent, TelnetOptions } from './telnet.js';
import type { BoardPort } from './virtual-board.js';

/** Client commands of RFC 2217; the server's answer is the same number + 100 (ESP8266.md 11.2). */
const COMMAND = {
  signature: 0,
  setBaudrate: 1,
  setDatasize: 2,
  setParity: 3,
  setStopsize: 4,
  setControl: 5,
  notifyModemstate: 7,
  flowSuspend: 8,
  flowResume: 9,
  setLinestateMask: 10,
  setModemstateMask: 11,
  purgeData: 12,
} as const;
const REPLY = 100;

const CONTROL = {
  noFlow: 1,
  askBreak: 4,
  breakOn: 5,
  breakOff: 6,
  askDtr: 7,
  dtrOn: 8,
  dtrOff: 9,
  askRts: 10,
  rtsOn: 11,
  rtsOff: 12,
  askInboundFlow: 13,
  noInboundFlow: 14,
  inboundHardware: 16,
} as const;

const DATA_BITS = 8;
const PARITY_NONE = 1;
const STOP_ONE = 1;
/** CD, RI, DSR and CTS are not wired on such boards. */
const MODEM_STATE = 0;
const SIGNATURE = 'espwatch virtual ESP8266';
const PURGE_OUTPUT = 2;

/**
 * How long a change that would only pass through (1,1) waits for the other line, in ms: pyserial sends the lines one
 * by one about 50 ms apart, and in between the straps would be taken with GPIO0 high (ESP8266.md 2.2, 14).
 */
const HOLD_MS = 150;

export interface SessionOptions {
  readonly port: BoardPort;
  readonly clock: Clock;
  readonly send: (bytes: Uint8Array) => void;
  /** The client wants no data for now, or wants it again. */
  readonly suspend: (suspended: boolean) => void;
  /** Throws away what came from the board and is not on its way to the client yet. */
  readonly purgeInput: () => void;
  /** Bytes have been queued for the board; `left` resolves when they are out. */
  readonly wrote: (length: number, left: Promise<void>) => void;
}

/** The protocol of one client, apart from its socket. */
export class Rfc2217Session {
  readonly #options: SessionOptions;
  readonly #telnet = new TelnetDecoder();
  readonly #negotiation = new TelnetOptions(
    [OPTION.binary, OPTION.suppressGoAhead, OPTION.comPort, OPTION.echo],
    [OPTION.binary, OPTION.suppressGoAhead, OPTION.comPort],
  );
  /** The lines as the client has asked for them. */
  #wanted: ModemLines = { dtr: false, rts: false };
  #hold: Timer | null = null;
  #break = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Says what we can do; before the client has agreed, data is passed all the same. */
  greet(): void {
    this.#options.send(this.#negotiation.offer());
    this.#reply(COMMAND.notifyModemstate, Uint8Array.of(MODEM_STATE));
  }

  /** One TCP segment: both lines changed in it move as one. */
  receive(segment: Uint8Array): void {
    for (const event of this.#telnet.push(segment)) this.#event(event);
    this.#applyLines();
  }

  /** What the board sent, as it goes to the client. */
  static encode(bytes: Uint8Array): Uint8Array {
    return escapeIac(bytes);
  }

  end(): void {
    this.#hold?.cancel();
    this.#hold = null;
  }

  #event(event: TelnetEvent): void {
    switch (event.kind) {
      case 'data':
        this.#applyLines();
        this.#options.wrote(event.bytes.length, this.#options.port.write(event.bytes));
        break;
      case 'option': {
        const answer = this.#negotiation.answer(event.verb, event.option);
        if (answer !== null) this.#options.send(answer);
        break;
      }
      case 'subnegotiation':
        if (event.option === OPTION.comPort) this.#command(event.payload[0] ?? -1, event.payload.subarray(1));
        break;
    }
  }

  #command(command: number, value: Uint8Array): void {
    switch (command) {
      case COMMAND.signature:
        if (value.length === 0) this.#reply(command, Buffer.from(SIGNATURE));
        break;
      case COMMAND.setBaudrate:
        this.#setBaudrate(value);
        break;
      case COMMAND.setDatasize:
        this.#reply(command, Uint8Array.of(DATA_BITS));
        break;
      case COMMAND.setParity:
        this.#reply(command, Uint8Array.of(PARITY_NONE));
        break;
      case COMMAND.setStopsize:
        this.#reply(command, Uint8Array.of(STOP_ONE));
        break;
      case COMMAND.setControl:
        this.#reply(command, Uint8Array.of(this.#control(value[0] ?? 0)));
        break;
      case COMMAND.flowSuspend:
      case COMMAND.flowResume:
        this.#options.suspend(command === COMMAND.flowSuspend);
        break;
      case COMMAND.setLinestateMask:
      case COMMAND.setModemstateMask:
        this.#reply(command, value.subarray(0, 1));
        break;
      case COMMAND.purgeData:
        this.#purge(value[0] ?? 0);
        this.#reply(command, value.subarray(0, 1));
        break;
    }
  }

  /** 0 asks; the answer is the rate in effect. */
  #setBaudrate(value: Uint8Array): void {
    const { port } = this.#options;
    if (value.length === 4) {
      const baud = new DataView(value.buffer, value.byteOffset, 4).getUint32(0);
      if (baud !== 0) port.setBaud(baud);
    }
    const answer = new Uint8Array(4);
    new DataView(answer.buffer).setUint32(0, port.baud);
    this.#reply(COMMAND.setBaudrate, answer);
  }

  /** Gives the state in effect. Lines are acknowledged at once, even when the change waits for the other line. */
  #control(value: number): number {
    switch (value) {
      case CONTROL.breakOn:
      case CONTROL.breakOff:
        this.#break = value === CONTROL.breakOn;
        return value;
      case CONTROL.askBreak:
        return this.#break ? CONTROL.breakOn : CONTROL.breakOff;
      case CONTROL.dtrOn:
      case CONTROL.dtrOff:
        this.#wanted = { ...this.#wanted, dtr: value === CONTROL.dtrOn };
        return value;
      case CONTROL.askDtr:
        return this.#wanted.dtr ? CONTROL.dtrOn : CONTROL.dtrOff;
      case CONTROL.rtsOn:
      case CONTROL.rtsOff:
        this.#wanted = { ...this.#wanted, rts: value === CONTROL.rtsOn };
        return value;
      case CONTROL.askRts:
        return this.#wanted.rts ? CONTROL.rtsOn : CONTROL.rtsOff;
      default:
        // Flow control of any kind is not there, whatever was asked.
        return value >= CONTROL.askInboundFlow && value <= CONTROL.inboundHardware
          ? CONTROL.noInboundFlow
          : CONTROL.noFlow;
    }
  }

  #applyLines(): void {
    const { port, clock } = this.#options;
    const now = port.lines;
    const { dtr, rts } = this.#wanted;
    if (now.dtr === dtr && now.rts === rts) {
      this.end();
      return;
    }
    if (!now.dtr && now.rts && dtr && rts) {
      this.#hold ??= clock.after(HOLD_MS, () => {
        this.#hold = null;
        port.setLines(this.#wanted);
      });
      return;
    }
    this.end();
    port.setLines(this.#wanted);
  }

  #purge(which: number): void {
    if (which & PURGE_OUTPUT) this.#options.port.discardOutput();
    if (which & 1) this.#options.purgeInput();
  }

  #reply(command: number, value: Uint8Array): void {
    this.#options.send(subnegotiation(OPTION.comPort, Uint8Array.of(command + REPLY, ...value)));
  }
}
