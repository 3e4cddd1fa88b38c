import { connect, type Socket } from 'node:net';
import { type Clock, realClock } from '../clock.js';
import { EspwatchError } from '../errors.js';
import type { BindingInterface, BindingOpenOptions } from './bindings.js';
import { remoteBusy, remoteMissing, remoteSilent } from './rfc2217-errors.js';
import { Rfc2217Port } from './rfc2217-port.js';
import { parseTarget, type Target } from './target.js';

const CONNECT_MS = 5_000;

type Rfc2217Target = Extract<Target, { kind: 'rfc2217' }>;

/**
 * Ports at the end of `rfc2217://host:port`, for node-serialport's stream.
 * Opening fails with PORT_MISSING (nobody there), PORT_BUSY (the server says so) or PORT_REMOTE (no RFC 2217 there).
 */
export function rfc2217Binding(options: { readonly clock?: Clock } = {}): BindingInterface<Rfc2217Port> {
  const clock = options.clock ?? realClock;
  return {
    list: () => Promise.resolve([]),
    open: async (open: BindingOpenOptions) => {
      const target = parseTarget(open.path);
      if (target.kind !== 'rfc2217') {
        throw new EspwatchError('PORT_BAD_NAME', `"${open.path}" is not remote.`, 'Use rfc2217://host:port.');
      }
      const socket = await connected(target, clock);
      const port = new Rfc2217Port(socket, open, target.options, clock);
      try {
        await port.negotiate();
        await port.configure(open.baudRate);
      } catch (cause) {
        const text = port.greeting();
        await port.close().catch(() => undefined);
        if (cause instanceof EspwatchError) throw cause;
        throw isRefusal(text) ? remoteBusy(open.path, text, cause) : remoteSilent(open.path, text, cause);
      }
      return port;
    },
  };
}

/** What servers say to a second client before they hang up; there is no code for it in the protocol. */
function isRefusal(text: string): boolean {
  return /in use|busy|already|occupied|locked|one client|another client|too many/i.test(text);
}

function connected(target: Rfc2217Target, clock: Clock): Promise<Socket> {
  const name = `rfc2217://${target.host}:${target.port}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port, noDelay: true, keepAlive: true });
    const fail = (cause: unknown): void => {
      timer.cancel();
      socket.destroy();
      reject(remoteMissing(name, cause));
    };
    const timer = clock.after(CONNECT_MS, () => fail(new Error('no answer')));
    socket.once('error', fail);
    socket.once('connect', () => {
      timer.cancel();
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
