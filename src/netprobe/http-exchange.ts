import { createConnection } from 'node:net';
import { type Clock, realClock } from '../clock.js';
import { aborted } from '../errors.js';
import { type HttpReply, HttpResponseReader } from './http-response.js';

/** How one request ended. `cut` = the reply broke off (time, cap, or a reset) and `reply` is what had come. */
export type Exchange =
  | { readonly end: 'reply'; readonly reply: HttpReply; readonly rttMs: number; readonly cut: 'time' | 'cap' | null }
  | { readonly end: 'silence'; readonly closed: boolean }
  | { readonly end: 'not-connected'; readonly error: unknown }
  | { readonly end: 'no-connection-in-time' };

export interface ExchangeOptions {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query: `/` first, printable ASCII without blanks. */
  readonly path: string;
  /** For everything together: name, connection, request, reply. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

const REPLY_CAP = 65_536;

/**
 * Sends one GET and reads the reply. A socket of our own and not node:http, which fails on a reply without
 * a status line and throws away one that breaks off as the board restarts.
 *
 * Boards of 2017 look for `Connection:`, spelt so, in the one packet that they read, and take everything
 * before it as the request line; HTTP/1.0 keeps servers from answering in chunks.
 */
export function exchange(options: ExchangeOptions): Promise<Exchange> {
  const { host, port, path, timeoutMs, signal, clock = realClock } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted('The HTTP request'));
      return;
    }
    const reader = new HttpResponseReader(REPLY_CAP);
    const socket = createConnection({ host, port, noDelay: true });
    let connected = false;
    let sentAt = 0;
    const finish = (settle: () => void): void => {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const end = (cut: 'time' | 'cap' | null, closed: boolean): void => {
      const result: Exchange = reader.empty
        ? { end: 'silence', closed }
        : { end: 'reply', reply: reader.reply(), rttMs: clock.now() - sentAt, cut };
      finish(() => resolve(result));
    };
    const onAbort = (): void => finish(() => reject(aborted('The HTTP request')));
    const timer = clock.after(timeoutMs, () => {
      if (connected) end('time', false);
      else finish(() => resolve({ end: 'no-connection-in-time' }));
    });
    signal?.addEventListener('abort', onAbort, { once: true });

    socket.on('connect', () => {
      connected = true;
      sentAt = clock.now();
      socket.write(requestText(host, port, path));
    });
    socket.on('data', (chunk: Buffer) => {
      if (reader.push(chunk)) end(reader.capped ? 'cap' : null, false);
    });
    // After the first of these the promise is settled and the socket destroyed; later calls change nothing.
    socket.on('end', () => end(null, true));
    socket.on('close', () => end(null, true));
    socket.on('error', (error) => {
      if (connected) end(null, true);
      else finish(() => resolve({ end: 'not-connected', error }));
    });
  });
}

function requestText(host: string, port: number, path: string): string {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return `GET ${path} HTTP/1.0\r\nConnection: close\r\nHost: ${authority}\r\nAccept: */*\r\n\r\n`;
}
