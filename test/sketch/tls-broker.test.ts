/** BearSSL inside the board against brokers that change, lie or fall silent. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { DEFAULT_SETTINGS, type Settings } from '../../src/settings/settings.js';
import { type KeyPair, makeCa, makeServerCertificate } from '../support/certificates.js';
import { findMosquitto, startMosquitto } from '../support/mosquitto.js';
import { SketchBoard } from '../support/sketch-board.js';
import { TLS_RECORD, TlsRelay } from '../support/tls-relay.js';

const LIMIT = { timeout: 120_000 };
const USER = { username: 'board', password: 'correct horse' };
const NAMES = { names: ['localhost'] };
const CONNECTED = /^ESP8266 MQTT: connected to localhost:\d+/m;
const RUNNING = /^ESP8266 Mode: MQTT Client Running\r\n/m;
const NOT_TRUSTED = /connect failed, state -2, TLS: Chain could not be linked to a trust anchor\., next try/;
/** What BearSSL asks the broker to send at most in one record, for the smaller of its buffers has that size. */
const SMALL_RECORD = 512;
/** What TLS 1.2 adds to it at most here. */
const RECORD_OVERHEAD = 32;

function derOf({ cert }: KeyPair): Uint8Array {
  return new Uint8Array(new X509Certificate(cert).raw);
}

async function relay(t: TestContext, target: number | null): Promise<TlsRelay> {
  const made = new TlsRelay();
  made.target = target;
  await made.listen();
  t.after(() => made.close());
  return made;
}

/** A board that is to connect to `localhost:port` and trusts `ca`. */
function boardFor(t: TestContext, port: number, ca: KeyPair, change: Partial<Settings> = {}): SketchBoard {
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    mqttEnabled: true,
    tlsEnabled: true,
    brokerHost: 'localhost',
    mqttPort: port,
    caDer: derOf(ca),
    ...change,
  };
  return new SketchBoard(t, { settings });
}

/** Free heap, by the sketch's own word. */
async function freeHeap(board: SketchBoard): Promise<number> {
  const since = board.mark;
  await board.type('GetSensors\r\n');
  const [heap] = await board.said(/"SYS_Heap":(\d+)/, since);
  return Number(heap);
}

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

interface NodeBroker {
  readonly port: number;
  /** Of each handshake that was completed: did it resume an earlier session? */
  readonly reused: boolean[];
}

/** An MQTT broker behind Node's TLS, which tells what it sees of sessions. */
async function nodeBroker(t: TestContext, { cert, key }: KeyPair): Promise<NodeBroker> {
  const { Aedes } = await import('aedes');
  const aedes = await Aedes.createBroker();
  t.after(() => new Promise<void>((resolve) => aedes.close(() => resolve())));
  const sessions = new Map<string, Buffer>();
  const reused: boolean[] = [];
  const server = createTlsServer({ cert, key }, (socket) => {
    reused.push(socket.isSessionReused());
    aedes.handle(socket);
  });
  server.on('newSession', (id, data, stored) => {
    sessions.set(id.toString('hex'), data);
    stored();
  });
  server.on('resumeSession', (id, found) => found(null, sessions.get(id.toString('hex')) ?? null));
  server.on('tlsClientError', () => undefined);
  return { port: await listening(t, server), reused };
}

const mosquitto = findMosquitto();
describe('TLS to Mosquitto', { skip: mosquitto === null ? 'needs mosquitto' : false }, () => {
  async function start(t: TestContext, tls: KeyPair): Promise<{ port: number; stop: () => Promise<void> }> {
    const started = await startMosquitto(mosquitto ?? '', { tls: { tls, user: USER } });
    t.after(() => started.stop());
    return { port: started.ports.tls, stop: () => started.stop() };
  }
  const user = { mqttUser: USER.username, mqttPassword: USER.password };

  test('restarted with a new certificate of the same CA: connected again, no reset', LIMIT, async (t) => {
    const ca = await makeCa();
    const old = await start(t, await makeServerCertificate(ca, NAMES));
    const way = await relay(t, old.port);
    const board = boardFor(t, way.port, ca, user);
    await board.said(RUNNING);
    const heap = await freeHeap(board);
    const since = board.mark;
    await old.stop();
    await board.said(/connection lost/, since);
    way.target = (await start(t, await makeServerCertificate(ca, NAMES))).port;
    await board.said(CONNECTED, since);
    await board.said(/subscribed again/, since);
    assert.equal(board.starts, 1);
    assert.equal(await freeHeap(board), heap);
  });

  test(
    'restarted with a certificate of another CA: refused with the reason, no reset; back: connected',
    LIMIT,
    async (t) => {
      const ca = await makeCa();
      const right = await makeServerCertificate(ca, NAMES);
      const old = await start(t, right);
      const way = await relay(t, old.port);
      const board = boardFor(t, way.port, ca, user);
      await board.said(RUNNING);
      const heap = await freeHeap(board);
      let since = board.mark;
      await old.stop();
      const wrong = await start(t, await makeServerCertificate(await makeCa('another CA'), NAMES));
      way.target = wrong.port;
      await board.said(NOT_TRUSTED, since);
      await board.type('GetSensors\r\n');
      await board.said(/"SYS_Heap":\d+/, since);
      await wrong.stop();
      since = board.mark;
      way.target = (await start(t, right)).port;
      await board.said(CONNECTED, since);
      await board.said(/subscribed again/, since);
      assert.equal(board.starts, 1);
      assert.equal(await freeHeap(board), heap);
    },
  );

  test('Mosquitto keeps no sessions that BearSSL could resume: a lost connection is made anew', LIMIT, async (t) => {
    const ca = await makeCa();
    const way = await relay(t, (await start(t, await makeServerCertificate(ca, NAMES))).port);
    const board = boardFor(t, way.port, ca, user);
    await board.said(RUNNING);
    const since = board.mark;
    way.drop();
    await board.said(/subscribed again/, since);
    assert.equal(way.connections.at(-1)?.resumed, false);
  });
});

