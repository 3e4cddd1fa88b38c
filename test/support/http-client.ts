import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Place } from './sketch-board.js';

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Asks with a connection of its own; a `form` is posted as a browser does. */
export function ask(
  { address, port }: Place,
  path: string,
  form?: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const body = form === undefined ? null : new URLSearchParams(form).toString();
    const asked = request({
      host: address,
      port,
      path,
      method: body === null ? 'GET' : 'POST',
      agent: false,
      headers:
        body === null
          ? {}
          : { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) },
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body: text }),
      );
    });
    asked.end(body ?? undefined);
  });
}

/** Sends bytes as they are; resolves with all that came until the board closed. With `hangUp` nothing is waited for. */
export async function sendRaw({ address, port }: Place, bytes: string | Uint8Array, hangUp = false): Promise<string> {
  const socket = connect({ host: address, port, allowHalfOpen: true });
  // A board that refuses the rest of a request closes on what is still coming.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  const closed = once(socket, 'close');
  socket.write(bytes, () => {
    if (hangUp) socket.resetAndDestroy();
  });
  socket.on('end', () => socket.end());
  await closed;
  return text;
}
