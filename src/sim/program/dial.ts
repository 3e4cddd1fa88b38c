import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import type { OpenRequest } from './messages.js';
import { ignoreErrors, subscribe } from './subscribe.js';

/**
 * Why a connection did not come about. `code` is what `net_open` answers, negated: BearSSL's number for TLS
 * (bearssl_x509.h, bearssl_ssl.h), else one of `DIAL_FAILURE`.
 */
export class DialError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export const DIAL_FAILURE = { refused: 1, timeout: 2, notAllowed: 3, noNetwork: 4, noSocket: 5 } as const;

const BR_ERR_IO = 31;
const BR_ERR_X509_EXPIRED = 54;
const BR_ERR_X509_BAD_SERVER_NAME = 56;
const BR_ERR_X509_NOT_TRUSTED = 62;

const LOOPBACK = '127.0.0.1';

/**
 * Connects a board: plain, or TLS with the one trust anchor that the sketch gave. Only to this computer: a flashed
 * image is untrusted. Rejects with `DialError`; `signal` gives up at once.
 */
export function dial(request: OpenRequest, from: string, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls } = request;
  const address = loopbackAddress(host);
  if (address === undefined) {
    return Promise.reject(
      new DialError(DIAL_FAILURE.notAllowed, `${host}: a virtual board reaches only this computer`),
    );
  }
  const target = { host: address, port, localAddress: from, allowHalfOpen: true };
  let socket: Socket;
  try {
    socket = tls === undefined ? connectTcp(target) : startTls(target, host, tls.ca);
  } catch {
    return Promise.reject(new DialError(BR_ERR_X509_NOT_TRUSTED, 'Chain could not be linked to a trust anchor.'));
  }
  ignoreErrors(socket);
  return new Promise((resolve, reject) => {
    const settle = (error?: DialError): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      unsubscribe();
      if (error === undefined) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(error);
      }
    };
    const onAbort = (): void => settle(new DialError(DIAL_FAILURE.noNetwork, 'No network'));
    const onError = (error: Error): void => settle(connectionError(error, tls !== undefined));
    const timer = setTimeout(
      () => settle(new DialError(DIAL_FAILURE.timeout, 'Connection timed out')),
      request.timeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    const unsubscribe = subscribe(socket, {
      close: () => settle(new DialError(BR_ERR_IO, 'Connection closed')),
      ...(tls === undefined
        ? { connect: () => settle() }
        : { secureConnect: () => settle(tls.insecure ? undefined : chainError(socket as TLSSocket, host, tls)) }),
    });
  });
}

/** Names of this computer, and 127.0.0.0/8; undefined for everything else. */
function loopbackAddress(host: string): string | undefined {
  const name = host.toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK;
  return isIP(host) === 4 && host.startsWith('127.') ? host : undefined;
}

function startTls(
  target: { host: string; port: number; localAddress: string },
  name: string,
  ca: Uint8Array,
): TLSSocket {
  return connectTls({
    ...target,
    // No certificate at all, rather than the host's own, when the sketch gave none.
    ca: ca.length === 0 ? [] : [new X509Certificate(ca).toString()],
    // The chain is judged below, in BearSSL's order and words.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    servername: isIP(name) === 0 ? name : '',
    // What BearSSL can do.
    maxVersion: 'TLSv1.2',
  });
}

/** BearSSL sees the server's own certificate, and so its name, before it can know whether the chain ends well. */
function chainError(socket: TLSSocket, host: string, tls: NonNullable<OpenRequest['tls']>): DialError | undefined {
  const nameMatches = isIP(host) === 0 && checkServerIdentity(host, socket.getPeerCertificate()) === undefined;
  if (!nameMatches) {
    return new DialError(BR_ERR_X509_BAD_SERVER_NAME, 'Expected server name was not found in the chain.');
  }
  const { authorized } = socket;
  // Node gives the verification's code here, whatever its type says.
  const code = String(socket.authorizationError ?? '');
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return new DialError(BR_ERR_X509_EXPIRED, 'Certificate is expired or not yet valid.');
  }
  if (!authorized || tls.ca.length === 0) {
    return new DialError(BR_ERR_X509_NOT_TRUSTED, 'Chain could not be linked to a trust anchor.');
  }
  return undefined;
}

function connectionError(error: NodeJS.ErrnoException, tls: boolean): DialError {
  if (error.syscall === 'connect' || !tls) return new DialError(DIAL_FAILURE.refused, 'Connection refused');
  return new DialError(BR_ERR_IO, `TLS failed: ${error.code ?? error.message}`);
}
