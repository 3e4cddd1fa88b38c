// Boards that print without pause, each behind an RFC 2217 port of this process, so that what they need is not
// counted as ours. Arguments: how many, and bytes a second each (0: as fast as they are read).
// Says where they are in one line of JSON; on any input line it stops printing and says what was sent.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { realClock } from '../../src/clock.js';
import { Rfc2217Session } from '../../src/sim/rfc2217-session.js';
import { FloodText } from './flood-text.js';

export interface FloodSent {
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
  /** The furthest that it fell behind its speed because nobody read, in ms; what a real board sends then is lost. */
  readonly behindMs: number;
}

const TICK_MS = 4;
/** Unpaced: handed to the socket at once. */
const BURST = 16 * 1024;

/** Prints to one client, from when it sets a speed until it is told to stop. */
class FloodBoard {
  readonly #rate: number;
  readonly #text = new FloodText();
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #behindMs = 0;
  #stopped = false;

  constructor(rate: number) {
    this.#rate = rate;
  }

  get sent(): FloodSent {
    const { rows } = this.#text;
    return { bytes: this.#bytes, rows, sha256: this.#hash.copy().digest('hex'), behindMs: Math.round(this.#behindMs) };
  }

  stop(): void {
    this.#stopped = true;
  }

  async print(socket: Socket): Promise<void> {
    const began = performance.now();
    while (!this.#stopped && !socket.destroyed) {
      const due =
        this.#rate === 0 ? BURST : Math.floor(((performance.now() - began) * this.#rate) / 1000) - this.#bytes;
      if (this.#rate > 0) this.#behindMs = Math.max(this.#behindMs, (due / this.#rate) * 1000 - TICK_MS);
      const bytes = this.#text.take(Math.min(due, BURST));
      this.#bytes += bytes.length;
      this.#hash.update(bytes);
      const taken = socket.write(bytes);
      if (!taken) await drained(socket);
      else await new Promise((resolve) => (this.#rate > 0 ? setTimeout(resolve, TICK_MS) : setImmediate(resolve)));
    }
  }
}

/** Resolves when the socket takes more, or is gone. */
async function drained(socket: Socket): Promise<void> {
  const over = new AbortController();
  const events = ['drain', 'close'].map((event) => once(socket, event, { signal: over.signal }));
  await Promise.race(events).catch(() => undefined);
  over.abort();
  await Promise.allSettled(events);
}

async function serve(board: FloodBoard): Promise<string> {
  const server = createServer({ noDelay: true }, (socket) => {
    let baud = 0;
    const session = new Rfc2217Session({
      clock: realClock,
      send: (bytes) => socket.write(bytes),
      suspend: () => undefined,
      purgeInput: () => undefined,
      wrote: () => undefined,
      port: {
        get baud() {
          return baud;
        },
        lines: { dtr: false, rts: false },
        setBaud(wanted) {
          if (baud === 0) void board.print(socket);
          baud = wanted;
        },
        setLines: () => undefined,
        write: async () => undefined,
        discardOutput: () => undefined,
        detach: () => undefined,
      },
    });
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => session.receive(bytes));
    session.greet();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `rfc2217://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const [count = '1', rate = '0'] = process.argv.slice(2);
const boards = Array.from({ length: Number(count) }, () => new FloodBoard(Number(rate)));
console.log(JSON.stringify(await Promise.all(boards.map(serve))));
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'stop') for (const board of boards) board.stop();
  console.log(JSON.stringify(boards.map((board) => board.sent)));
}
process.exit();
