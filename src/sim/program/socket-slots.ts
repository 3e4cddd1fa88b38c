import type { Socket } from 'node:net';
import { handleOf, ringBell, type SharedBoard, SLOT, type SocketSlot } from './layout.js';
import { ringFree, ringRead, ringReset, ringUsed, ringWrite } from './ring.js';
import { subscribe } from './subscribe.js';

const TX_CHUNK = 4096;
/** How long a peer may take to close its side, or to take the rest, once the program is done with a connection. */
const LINGER_MS = 2000;

interface Attached {
  readonly socket: Socket;
  /** Bytes that came and do not fit yet; the socket is paused meanwhile. */
  rest: Uint8Array;
  ended: boolean;
  closed: boolean;
  /** The socket's own buffer is full. */
  blocked: boolean;
  limit: NodeJS.Timeout | undefined;
  unsubscribe: () => void;
}

/** The host's end of a board's eight sockets: moves bytes between real sockets and shared rings. */
export class SocketSlots {
  readonly #board: SharedBoard;
  readonly #onFree: () => void;
  readonly #attached = new Map<SocketSlot, Attached>();
  /** Sockets that only wait for their last bytes to go, or for the network to come back. */
  readonly #leaving = new Map<Socket, NodeJS.Timeout | undefined>();

  /** `onFree` is called when a slot can be used again. */
  constructor(board: SharedBoard, onFree: () => void) {
    this.#board = board;
    this.#onFree = onFree;
  }

  get free(): number {
    return this.#board.slots.length - this.#attached.size;
  }