test('Node sees the session resumed; after a restart of the server it is made anew', LIMIT, async (t) => {
  const ca = await makeCa();
  const first = await nodeBroker(t, await makeServerCertificate(ca, NAMES));
  const way = await relay(t, first.port);
  const board = boardFor(t, way.port, ca);
  await board.said(RUNNING);
  let since = board.mark;
  way.drop();
  await board.said(/subscribed again/, since);
  assert.deepEqual(first.reused, [false, true]);
  assert.equal(way.connections.at(-1)?.resumed, true);
  const second = await nodeBroker(t, await makeServerCertificate(ca, NAMES));
  since = board.mark;
  way.target = second.port;
  way.drop();
  await board.said(/subscribed again/, since);
  assert.deepEqual(second.reused, [false]);
  assert.equal(board.starts, 1);
});

test('RSA, and records no larger than the board asked for', LIMIT, async (t) => {
  const ca = await makeCa('RSA CA', 'rsa');
  const server = await makeServerCertificate(ca, { ...NAMES, key: 'rsa' });
  // With its issuer the certificate does not fit one record.
  const broker = await nodeBroker(t, { ...server, cert: `${server.cert}\n${ca.cert}` });
  const way = await relay(t, broker.port);
  const board = boardFor(t, way.port, ca);
  await board.said(RUNNING);
  const records = way.connections.at(-1)?.serverRecords ?? [];
  const sizes = records.map((record) => record.payload.length);
  const handshake = records.filter((record) => record.type === TLS_RECORD.handshake);
  assert.ok(
    handshake.some((record) => record.payload.length === SMALL_RECORD),
    `no full record in ${sizes.join(' ')}`,
  );
  assert.ok(Math.max(...sizes) <= SMALL_RECORD + RECORD_OVERHEAD, sizes.join(' '));
});

for (const [what, validity] of [
  ['expired', { validFrom: -40, validTo: -10 }],
  ['not valid yet', { validFrom: 10, validTo: 40 }],
] as const) {
  test(`a certificate that is ${what}`, LIMIT, async (t) => {
    const ca = await makeCa();
    const broker = await nodeBroker(t, await makeServerCertificate(ca, { ...NAMES, ...validity }));
    const board = boardFor(t, broker.port, ca);
    await board.said(/connect failed, state -2, TLS: Certificate is expired or not yet valid\./);
    assert.equal(board.starts, 1);
  });
}

test('another CA of the same name', LIMIT, async (t) => {
  const broker = await nodeBroker(t, await makeServerCertificate(await makeCa(), NAMES));
  const board = boardFor(t, broker.port, await makeCa());
  await board.said(NOT_TRUSTED);
});

test('without a check of certificates anything will do, by the stored choice', LIMIT, async (t) => {
  const expired = { ...NAMES, validFrom: -40, validTo: -10 };
  const broker = await nodeBroker(t, await makeServerCertificate(null, expired));
  const board = boardFor(t, broker.port, await makeCa(), { tlsInsecure: true, brokerHost: '127.0.0.1' });
  await board.said(RUNNING);
});

test('a server that speaks something else', LIMIT, async (t) => {
  const server = createServer((socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'));
  const board = boardFor(t, await listening(t, server), await makeCa());
  await board.said(/connect failed, state -2, TLS: Incoming protocol or record version is unsupported\./);
  assert.equal(board.starts, 1);
});

test('a black hole: given up after a time, no reset; connected when the broker is back', LIMIT, async (t) => {
  const ca = await makeCa();
  const broker = await nodeBroker(t, await makeServerCertificate(ca, NAMES));
  const way = await relay(t, null);
  const board = boardFor(t, way.port, ca);
  await board.said(/connect failed, state -2, next try/);
  way.target = broker.port;
  await board.said(RUNNING);
  assert.equal(board.starts, 1);
});

for (const [what, refuse, record, stays] of [
  ['small records', 0, 512, 512 + 325 + 512 + 85],
  ['records of any size, as the broker could not be asked', 1, 16384, 16384 + 325 + 512 + 85],
] as const) {
  test(`what a handshake takes of the heap is printed once, and is that of the chip: ${what}`, LIMIT, async (t) => {
    const ca = await makeCa();
    const broker = await nodeBroker(t, await makeServerCertificate(ca, NAMES));
    const way = await relay(t, broker.port);
    way.refuse = refuse;
    const board = boardFor(t, way.port, ca);
    const line = await board.said(/TLS Heap: before=(\d+) during=(\d+) after=(\d+) block=\d+ record=(\d+)/);
    const [before = 0, during = 0, after = 0, asked] = line.map(Number);
    await board.said(RUNNING);
    const since = board.mark;
    way.drop();
    await board.said(/subscribed again/, since);
    assert.equal(board.heard.text.match(/TLS Heap/g)?.length, 1);
    assert.equal(asked, record);
    // Buffers and the client's context stay, the judge of certificates goes.
    const context = before - after - stays;
    assert.ok(context > 3000 && context < 4000, `${context} bytes of context`);
    assert.ok(after - during > 3000 && after - during < 4000, `${after - during} bytes go`);
  });
}
