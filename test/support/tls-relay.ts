import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export const TLS_RECORD = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
const RECORD_HEADER = 5;

export interface TlsRecord {
  readonly type: number;
  readonly payload: Buffer;
}

/** One connection through the relay, as an eavesdropper sees it. */
export class RelayedConnection {
  readonly #fromClient: Buffer[] = [];
  readonly #fromServer: Buffer[] = [];

  heard(from: 'client' | 'server', chunk: Buffer): void {
    (from === 'client' ? this.#fromClient : this.#fromServer).push(chunk);
  }

  get clientRecords(): readonly TlsRecord[] {
    return records(Buffer.concat(this.#fromClient));
  }

  get serverRecords(): readonly TlsRecord[] {
    return records(Buffer.concat(this.#fromServer));
  }

  /** The server's answer to the greeting was to go on with an older session: no certificate. */
  get resumed(): boolean {
    return this.serverRecords[1]?.type === TLS_RECORD.changeCipherSpec;
  }
}

/**
 * Stands between a board and its broker, at an address that stays while brokers come and go. With no target it is a
 * black hole: it takes connections and says nothing.
 */
export class TlsRelay {
  /** The broker's port, or null. Connections that there are stay as they are. */
  target: number | null = null;
  /** How many of the next connections it ends at once. */
  refuse = 0;
  readonly connections: RelayedConnection[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => this.#relay(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Ends all connections. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.drop();
    await closed;
  }

  #relay(client: Socket): void {
    const connection = new RelayedConnection();
    this.connections.push(connection);
    this.#keep(client);
    if (this.refuse > 0) {
      this.refuse -= 1;
      client.destroy();
      return;
    }
    client.on('data', (chunk) => connection.heard('client', chunk));
    if (this.target === null) return;
    const server = this.#keep(connect(this.target, '127.0.0.1'));
    server.on('data', (chunk) => connection.heard('server', chunk));
    client.pipe(server).pipe(client);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    // `close` follows, and that is what counts.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket.setNoDelay(true);
  }
}

/** Whole records only. */
function records(bytes: Buffer): TlsRecord[] {
  const found: TlsRecord[] = [];
  let at = 0;
  while (at + RECORD_HEADER <= bytes.length) {
    const end = at + RECORD_HEADER + bytes.readUInt16BE(at + 3);
    if (end > bytes.length) break;
    found.push({ type: bytes.readUInt8(at), payload: bytes.subarray(at + RECORD_HEADER, end) });
    at = end;
  }
  return found;
}
