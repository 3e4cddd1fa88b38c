import { createServer, type Server, type Socket } from 'node:net';
import { pushAccepted, ringBell, type SharedBoard, takeAccepted } from './layout.js';
import type { SocketSlots } from './socket-slots.js';
import { ignoreErrors } from './subscribe.js';

/** Connections that wait for a slot, a listener; more are turned away. */
const BACKLOG = 32;
/** Slots that incoming connections never take, so that the sketch can still connect somewhere. */
const KEPT_FOR_OUTGOING = 2;

interface Listener {
  readonly port: number;
  server: Server | undefined;
  /** Settles once the server is bound, or has failed to. */
  bound: Promise<boolean> | undefined;
  readonly pending: Set<Socket>;
}

/** A board's listening ports, bound to its own address. */
export class Listeners {
  readonly #board: SharedBoard;
  readonly #slots: SocketSlots;
  readonly #listeners: (Listener | undefined)[];
  #address: string | undefined;
  #silent = false;

  constructor(board: SharedBoard, slots: SocketSlots) {
    this.#board = board;
    this.#slots = slots;
    this.#listeners = board.queues.map(() => undefined);
  }

  /** The listener's number, or -1 when the port is taken or both listeners are in use. */
  async listen(port: number): Promise<number> {
    const index = this.#listeners.indexOf(undefined);
    if (index < 0) return -1;
    const listener: Listener = { port, server: undefined, bound: undefined, pending: new Set() };
    this.#listeners[index] = listener;
    if (this.#address === undefined || (await this.#bind(index, listener, this.#address))) return index;
    this.#listeners[index] = undefined;
    return -1;
  }

  /** The board has its address: binds what the program listens on already. */
  async setAddress(address: string): Promise<void> {
    this.#address = address;
    for (const [index, listener] of this.#listeners.entries()) {
      if (listener !== undefined && listener.server === undefined) await this.#bind(index, listener, address);
    }
  }

  async unlisten(index: number): Promise<void> {
    const listener = this.#listeners[index];
    const queue = this.#board.queues[index];
    if (listener === undefined || queue === undefined) return;
    this.#listeners[index] = undefined;
    // The board waits for this call, so its side of the queue may be used.
    for (let handle = takeAccepted(this.#board, queue, false); handle >= 0; ) {
      this.#slots.drop(handle);
      handle = takeAccepted(this.#board, queue, false);
    }
    await closeListener(listener);
  }

  /** While silent (no network) connections are let in by the host and then hear nothing. */
  setSilent(silent: boolean): void {
    this.#silent = silent;
    if (!silent) return;
    for (const listener of this.#listeners) {
      for (const socket of listener?.pending ?? []) this.#slots.hold(socket);
      listener?.pending.clear();
    }
  }

  /** Hands waiting connections to the program as far as slots and queues have room. */
  pump(): void {
    let woke = false;
    this.#listeners.forEach((listener, index) => {
      const queue = this.#board.queues[index];
      for (const socket of listener?.pending ?? []) {
        if (queue === undefined || this.#slots.free <= KEPT_FOR_OUTGOING) return;
        if (!pushAccepted(this.#board, queue, () => this.#slots.attach(socket) ?? -1)) return;
        listener?.pending.delete(socket);
        woke = true;
      }
    });
    if (woke) ringBell(this.#board);
  }

  async close(): Promise<void> {
    for (const listener of this.#listeners.splice(0)) if (listener !== undefined) await closeListener(listener);
  }

  #bind(index: number, listener: Listener, address: string): Promise<boolean> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      ignoreErrors(socket);
      if (this.#listeners[index] !== listener || listener.pending.size >= BACKLOG) {
        socket.destroy();
      } else if (this.#silent) {
        this.#slots.hold(socket);
      } else {
        listener.pending.add(socket);
        socket.once('close', () => listener.pending.delete(socket));
        this.pump();
      }
    });
    listener.server = server;
    listener.bound = new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ host: address, port: listener.port, exclusive: true }, () => resolve(true));
    });
    return listener.bound;
  }
}

async function closeListener({ server, bound, pending }: Listener): Promise<void> {
  for (const socket of pending) socket.destroy();
  pending.clear();
  // Node would go on to listen on a server that is closed while it still binds.
  await bound;
  // Connections that the program has taken live on: the port is free at once all the same.
  server?.close();
}
