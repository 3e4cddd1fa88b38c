import type { Socket } from 'node:net';

type SocketEvents = {
  readonly connect?: () => void;
  readonly data?: (chunk: Uint8Array) => void;
  readonly end?: () => void;
  readonly drain?: () => void;
  readonly close?: () => void;
};

/**
 * Adds handlers and returns what takes these, and only these, away again: Node's own sockets hold listeners on
 * themselves.
 */
export function subscribe(socket: Socket, events: SocketEvents): () => void {
  const handlers = Object.entries(events);
  for (const [event, handler] of handlers) socket.on(event, handler);
  return () => {
    for (const [event, handler] of handlers) socket.off(event, handler);
  };
}

/** An error without a listener would end the process; `close` always follows it, and that is what counts here. */
export function ignoreErrors(socket: Socket): void {
  socket.on('error', () => undefined);
}
