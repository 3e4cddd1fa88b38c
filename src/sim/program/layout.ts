import type { Ring } from './ring.js';

/** Words of the shared memory between a board's worker and the main thread (index into an Int32Array). */
export const WORD = {
  /** Counted up by the host whenever something changed for the board; the board sleeps on it. */
  bell: 0,
  /** 1 while a doorbell message from the board is under way. */
  hostBell: 1,
  state: 2,
  /** Counted up when the program feeds the software watchdog. */
  feed: 3,
  /** Set when the software watchdog has run out: the program's next call of an import ends it. */
  bark: 4,
  /** Answer to the call that the board waits for; `CALL_PENDING` until it is there. */
  call: 5,
  /** Arduino's `wl_status_t`. */
  wifi: 6,
  /** First octet in the low byte; 0 = none. */
  ipv4: 7,
  /** dBm. */
  rssi: 8,
  /** 1 = SNTP has answered. */
  clockSet: 9,
  /** One bit a pin: level written, is an output, has its pull-up on, level that the world drives. */
  gpioOut: 10,
  gpioIsOutput: 11,
  gpioPullUp: 12,
  gpioIn: 13,
  /** 0..1023. */
  adc: 14,
  errorLength: 15,
  uartTx: 16,
  uartRx: 18,
} as const;

/** `WORD.state`. The software watchdog counts only while the program runs. */
export const STATE = { starting: 0, running: 1, waiting: 2, over: 3 } as const;

export const CALL_PENDING = -0x8000_0000;

/** Arduino's `wl_status_t`, as far as the board reports it. */
export const WIFI = { idle: 0, noSsid: 1, connected: 3, disconnected: 6 } as const;

/** `closing`: the program is done with it, the host sends what is left. `dead`: only unread bytes are left. */
export const SLOT = { free: 0, open: 1, peerEnded: 2, dead: 3, closing: 4 } as const;

export const SLOT_COUNT = 8;
export const LISTENER_COUNT = 2;
export const ACCEPT_QUEUE = 4;
/** The hardware's RX FIFO and the Arduino core's receive buffer. */
export const UART_RX_LIMIT = 128 + 256;

const UART_TX_BYTES = 256;
const UART_RX_BYTES = 512;
const SOCKET_BYTES = 8192;
const ERROR_BYTES = 256;

const SLOTS_AT = 32;
const SLOT_WORDS = 8;
const LISTENERS_AT = SLOTS_AT + SLOT_COUNT * SLOT_WORDS;
const LISTENER_WORDS = 8;
const WORD_COUNT = LISTENERS_AT + LISTENER_COUNT * LISTENER_WORDS;
const TOTAL_BYTES = WORD_COUNT * 4 + UART_TX_BYTES + UART_RX_BYTES + ERROR_BYTES + SLOT_COUNT * 2 * SOCKET_BYTES;

export interface SocketSlot {
  readonly index: number;
  /** Word indexes. */
  readonly state: number;
  readonly generation: number;
  /** Set by the host when bytes wait for room in `rx`. */
  readonly rxWanted: number;
  readonly rx: Ring;
  readonly tx: Ring;
}

/** Accepted connections that the program has not taken yet: a ring of handles. */
export interface AcceptQueue {
  /** Word indexes; counters as in a `Ring`. */
  readonly written: number;
  readonly read: number;
  readonly handles: number;
}

/** One board's shared memory, seen from either thread. */
export interface SharedBoard {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly uartTx: Ring;
  readonly uartRx: Ring;
  readonly error: Uint8Array;
  readonly slots: readonly SocketSlot[];
  readonly queues: readonly AcceptQueue[];
}

export function createSharedBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(TOTAL_BYTES);
}

export function sharedBoard(buffer: SharedArrayBuffer): SharedBoard {
  const words = new Int32Array(buffer, 0, WORD_COUNT);
  let next = WORD_COUNT * 4;
  const area = (length: number): Uint8Array => {
    next += length;
    return new Uint8Array(buffer, next - length, length);
  };
  const ring = (at: number, length: number): Ring => ({ words, at, bytes: area(length) });
  return {
    buffer,
    words,
    uartTx: ring(WORD.uartTx, UART_TX_BYTES),
    uartRx: ring(WORD.uartRx, UART_RX_BYTES),
    error: area(ERROR_BYTES),
    slots: Array.from({ length: SLOT_COUNT }, (_, index) => {
      const at = SLOTS_AT + index * SLOT_WORDS;
      return {
        index,
        state: at,
        generation: at + 1,
        rxWanted: at + 2,
        rx: ring(at + 3, SOCKET_BYTES),
        tx: ring(at + 5, SOCKET_BYTES),
      };
    }),
    queues: Array.from({ length: LISTENER_COUNT }, (_, index) => {
      const at = LISTENERS_AT + index * LISTENER_WORDS;
      return { written: at, read: at + 1, handles: at + 2 };
    }),
  };
}

/** Wakes the board if it sleeps. Host side. */
export function ringBell({ words }: SharedBoard): void {
  Atomics.add(words, WORD.bell, 1);
  Atomics.notify(words, WORD.bell);
}

/** The handle of what is in the slot now; a handle of an earlier connection in the same slot differs. */
export function handleOf({ words }: SharedBoard, slot: SocketSlot): number {
  return (Atomics.load(words, slot.generation) & 0xf_ffff) * SLOT_COUNT + slot.index;
}

/** The slot of a handle that is still the program's, or undefined. */
export function slotOf(board: SharedBoard, handle: number): SocketSlot | undefined {
  const slot = handle < 0 ? undefined : board.slots[handle % SLOT_COUNT];
  if (slot === undefined || handleOf(board, slot) !== handle) return undefined;
  const state = Atomics.load(board.words, slot.state);
  return state === SLOT.free || state === SLOT.closing ? undefined : slot;
}

/** Queues the handle that `make` gives, unless the queue is full: then it makes none, and says false. Host side. */
export function pushAccepted({ words }: SharedBoard, queue: AcceptQueue, make: () => number): boolean {
  const written = Atomics.load(words, queue.written);
  if (written - Atomics.load(words, queue.read) >= ACCEPT_QUEUE) return false;
  Atomics.store(words, queue.handles + (written % ACCEPT_QUEUE), make());
  Atomics.store(words, queue.written, written + 1);
  return true;
}

/** The oldest handle, or -1. Board side. */
export function takeAccepted({ words }: SharedBoard, queue: AcceptQueue, peek: boolean): number {
  const read = Atomics.load(words, queue.read);
  if (read === Atomics.load(words, queue.written)) return -1;
  const handle = Atomics.load(words, queue.handles + (read % ACCEPT_QUEUE));
  if (!peek) Atomics.store(words, queue.read, read + 1);
  return handle;
}
