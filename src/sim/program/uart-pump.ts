import { setImmediate as nextTurn } from 'node:timers/promises';
import { ringBell, type SharedBoard, UART_RX_LIMIT } from './layout.js';
import { ringRead, ringUsed, ringWrite } from './ring.js';

/** The hardware's TX FIFO. */
const CHUNK = 128;
/** After so many the event loop gets a turn: the program writes on meanwhile, on its own thread. */
const CHUNKS_A_TURN = 16;

/** Carries bytes between the program's UART rings and the board's line. Main thread. */
export class UartPump {
  readonly #board: SharedBoard;
  readonly #send: (bytes: Uint8Array) => void | Promise<void>;
  readonly #onError: (error: unknown) => void;
  #sending = false;
  #stopped = false;
  #waiting: (() => void)[] = [];

  constructor(
    board: SharedBoard,
    send: (bytes: Uint8Array) => void | Promise<void>,
    onError: (error: unknown) => void,
  ) {
    this.#board = board;
    this.#send = send;
    this.#onError = onError;
  }

  /** Sends what the program has written, as fast as the line takes it. */
  pump(): void {
    if (this.#sending || this.#stopped) return;
    this.#run().catch(this.#onError);
  }

  /** Settles once the line has taken everything, or the pump was stopped. */
  drained(): Promise<void> {
    this.pump();
    if (!this.#sending || this.#stopped) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What does not fit is lost, as in a receiver that nobody empties. */
  receive(bytes: Uint8Array): void {
    const room = UART_RX_LIMIT - ringUsed(this.#board.uartRx);
    if (this.#stopped || room <= 0) return;
    ringWrite(this.#board.uartRx, bytes.subarray(0, room));
    ringBell(this.#board);
  }

  stop(): void {
    this.#stopped = true;
    this.#settle();
  }

  async #run(): Promise<void> {
    this.#sending = true;
    let chunks = 0;
    while (!this.#stopped && ringUsed(this.#board.uartTx) > 0) {
      const bytes = new Uint8Array(Math.min(CHUNK, ringUsed(this.#board.uartTx)));
      ringRead(this.#board.uartTx, bytes);
      ringBell(this.#board);
      const taken = this.#send(bytes);
      if (taken !== undefined) await taken;
      if (++chunks % CHUNKS_A_TURN === 0) await nextTurn();
    }
    this.#sending = false;
    this.#settle();
  }

  #settle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
