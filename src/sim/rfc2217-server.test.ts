import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { isEspwatchError } from '../errors.js';
import { flashImage, MAC, SYNC, WASM } from './bench.test.kit.js';
import type { Fault } from './fault.js';
import { parseFault } from './faults.js';
import { Rfc2217Server } from './rfc2217-server.js';
import { VirtualBoard } from './virtual-board.js';

const GREETING = 'fffb00fffb03fffb2cfffb01fffd00fffd03fffd2cfffa2c6b00fff0';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Served {
  readonly server: Rfc2217Server;
  readonly board: VirtualBoard;
  readonly log: string[];
  /** Moves the server's time, which only holds lines back; the board runs in real time. */
  readonly clock: VirtualClock;
}

async function serve(faults: readonly Fault[] = []): Promise<Served> {
  const log: string[] = [];
  let started = (): void => undefined;
  const booted = new Promise<void>((resolve) => {
    started = resolve;
  });
  const board = new VirtualBoard({
    mac: MAC,
    timing: 'none',
    faults,
    startProgram: () => {
      started();
      return { receive: () => undefined, setWifi: () => undefined, stop: async () => undefined };
    },
    log: (line) => log.push(line),
  });
  board.flash.preload(0, flashImage(WASM));
  board.plug();
  // What the ROM prints at power-on is over then, and the program says nothing.
  await booted;
  const clock = new VirtualClock();
  const server = await Rfc2217Server.listen(board, { clock });
  closers.push(async () => {
    await server.close();
    await board.dispose();
  });
  return { server, board, log, clock };
}

class Client {
  readonly socket: Socket;
  heard = '';
  closed = false;
  #wake: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (bytes) => {
      this.heard += bytes.toString('hex');
      this.#wake();
    });
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    closers.push(async () => {
      this.socket.destroy();
      if (!this.closed) await once(this.socket, 'close');
    });
  }

  /** Resolves when `done` holds; the test runner's own limit is the only clock. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits for exactly `hex` and forgets it. */
  async expect(hex: string): Promise<void> {
    await this.until(() => this.heard.length >= hex.length || this.closed);
    assert.equal(this.heard.slice(0, hex.length), hex);
    this.heard = this.heard.slice(hex.length);
  }

  /** A question and its answer: what was sent before has been dealt with. */
  async sentinel(): Promise<void> {
    const before = this.heard.length;
    this.send('fffa2c0400fff0');
    await this.until(() => this.closed || this.heard.indexOf('fffa2c6801fff0', before) !== -1);
  }

  send(hex: string): void {
    this.socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }
}

async function greeted(served: Served): Promise<Client> {
  const client = new Client(served.server.port);
  await client.expect(GREETING);
  return client;
}

const QUESTIONS: [what: string, question: string, answer: string][] = [
  ['signature', '00', `64${Buffer.from('espwatch virtual ESP8266').toString('hex')}`],
  ['baud in effect', '01 00000000', '65 0001c200'],
  ['set baud', '01 00070800', '65 00070800'],
  ['a baud rate with an FF in it', '01 0001ffff00', '65 0001ffff00'],
  ['data size', '02 00', '66 08'],
  ['parity', '03 00', '67 01'],
  ['stop bits', '04 00', '68 01'],
  ['no flow control', '05 01', '69 01'],
  ['hardware flow control is not there', '05 03', '69 01'],
  ['ask break', '05 04', '69 06'],
  ['ask DTR', '05 07', '69 09'],
  ['DTR on', '05 08', '69 08'],
  ['ask RTS', '05 0a', '69 0c'],
  ['RTS on', '05 0b', '69 0b'],
  ['inbound flow', '05 0d', '69 0e'],
  ['line state mask', '0a 00', '6e 00'],
  ['modem state mask', '0b ffff', '6f ffff'],
  ['purge both', '0c 03', '70 03'],
];

test('every question is answered with what is in effect (ESP8266.md 11.2)', async () => {
  const client = await greeted(await serve());
  for (const [what, question, answer] of QUESTIONS) {
    client.send(`fffa2c ${question} fff0`);
    await client.expect(`fffa2c${answer}fff0`.replaceAll(' ', '')).catch((error: unknown) => {
      throw new Error(what, { cause: error });
    });
  }
});

