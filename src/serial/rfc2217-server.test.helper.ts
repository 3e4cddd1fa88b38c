import { EventEmitter } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface ServerOptions {
  /** Hex of what it says to a new client. */
  readonly greeting?: string;
  /** Answers the offer of the COM-PORT option. */
  readonly accepts?: boolean;
  /** Acknowledges SET-CONTROL. */
  readonly acksControl?: boolean;
  /** The rate it says is in effect, whatever was asked for; as asked for when left out. */
  readonly baud?: number;
  /** Answers questions for the rate in effect. */
  readonly answersQueries?: boolean;
  /** Writes every byte on its own. */
  readonly dribbles?: boolean;
}

/**
 * A minimal RFC 2217 server on loopback that speaks hex: written from the RFC, on purpose without our codec.
 * Emits 'packet' with the hex of every segment that came.
 */
export class TestServer extends EventEmitter {
  /** Hex of everything that the client sent. */
  received = '';
  readonly packets: string[] = [];
  readonly options: ServerOptions;
  readonly #server: Server;
  #socket: Socket | null = null;
  #handled = 0;
  #baud = '00000000';

  private constructor(options: ServerOptions) {
    super();
    this.options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(options = ''): string {
    return `rfc2217://127.0.0.1:${this.port}${options}`;
  }

  send(hex: string): void {
    const bytes = Buffer.from(hex.replace(/\s/g, ''), 'hex');
    if (this.options.dribbles === true) for (const byte of bytes) this.#socket?.write(Uint8Array.of(byte));
    else this.#socket?.write(bytes);
  }

  hangUp(): void {
    this.#socket?.end();
  }

  /** Resolves when the client's bytes contain `hex`. */
  until(hex: string): Promise<void> {
    const wanted = hex.replace(/\s/g, '');
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.received.includes(wanted)) return;
        this.off('packet', look);
        resolve();
      };
      this.on('packet', look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', () => socket.destroy());
    if (this.options.greeting !== undefined) this.send(this.options.greeting);
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('hex');
      this.packets.push(bytes.toString('hex'));
      this.#answer();
      this.emit('packet');
    });
  }

  #answer(): void {
    const { accepts = true, acksControl = true, answersQueries = true, baud } = this.options;
    const pairs = this.received.match(/../g) ?? [];
    for (let at = this.#handled; at < pairs.length; ) {
      if (pairs[at] !== 'ff' || pairs[at + 1] === 'ff') {
        at += pairs[at] === 'ff' ? 2 : 1;
        this.#handled = at;
        continue;
      }
      if (pairs[at + 1] !== 'fa') {
        if (accepts && pairs[at + 1] === 'fb' && pairs[at + 2] === '2c') this.send('fffd2c');
        at += 3;
        this.#handled = at;
        continue;
      }
      let end = at + 3;
      while (end < pairs.length && !(pairs[end] === 'ff' && pairs[end + 1] === 'f0'))
        end += pairs[end] === 'ff' ? 2 : 1;
      if (end + 1 >= pairs.length) return;
      const [command, ...value] = pairs.slice(at + 3, end);
      at = end + 2;
      this.#handled = at;
      if (command === '01') {
        const asked = value.join('');
        if (asked !== '00000000') this.#baud = asked;
        else if (!answersQueries) continue;
        this.send(`fffa2c65 ${baud === undefined ? this.#baud : baud.toString(16).padStart(8, '0')} fff0`);
      } else if (command === '05' && acksControl) {
        this.send(`fffa2c69 ${value.join('')} fff0`);
      }
    }
  }
}
