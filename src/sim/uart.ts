import type { LineEnd, UartLine } from './uart-line.js';
import { countEdges, UartReceiver } from './uart-receiver.js';

/** The ROM assumes an 80 MHz clock and wants 115200 (ESP8266.md 1.1). */
const ROM_DIVISOR = 694;
const CALIBRATED_ROM_BAUD = 115_200;
/** Autobaud waits for more RXD edges than this (ESP8266.md 3.4). */
const AUTOBAUD_EDGES = 29;

export type Crystal = 26 | 40;

/** UART0: clock divisor, transmitter, receiver, and the edge counter of the autobaud. */
export class Uart implements LineEnd {
  readonly #crystal: Crystal;
  readonly #receiver: UartReceiver;
  #baud: number;
  #divisor = ROM_DIVISOR;
  #calibrated = false;
  #tx: UartLine | null = null;
  #rx: UartLine | null = null;
  #receive: ((bytes: Uint8Array) => void) | null = null;
  #edges = 0;
  #onTrained: (() => void) | null = null;

  constructor(crystal: Crystal) {
    this.#crystal = crystal;
    this.#baud = this.#clockHz / ROM_DIVISOR;
    this.#receiver = new UartReceiver(this.#baud);
  }

  /** Speed of both directions in baud, as the divisor makes it. */
  get baud(): number {
    return this.#baud;
  }

  get divisor(): number {
    return this.#divisor;
  }

  set divisor(divisor: number) {
    this.#divisor = Math.max(1, divisor);
    this.#setBaud(this.#clockHz / this.#divisor);
  }

  /** The wires to and from the host. */
  connect(tx: UartLine, rx: UartLine): void {
    this.#tx = tx;
    this.#rx = rx;
  }

  /** The ROM starts: 74928 baud with a 26 MHz crystal, or a true 115200 once the SDK has set the PLL up (1.1). */
  romRate(): void {
    this.#divisor = ROM_DIVISOR;
    this.#setBaud(this.#calibrated ? CALIBRATED_ROM_BAUD : this.#clockHz / ROM_DIVISOR);
  }

  /** Reset by EN or power: the PLL is as at power-on. */
  coldReset(): void {
    this.#calibrated = false;
  }

  /** The SDK has calibrated the PLL to 80 MHz; only a cold reset undoes it. */
  calibrate(): void {
    this.#calibrated = true;
  }

  /** `Serial.begin`: the SDK's clock makes the rate a true one. */
  programRate(baud: number): void {
    this.#divisor = Math.round(80e6 / baud);
    this.#setBaud(baud);
  }

  /** Resolves when the last bit has left. */
  send(bytes: Uint8Array): Promise<void> {
    return this.#tx?.send(bytes, this.#baud) ?? Promise.resolve();
  }

  /** Reset: what has not left is lost, RXD is not listened to. */
  stop(): void {
    this.#tx?.discard();
    this.onReceive(null);
  }

  sendText(text: string): Promise<void> {
    return this.send(Buffer.from(text, 'latin1'));
  }

  drained(): Promise<void> {
    return this.#tx?.drained() ?? Promise.resolve();
  }

  /** Who gets what RXD hears from now on; null = nobody, as in reset. */
  onReceive(receive: ((bytes: Uint8Array) => void) | null): void {
    this.#rx?.catchUp();
    this.#receive = receive;
    this.#onTrained = null;
    this.#receiver.reset();
  }

  /** Counts edges instead of receiving; `trained` is called once, when the counter is full. */
  trainAutobaud(trained: () => void): void {
    this.#receive = null;
    this.#edges = 0;
    this.#onTrained = trained;
  }

  take(bytes: Uint8Array, baud: number, start: number): void {
    if (this.#onTrained !== null) {
      this.#edges += countEdges(bytes);
      if (this.#edges <= AUTOBAUD_EDGES) return;
      const trained = this.#onTrained;
      this.#onTrained = null;
      this.divisor = Math.floor(this.#clockHz / baud);
      this.#receiver.reset();
      trained();
      return;
    }
    if (this.#receive === null) return;
    this.#deliver(this.#receiver.hear(bytes, baud, start));
  }

  idle(until: number): number | null {
    this.#deliver(this.#receiver.idle(until));
    return this.#receive === null ? null : this.#receiver.completeAt;
  }

  get #clockHz(): number {
    return this.#crystal * 2e6;
  }

  #setBaud(baud: number): void {
    this.#rx?.catchUp();
    this.#baud = baud;
    this.#receiver.baud = baud;
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#receive?.(bytes);
  }
}