  /** Gives a connected socket, its errors ignored, to the program; the handle, or undefined when no slot is free. */
  attach(socket: Socket): number | undefined {
    const slot = this.#board.slots.find((s) => !this.#attached.has(s));
    if (slot === undefined) return undefined;
    const { words } = this.#board;
    const to: Attached = {
      socket,
      rest: new Uint8Array(0),
      ended: false,
      closed: socket.destroyed,
      blocked: false,
      limit: undefined,
      unsubscribe: () => undefined,
    };
    this.#attached.set(slot, to);
    ringReset(slot.rx);
    ringReset(slot.tx);
    Atomics.store(words, slot.rxWanted, 0);
    Atomics.add(words, slot.generation, 1);
    Atomics.store(words, slot.state, SLOT.open);
    socket.setNoDelay(true);
    to.unsubscribe = subscribe(socket, {
      data: (chunk) => {
        // `data` may come once more after a pause.
        to.rest = to.rest.length === 0 ? chunk : Buffer.concat([to.rest, chunk]);
        this.#fill(slot, to);
      },
      end: () => {
        to.ended = true;
        this.#fill(slot, to);
      },
      close: () => {
        to.closed = true;
        this.#fill(slot, to);
        this.#drain(slot, to);
      },
      drain: () => {
        to.blocked = false;
        this.#drain(slot, to);
      },
    });
    socket.resume();
    this.#fill(slot, to);
    return handleOf(this.#board, slot);
  }

  /** Looks at every slot: the board has written, read or closed. */
  pump(): void {
    for (const [slot, to] of [...this.#attached]) {
      if (to.rest.length > 0) this.#fill(slot, to);
      this.#drain(slot, to);
    }
  }

  /** Closes from the host's side a connection that the program has never seen. */
  drop(handle: number): void {
    const slot = this.#board.slots.find((s) => handleOf(this.#board, s) === handle);
    if (slot === undefined) return;
    Atomics.store(this.#board.words, slot.state, SLOT.closing);
    this.pump();
  }

  /** The network is gone: for the program the connections are dead, for the peers they only fall silent. */
  freeze(): void {
    for (const [slot, to] of [...this.#attached]) {
      to.unsubscribe();
      this.hold(to.socket);
      if (Atomics.load(this.#board.words, slot.state) === SLOT.closing) this.#release(slot, to);
      else {
        to.closed = true;
        to.rest = new Uint8Array(0);
        Atomics.store(this.#board.words, slot.state, SLOT.dead);
      }
    }
    ringBell(this.#board);
  }

  /** Keeps a socket open and silent until `thaw`. */
  hold(socket: Socket): void {
    socket.pause();
    socket.once('close', () => this.#leaving.delete(socket));
    this.#leaving.set(socket, undefined);
  }

  /** The network is back: the board knows nothing of the old connections and resets them. */
  thaw(): void {
    for (const [socket, timer] of [...this.#leaving]) if (timer === undefined) reset(socket);
  }

  close(): void {
    for (const [slot, to] of [...this.#attached]) {
      clearTimeout(to.limit);
      reset(to.socket);
      Atomics.store(this.#board.words, slot.state, SLOT.free);
    }
    this.#attached.clear();
    for (const [socket, timer] of this.#leaving) {
      clearTimeout(timer);
      socket.destroy();
    }
    this.#leaving.clear();
  }

  /** Socket to program. */
  #fill(slot: SocketSlot, to: Attached): void {
    const { words } = this.#board;
    if (Atomics.load(words, slot.state) === SLOT.closing) to.rest = new Uint8Array(0);
    // Again while there is room: the board may have made some before it could see that more is wanted.
    while (to.rest.length > 0 && ringFree(slot.rx) > 0) {
      to.rest = to.rest.subarray(ringWrite(slot.rx, to.rest));
      Atomics.store(words, slot.rxWanted, to.rest.length > 0 ? 1 : 0);
    }
    if (to.rest.length > 0) to.socket.pause();
    else if (to.closed) this.#advance(slot, SLOT.dead);
    else if (to.ended) this.#advance(slot, SLOT.peerEnded);
    else to.socket.resume();
    ringBell(this.#board);
  }

  /** Moves the state on, never back, and never over the program's own `closing`. */
  #advance(slot: SocketSlot, state: number): void {
    const { words } = this.#board;
    for (const from of [SLOT.open, SLOT.peerEnded]) {
      if (from < state) Atomics.compareExchange(words, slot.state, from, state);
    }
  }

  /** Program to socket; frees the slot once a closed connection's last bytes are out of the ring. */
  #drain(slot: SocketSlot, to: Attached): void {
    if (this.#attached.get(slot) !== to) return;
    // Before the ring is looked at: what the program wrote before it closed is sent.
    const closing = Atomics.load(this.#board.words, slot.state) === SLOT.closing;
    let took = false;
    while (ringUsed(slot.tx) > 0 && (to.closed || !to.blocked)) {
      const chunk = new Uint8Array(Math.min(TX_CHUNK, ringUsed(slot.tx)));
      ringRead(slot.tx, chunk);
      took = true;
      if (!to.closed) to.blocked = !to.socket.write(chunk);
    }
    if (took) ringBell(this.#board);
    if (!closing) return;
    if (ringUsed(slot.tx) === 0) {
      to.unsubscribe();
      this.#leave(to.socket);
      this.#release(slot, to);
    } else {
      to.limit ??= setTimeout(() => to.socket.destroy(), LINGER_MS);
    }
  }

  #release(slot: SocketSlot, to: Attached): void {
    clearTimeout(to.limit);
    this.#attached.delete(slot);
    Atomics.store(this.#board.words, slot.state, SLOT.free);
    this.#onFree();
  }

  /** Sends FIN after the last bytes and lets the peer finish; what it still sends is dropped. */
  #leave(socket: Socket): void {
    if (socket.destroyed || this.#leaving.has(socket)) return;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    this.#leaving.set(socket, timer);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#leaving.delete(socket);
    });
    socket.end();
    socket.resume();
  }
}

/** As a board that lost its power or its memory of the connection. */
export function reset(socket: Socket): void {
  socket.resetAndDestroy();
}
