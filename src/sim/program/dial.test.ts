import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { bench, connectTo } from './board.test.kit.js';
import {
  assemble,
  call,
  joinNetwork,
  lessThan,
  local,
  repeatWhile,
  run,
  setLocal,
  store,
  when,
} from './tiny-wasm.test.kit.js';

const LIMIT = { timeout: 30_000 };
const HOST = 1024;
const ANSWER = 3072;

interface Target {
  readonly host: string;
  readonly port: number;
  /** `net_open`'s third argument. */
  readonly tls?: number;
  readonly timeoutMs?: number;
}

/** A sketch that opens one connection, says "ping" and repeats what comes back; or reports why it could not. */
async function openFromBoard(t: TestContext, target: Target): Promise<{ code: number; text: string }> {
  const { host, port, tls = 0, timeoutMs = 10_000 } = target;
  const wasm = assemble({
    data: { [HOST]: host, [HOST + 256]: 'ping' },
    setup: [
      ...joinNetwork,
      ...setLocal(0, call('net_open', HOST, port, tls, timeoutMs)),
      ...store(ANSWER, local(0)),
      ...call('uart_write', ANSWER, 4),
      ...when(lessThan(local(0), 0), [
        ...call('uart_write', ANSWER, call('net_err', ANSWER, 200)),
        ...call('restart', 4),
      ]),
      ...run('net_write', local(0), HOST + 256, 4),
      ...repeatWhile(lessThan(call('net_avail', local(0)), 4), call('yield')),
      ...call('uart_write', ANSWER, call('net_read', local(0), ANSWER, 200, 0)),
      ...call('net_close', local(0)),
      ...call('restart', 4),
    ],
  });
  const board = bench(t, wasm);
  assert.deepEqual(await board.end, { restart: 4 });
  return { code: Buffer.from(board.text, 'latin1').readInt32LE(0), text: board.text.slice(4) };
}

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Stands in for a broker: answers with what it gets, in capitals. */
const shout = (socket: Socket): void => {
  socket.on('error', () => undefined);
  socket.on('data', (data) => socket.write(data.toString().toUpperCase()));
};

test('bytes go both ways, from an address of the board', LIMIT, async (t) => {
  let from: string | undefined;
  const port = await listening(
    t,
    createServer((socket) => {
      from = socket.remoteAddress;
      shout(socket);
    }),
  );
  const { code, text } = await openFromBoard(t, { host: '127.0.0.1', port });
  assert.ok(code >= 0);
  assert.equal(text, 'PING');
  assert.match(from ?? '', /^127\./);
});

test('refused', LIMIT, async (t) => {
  const server = createServer();
  const port = await listening(t, server);
  server.close();
  await once(server, 'close');
  assert.deepEqual(await openFromBoard(t, { host: 'localhost', port }), { code: -1, text: 'Connection refused' });
});

for (const host of ['example.com', '192.0.2.1', '0.0.0.0', '::1', '127.0.0.1.example.com', '']) {
  test(`"${host}" is not this computer: not allowed`, LIMIT, async (t) => {
    const { code, text } = await openFromBoard(t, { host, port: 9 });
    assert.equal(code, -3);
    assert.match(text, /only this computer/);
  });
}

test('a program that wants TLS of the host gets no connection', LIMIT, async (t) => {
  const port = await listening(t, createServer(shout));
  assert.equal((await openFromBoard(t, { host: 'localhost', port, tls: 1 })).code, -3);
});

/** Listens in a thread that then stands still: the kernel takes as many connections as its queue holds, and no more. */
const DEAF_SERVER = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

const needsLinux = process.platform === 'linux' ? false : 'needs the accept queue of Linux';
test('a server that takes no more connections times out', { ...LIMIT, skip: needsLinux }, async (t) => {
  const server = new Worker(DEAF_SERVER, { eval: true });
  t.after(() => server.terminate());
  const [port] = (await once(server, 'message')) as [number];
  // One more than the backlog fits.
  for (let n = 0; n < 2; n++) (await connectTo(t, '127.0.0.1', port)).on('error', () => undefined);
  const { code, text } = await openFromBoard(t, { host: 'localhost', port, timeoutMs: 100 });
  assert.deepEqual([code, text], [-2, 'Connection timed out']);
});
