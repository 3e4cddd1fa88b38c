import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { before, type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { bench } from './board.test.kit.js';
import { makeCertificates, type TestCertificates } from './certificates.test.kit.js';
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
const INSECURE = 1;
const HOST = 1024;
const TLS = 2048;
const ANSWER = 3072;
const CA = 4096;

interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly ca: Uint8Array; readonly flags: number };
  readonly timeoutMs?: number;
}

/** A sketch that opens one connection, says "ping" and repeats what comes back; or reports why it could not. */
async function openFromBoard(t: TestContext, target: Target): Promise<{ code: number; text: string }> {
  const { host, port, tls, timeoutMs = 10_000 } = target;
  const wasm = assemble({
    data: { [HOST]: host, [HOST + 256]: 'ping', ...(tls === undefined ? {} : { [CA]: tls.ca }) },
    setup: [
      ...joinNetwork,
      ...store(TLS, tls?.flags ?? 0),
      ...store(TLS + 4, CA),
      ...store(TLS + 8, tls?.ca.length ?? 0),
      ...setLocal(0, call('net_open', HOST, port, tls === undefined ? 0 : TLS, timeoutMs)),
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

function tlsServer(t: TestContext, { cert, key }: TestCertificates): Promise<number> {
  const server = createTlsServer({ cert, key }, shout);
  server.on('tlsClientError', () => undefined);
  return listening(t, server);
}

const made: { trusted?: TestCertificates; foreign?: TestCertificates; expired?: TestCertificates } = {};
before(async () => {
  made.trusted = await makeCertificates(['localhost']);
  made.foreign = await makeCertificates(['localhost']);
  made.expired = await makeCertificates(['localhost'], true);
});

function certificates(name: keyof typeof made): TestCertificates {
  const found = made[name];
  assert.ok(found !== undefined);
  return found;
}

test('plain: bytes go both ways, from an address of the board', LIMIT, async (t) => {
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

test('plain: refused', LIMIT, async (t) => {
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

test('TLS: a chain that ends at the given anchor, and the right name', LIMIT, async (t) => {
  const { ca } = certificates('trusted');
  const port = await tlsServer(t, certificates('trusted'));
  const { code, text } = await openFromBoard(t, { host: 'localhost', port, tls: { ca, flags: 0 } });
  assert.ok(code >= 0);
  assert.equal(text, 'PING');
});

const NOT_TRUSTED = { code: -62, text: 'Chain could not be linked to a trust anchor.' };
const BAD_NAME = { code: -56, text: 'Expected server name was not found in the chain.' };
const EXPIRED = { code: -54, text: 'Certificate is expired or not yet valid.' };

test('TLS: unknown CA', LIMIT, async (t) => {
  const { ca } = certificates('trusted');
  const port = await tlsServer(t, certificates('foreign'));
  assert.deepEqual(await openFromBoard(t, { host: 'localhost', port, tls: { ca, flags: 0 } }), NOT_TRUSTED);
});

test('TLS: no anchor, or one that is no certificate', LIMIT, async (t) => {
  const port = await tlsServer(t, certificates('trusted'));
  for (const ca of [new Uint8Array(0), Uint8Array.of(1, 2, 3)]) {
    assert.deepEqual(await openFromBoard(t, { host: 'localhost', port, tls: { ca, flags: 0 } }), NOT_TRUSTED);
  }
});

test('TLS: another name, and an address even if the certificate lists it', LIMIT, async (t) => {
  const { ca } = certificates('trusted');
  const port = await tlsServer(t, certificates('trusted'));
  for (const host of ['broker.localhost', '127.0.0.1']) {
    assert.deepEqual(await openFromBoard(t, { host, port, tls: { ca, flags: 0 } }), BAD_NAME);
  }
});

test('TLS: expired', LIMIT, async (t) => {
  const { ca } = certificates('expired');
  const port = await tlsServer(t, certificates('expired'));
  assert.deepEqual(await openFromBoard(t, { host: 'localhost', port, tls: { ca, flags: 0 } }), EXPIRED);
});

test('TLS: setInsecure() takes anything', LIMIT, async (t) => {
  const port = await tlsServer(t, certificates('expired'));
  const tls = { ca: new Uint8Array(0), flags: INSECURE };
  assert.equal((await openFromBoard(t, { host: '127.0.0.1', port, tls })).text, 'PING');
});

test('TLS: a server that never answers times out', LIMIT, async (t) => {
  const port = await listening(t, createServer());
  const tls = { ca: new Uint8Array(0), flags: INSECURE };
  const { code } = await openFromBoard(t, { host: 'localhost', port, tls, timeoutMs: 200 });
  assert.equal(code, -2);
});

test('TLS: a server that speaks something else', LIMIT, async (t) => {
  const port = await listening(
    t,
    createServer((socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')),
  );
  const tls = { ca: new Uint8Array(0), flags: INSECURE };
  const { code, text } = await openFromBoard(t, { host: 'localhost', port, tls });
  assert.equal(code, -31);
  assert.match(text, /^TLS failed: /);
});