test('a question is answered wherever the packets are cut', async () => {
  const served = await serve();
  const client = await greeted(served);
  const question = Buffer.from('fffa2c010001ffff00fff0', 'hex');
  for (const byte of question) {
    client.socket.write(Uint8Array.of(byte));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await client.expect('fffa2c650001ffff00fff0');
});

test('options: what we can do is agreed once, the rest refused', async () => {
  const client = await greeted(await serve());
  // DO and WILL of what was offered already need no answer; NAWS is none of ours. The last question marks the end.
  client.send('fffd2c fffb2c fffd00 fffb1f fffd1f fffa2c0400fff0');
  await client.expect('fffe1ffffc1ffffa2c6801fff0');
});

test('both lines in one segment move as one: the loader is entered with an EN delay of 2 ms', async () => {
  const served = await serve();
  const client = await greeted(served);
  client.send('fffa2c0509fff0 fffa2c050bfff0');
  await client.expect('fffa2c6909fff0fffa2c690bfff0');
  client.send('fffa2c0508fff0 fffa2c050cfff0');
  await client.expect('fffa2c6908fff0fffa2c690cfff0');
  await bootedIn(served, client, 1);
});

test('one line at a time, as pyserial does: held back until the other comes, acknowledged at once', async () => {
  const served = await serve();
  const client = await greeted(served);
  client.send('fffa2c050bfff0');
  await client.expect('fffa2c690bfff0');
  client.send('fffa2c0508fff0');
  await client.expect('fffa2c6908fff0');
  client.send('fffa2c050cfff0');
  await client.expect('fffa2c690cfff0');
  await bootedIn(served, client, 1);
});

test('a line that stays alone is set after 150 ms', async () => {
  const served = await serve();
  const client = await greeted(served);
  client.send('fffa2c050bfff0');
  await client.sentinel();
  client.send('fffa2c0508fff0');
  await client.sentinel();
  await served.clock.advance(149);
  client.heard = '';
  await client.sentinel();
  assert.equal(served.log.length, 1, 'still in reset');
  await served.clock.advance(1);
  await bootedIn(served, client, 3);
});

/** Boots of the board after the power-on; asks through the client until one is there. */
async function bootedIn(served: Served, client: Client, mode: number): Promise<void> {
  const boots = (): string[] => served.log.filter((line) => line.startsWith('reset: rst cause:2'));
  while (boots().length === 0) {
    await client.sentinel();
    client.heard = '';
  }
  assert.match(boots()[0] ?? '', new RegExp(`boot mode ${mode}`));
}

test('data passes both ways with every FF doubled', async () => {
  const served = await serve();
  const client = await greeted(served);
  client.send('fffa2c050bfff0');
  await client.sentinel();
  client.send('fffa2c0508fff0 fffa2c050cfff0');
  await bootedIn(served, client, 1);
  client.heard = '';
  while (!client.heard.includes('c001080200070712200000c0')) {
    client.send(SYNC);
    await client.sentinel();
  }
  // WRITE_REG with ff bytes, then read them back.
  client.heard = '';
  client.send('c0000910000000000040020060 ffffffffffffffff ffffffffffffffff 00000000 c0'.replaceAll(' ', ''));
  client.send('c0000a04000000000040020060c0');
  await client.until(() => client.heard.includes('c0010a0200ffffffffffffffff0000c0'));
});

test('a second client is told why and closed; after the first has gone the board is free, with its lines released', async () => {
  const served = await serve();
  const first = await greeted(served);
  first.send('fffa2c050bfff0');
  await first.expect('fffa2c690bfff0');
  const second = new Client(served.server.port);
  await second.until(() => second.closed);
  assert.match(Buffer.from(second.heard, 'hex').toString(), /^espwatch: The virtual board is in use by 127\.0\.0\.1:/);
  first.socket.destroy();
  await once(first.socket, 'close');
  for (;;) {
    const third = new Client(served.server.port);
    await third.until(() => third.closed || third.heard.length >= GREETING.length);
    if (third.closed) continue;
    third.heard = '';
    third.send('fffa2c050afff0');
    await third.expect('fffa2c690cfff0');
    break;
  }
});

test('the cable comes out: the connection is closed, and the next client is told', async () => {
  const served = await serve([parseFault('unplug-at:3')]);
  const client = await greeted(served);
  client.send('01020304');
  await client.until(() => client.closed);
  const next = new Client(served.server.port);
  await next.until(() => next.closed);
  assert.match(Buffer.from(next.heard, 'hex').toString(), /not plugged in/);
});

test('a port in use is SIM_LISTEN', async () => {
  const served = await serve();
  await assert.rejects(Rfc2217Server.listen(served.board, { port: served.server.port }), (error) =>
    isEspwatchError(error, 'SIM_LISTEN'),
  );
});
