import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import type { Aedes, AedesOptions, AuthenticateError } from 'aedes';
import { EspwatchError, messageOf } from '../errors.js';
import { makeBrokerCertificates } from './broker-certificates.js';

export interface BrokerUser {
  readonly username: string;
  readonly password: string;
}

export interface BrokerOptions {
  /** Serve MQTT over TLS, with a CA made for this run. */
  readonly tls: boolean;
  /** The name in the URLs and the certificate; must lead to this computer's loopback. Default `localhost`. */
  readonly host?: string;
  /** Of the main listener; 0 or none = any free one. */
  readonly port?: number;
  /** Who is let in: everybody (none), these, or one user made up for this run. */
  readonly users?: readonly BrokerUser[] | 'random';
  /** Also serve MQTT without TLS on a port of its own (when `tls` is set). */
  readonly plain?: boolean;
  /** Also serve MQTT over WebSocket, with TLS when `tls` is set, on a port of its own. */
  readonly webSocket?: boolean;
}

export interface Broker {
  /** `mqtts://host:port`, or `mqtt://` without TLS. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly plainUrl: string | null;
  readonly webSocketUrl: string | null;
  /** The run's CA; null without TLS. */
  readonly caPem: string | null;
  readonly caDer: Uint8Array | null;
  /** The first user that is let in; null when everybody is. */
  readonly user: BrokerUser | null;
  /** Drops all clients and frees the ports. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
/** A client that has not greeted by then is dropped, ms. */
const GREETING_MS = 10_000;
/** Small packets that are waited for: none may be held back. */
const STREAM = { noDelay: true } as const;
const BAD_USER_OR_PASSWORD = 4;

/**
 * Starts the virtual world's MQTT broker on loopback. Throws `SIM_LISTEN` when a port cannot be had.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const host = options.host ?? 'localhost';
  const users = options.users === 'random' ? [randomUser()] : (options.users ?? []);
  const [{ Aedes: AedesBroker }, certificates] = await Promise.all([
    import('aedes'),
    options.tls ? makeBrokerCertificates([...new Set([host, 'localhost', LOOPBACK])]) : null,
  ]);
  const aedes = await AedesBroker.createBroker({ connectTimeout: GREETING_MS, ...admission(users) });
  const listeners = new Listeners(aedes);
  const identity = certificates && {
    key: certificates.keyPem,
    cert: certificates.certPem,
    minVersion: 'TLSv1.2' as const,
  };
  try {
    const main =
      identity === null
        ? createServer(STREAM)
        : createTlsServer({ ...identity, ...STREAM, handshakeTimeout: GREETING_MS });
    const port = await listeners.stream(main, options.port ?? 0);
    const plainPort = options.tls && options.plain === true ? await listeners.stream(createServer(STREAM), 0) : null;
    const socketServer = identity === null ? createHttpServer() : createHttpsServer(identity);
    const socketPort = options.webSocket === true ? await listeners.webSocket(socketServer) : null;
    return {
      url: `${options.tls ? 'mqtts' : 'mqtt'}://${host}:${port}`,
      host,
      port,
      plainUrl: plainPort === null ? null : `mqtt://${host}:${plainPort}`,
      webSocketUrl: socketPort === null ? null : `${options.tls ? 'wss' : 'ws'}://${host}:${socketPort}`,
      caPem: certificates?.caPem ?? null,
      caDer: certificates?.caDer ?? null,
      user: users[0] ?? null,
      close: () => listeners.close(),
    };
  } catch (error) {
    await listeners.close();
    throw new EspwatchError(
      'SIM_LISTEN',
      `The virtual world's broker could not start: ${messageOf(error)}.`,
      'Choose another port, or leave the choice to espwatch.',
      { cause: error },
    );
  }
}

/** Servers in front of one broker, and every socket that came in through them. */
class Listeners {
  readonly #aedes: Aedes;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(aedes: Aedes) {
    this.#aedes = aedes;
  }

  async stream(server: Server, port: number): Promise<number> {
    const event = 'setSecureContext' in server ? 'secureConnection' : 'connection';
    server.on(event, (socket: Socket) => this.#serve(socket));
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    return await this.#listen(server, port);
  }

  async webSocket(server: Server): Promise<number> {
    const { WebSocketServer, createWebSocketStream } = await import('ws');
    const sockets = new WebSocketServer({ server: server as ReturnType<typeof createHttpServer>, maxPayload: 1 << 20 });
    sockets.on('connection', (socket) => this.#serve(createWebSocketStream(socket)));
    // Errors of the server under it arrive here too; `listen` has reported them.
    sockets.on('error', () => undefined);
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    return await this.#listen(server, 0);
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
  }

  #serve(stream: Duplex): void {
    // A client that breaks off is the broker's daily bread; it learns of it by the close.
    stream.on('error', () => undefined);
    this.#aedes.handle(stream);
  }

  #listen(server: Server, port: number): Promise<number> {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, LOOPBACK, () => {
        server.off('error', reject);
        this.#servers.push(server);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }
}

function randomUser(): BrokerUser {
  return { username: `board-${randomBytes(3).toString('hex')}`, password: randomBytes(12).toString('base64url') };
}

function admission(users: readonly BrokerUser[]): AedesOptions {
  if (users.length === 0) return {};
  return {
    authenticate: (_client, username, password, done) => {
      const given = password?.toString('utf8') ?? '';
      const known = users.some((user) => user.username === username && same(user.password, given));
      if (known) {
        done(null, true);
        return;
      }
      const refused: AuthenticateError = Object.assign(new Error('bad user name or password'), {
        returnCode: BAD_USER_OR_PASSWORD,
      });
      done(refused, null);
    },
  };
}

function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
