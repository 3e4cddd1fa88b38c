import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, realClock } from '../clock.js';
import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';
import { Rfc2217Session } from './rfc2217-session.js';
import type { BoardPort, VirtualBoard } from './virtual-board.js';

const FIRST_BAUD = 115_200;
/** How long a new client waits for the one before it to be gone. */
const LEAVING_MS = 1_500;
/** More than this towards a client that does not read is lost, as on a wire. */
const CLIENT_BACKLOG_MAX = 1024 * 1024;
/** More than this on its way to the board and the client has to wait. */
const BOARD_BACKLOG_MAX = 16 * 1024;

export interface Rfc2217ServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 = any free one (default). */
  readonly port?: number;
  readonly clock?: Clock;
  readonly log?: (line: string) => void;
}

/** A virtual board at `rfc2217://host:port`, for one client at a time. */
export class Rfc2217Server {
  readonly #board: VirtualBoard;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #client: Socket | null = null;

  private constructor(board: VirtualBoard, options: Rfc2217ServerOptions) {
    this.#board = board;
    this.#clock = options.clock ?? realClock;
    this.#log = options.log ?? (() => undefined);
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Listens; rejects with `SIM_LISTEN`. */
  static async listen(board: VirtualBoard, options: Rfc2217ServerOptions = {}): Promise<Rfc2217Server> {
    const server = new Rfc2217Server(board, options);
    const [host, port] = [options.host ?? '127.0.0.1', options.port ?? 0];
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', (cause) => {
        const hint = 'Choose another port, or end the program that uses it.';
        reject(new EspwatchError('SIM_LISTEN', `Cannot listen on ${host}:${port}: ${cause.message}.`, hint, { cause }));
      });
      server.#server.listen(port, host, resolve);
    });
    return server;
  }

  get host(): string {
    return this.#address.address;
  }

  get port(): number {
    return this.#address.port;
  }

  /** Sends the client away and stops listening. The board goes on. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get #address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', (error) => this.#log(`client: ${error.message}`));
    this.#admit(socket);
  }

  #admit(socket: Socket): void {
    const serving = this.#client;
    if (serving !== null) {
      // The news that a client has left can come after the next one's connection.
      const admit = (): void => {
        timer.cancel();
        if (!socket.destroyed) this.#admit(socket);
      };
      const timer = realClock.after(LEAVING_MS, () => {
        serving.off('close', admit);
        refuse(socket, `The virtual board is in use by ${serving.remoteAddress}:${serving.remotePort}.`);
      });
      serving.once('close', admit);
      return;
    }
    try {
      this.#serve(socket);
    } catch (error) {
      if (!isEspwatchError(error)) throw error;
      refuse(socket, messageOf(error));
    }
  }

  #serve(socket: Socket): void {
    const outbox = new Outbox(socket, this.#log);
    const port = this.#board.attach(FIRST_BAUD, {
      onBytes: (bytes) => outbox.data(Rfc2217Session.encode(bytes)),
      onUnplug: () => socket.destroy(),
    });
    this.#client = socket;
    const session = new Rfc2217Session({
      port,
      clock: this.#clock,
      send: (bytes) => outbox.control(bytes),
      suspend: (suspended) => outbox.suspend(suspended),
      purgeInput: () => outbox.purge(),
      wrote: backlog(socket, this.#log),
    });
    socket.once('close', () => {
      session.end();
      port.detach();
      this.#client = null;
    });
    socket.on('data', (segment) => this.#receive(socket, port, session, segment));
    session.greet();
  }

  #receive(socket: Socket, port: BoardPort, session: Rfc2217Session, segment: Buffer): void {
    try {
      session.receive(segment);
    } catch (error) {
      // The cable came out while the segment was taken apart.
      this.#log(`client: ${messageOf(error)}`);
      port.detach();
      socket.destroy();
    }
  }
}

function refuse(socket: Socket, why: string): void {
  socket.resume();
  socket.end(`espwatch: ${why}\r\n`);
}

/** Stops reading from the client while the board's wire has enough to do. */
function backlog(socket: Socket, log: (line: string) => void): (length: number, left: Promise<void>) => void {
  let waiting = 0;
  return (length, left) => {
    waiting += length;
    if (waiting > BOARD_BACKLOG_MAX) socket.pause();
    left
      .catch((error: unknown) => log(`client: ${messageOf(error)}`))
      .finally(() => {
        waiting -= length;
        if (waiting <= BOARD_BACKLOG_MAX) socket.resume();
      });
  };
}

/** What goes to the client: answers always, the board's bytes only as far as the client takes them. */
class Outbox {
  readonly #socket: Socket;
  readonly #log: (line: string) => void;
  #held: Uint8Array[] | null = null;
  #heldLength = 0;
  #lost = 0;

  constructor(socket: Socket, log: (line: string) => void) {
    this.#socket = socket;
    this.#log = log;
  }

  control(bytes: Uint8Array): void {
    if (this.#socket.destroyed) return;
    // Who asks without end and never reads the answers is no client.
    if (this.#socket.writableLength > 2 * CLIENT_BACKLOG_MAX) this.#socket.destroy();
    else this.#socket.write(bytes);
  }

  data(bytes: Uint8Array): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.writableLength + this.#heldLength > CLIENT_BACKLOG_MAX) {
      if (this.#lost === 0) this.#log('client: does not read; what the board sends is lost');
      this.#lost += bytes.length;
      return;
    }
    this.#lost = 0;
    if (this.#held === null) {
      this.#socket.write(bytes);
      return;
    }
    this.#held.push(bytes);
    this.#heldLength += bytes.length;
  }

  suspend(suspended: boolean): void {
    if (suspended) {
      this.#held ??= [];
      return;
    }
    const held = this.#held ?? [];
    this.#held = null;
    this.#heldLength = 0;
    for (const bytes of held) this.data(bytes);
  }

  purge(): void {
    if (this.#held !== null) this.#held = [];
    this.#heldLength = 0;
  }
}
