import { connect, isIP, type Socket } from 'node:net';
import { DIAL_FAILURE, type OpenRequest } from './messages.js';
import { ignoreErrors, subscribe } from './subscribe.js';

/** Why a connection did not come about. `code` is what `net_open` answers, negated: one of `DIAL_FAILURE`. */
export class DialError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

const LOOPBACK = '127.0.0.1';

/**
 * Connects a board by TCP; TLS is the program's own. Only to this computer: a flashed image is untrusted. Rejects with
 * `DialError`; `signal` gives up at once.
 */
export function dial(request: OpenRequest, from: string, signal: AbortSignal): Promise<Socket> {
  const { host, port } = request;
  const address = loopbackAddress(host);
  if (address === undefined) {
    return Promise.reject(
      new DialError(DIAL_FAILURE.notAllowed, `${host}: a virtual board reaches only this computer`),
    );
  }
  const socket = connect({ host: address, port, localAddress: from, allowHalfOpen: true });
  ignoreErrors(socket);
  return new Promise((resolve, reject) => {
    const settle = (error?: DialError): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      unsubscribe();
      if (error === undefined) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(error);
      }
    };
    const onAbort = (): void => settle(new DialError(DIAL_FAILURE.noNetwork, 'No network'));
    const timer = setTimeout(
      () => settle(new DialError(DIAL_FAILURE.timeout, 'Connection timed out')),
      request.timeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    const unsubscribe = subscribe(socket, {
      connect: () => settle(),
      close: () => settle(new DialError(DIAL_FAILURE.refused, 'Connection refused')),
    });
  });
}

/** Names of this computer, and 127.0.0.0/8; undefined for everything else. */
function loopbackAddress(host: string): string | undefined {
  const name = host.toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK;
  return isIP(host) === 4 && host.startsWith('127.') ? host : undefined;
}
