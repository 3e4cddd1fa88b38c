import type { BoardImport } from './abi.js';
import { SLOT, slotOf, takeAccepted, WORD } from './layout.js';
import { DIAL_FAILURE } from './messages.js';
import { ringFree, ringPeek, ringRead, ringUsed, ringWrite } from './ring.js';
import type { Chip, ImportTable } from './worker-chip.js';

type SocketImport = Extract<BoardImport, `net_${string}`>;

/** How long a write waits for a peer that takes nothing (WiFiClient's default timeout). */
const WRITE_TIMEOUT_MS = 5000;

/** Available, read, write and state are plain ring operations; only open and listen ask the host. */
export function socketImports({ board, memory, pace }: Chip): ImportTable<SocketImport> {
  const { words } = board;
  const stateOf = (slot: { state: number }): number => Atomics.load(words, slot.state);
  return {
    net_open: (host = 0, port = 0, tls = 0, timeoutMs = 0) =>
      // A program that wants the host to speak TLS must not get a connection without.
      tls === 0
        ? pace.call({
            op: 'open',
            host: memory.text(host) ?? '',
            port: port & 0xffff,
            timeoutMs: timeoutMs >>> 0,
          })
        : -DIAL_FAILURE.notAllowed,
    net_err: (address = 0, length = 0) => {
      const count = Math.min(length >>> 0, Atomics.load(words, WORD.errorLength));
      memory.writable(address, count).set(board.error.subarray(0, count));
      return count;
    },
    net_avail: (handle = -1) => {
      const slot = slotOf(board, handle);
      return slot === undefined ? 0 : ringUsed(slot.rx);
    },
    net_state: (handle = -1) => {
      const slot = slotOf(board, handle);
      return slot !== undefined && (stateOf(slot) === SLOT.open || ringUsed(slot.rx) > 0) ? 1 : 0;
    },
    net_close: (handle = -1) => {
      const slot = slotOf(board, handle);
      if (slot === undefined) return undefined;
      Atomics.store(words, slot.state, SLOT.closing);
      pace.moved();
      pace.signalHost();
      return undefined;
    },
    net_read: (handle = -1, address = 0, length = 0, peek = 0) => {
      const slot = slotOf(board, handle);
      if (slot === undefined) return -1;
      // Before the ring is looked at: bytes that the host adds before it marks the end must not be missed.
      const open = stateOf(slot) === SLOT.open;
      const into = memory.writable(address, length);
      const count = peek === 0 ? ringRead(slot.rx, into) : ringPeek(slot.rx, into);
      if (count > 0 && peek === 0) {
        pace.moved();
        if (Atomics.load(words, slot.rxWanted) !== 0) pace.signalHost();
      }
      return count > 0 || open ? count : -1;
    },
    net_write: (handle = -1, address = 0, length = 0) => {
      const slot = slotOf(board, handle);
      if (slot === undefined) return -1;
      const data = memory.readable(address, length);
      const writable = (): boolean => stateOf(slot) === SLOT.open || stateOf(slot) === SLOT.peerEnded;
      let sent = 0;
      while (sent < data.length && writable()) {
        sent += ringWrite(slot.tx, data.subarray(sent));
        pace.moved();
        pace.signalHost();
        if (sent === data.length) break;
        if (!pace.waitFor(() => ringFree(slot.tx) > 0 || !writable(), WRITE_TIMEOUT_MS)) break;
      }
      return sent > 0 || data.length === 0 ? sent : -1;
    },
    net_listen: (port = 0) => pace.call({ op: 'listen', port: port & 0xffff }),
    net_accept: (listener = -1, peek = 0) => {
      const queue = board.queues[listener];
      if (queue === undefined) return -1;
      const handle = takeAccepted(board, queue, peek !== 0);
      if (handle >= 0 && peek === 0) {
        pace.moved();
        pace.signalHost();
      }
      return handle;
    },
    net_unlisten: (listener = -1) => {
      pace.call({ op: 'unlisten', listener });
      return undefined;
    },
  };
}
