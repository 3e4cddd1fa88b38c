import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Aedes } from 'aedes';
import { ManualClock } from '../../test/support/manual-clock.js';
import { closedPort, freshTopics, LONG, mqttCases, OURS, options } from '../../test/support/mqtt-cases.js';
import { type Broker, startBroker } from '../sim/broker.js';
import { probeMqtt } from './mqtt.js';

describe('MQTT probe against aedes', () => {
  let open: Broker;
  let closed: Broker;
  before(async () => {
    open = await startBroker({ tls: false });
    closed = await startBroker({ tls: false, users: 'random' });
  });
  after(() => Promise.all([open.close(), closed.close()]));

  mqttCases('aedes', () => ({
    plainUrl: open.url,
    password: { url: closed.url, username: closed.user?.username ?? '', password: closed.user?.password ?? '' },
  }));

  test('a subscription that the broker refuses', async (t) => {
    const broker = await Aedes.createBroker({ authorizeSubscribe: (_client, _subscription, done) => done(null, null) });
    const server = createServer((socket) => broker.handle(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.close();
      broker.close();
    });
    const { port } = server.address() as AddressInfo;
    const result = await probeMqtt(options(`mqtt://127.0.0.1:${port}`, freshTopics()));
    assert.equal(result.outcome, 'error');
    assert.match(result.evidence, /^not authorised: the broker refuses the subscription/);
  });
});

test('no broker: nothing listens there', async () => {
  const port = await closedPort();
  for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss']) {
    const result = await probeMqtt(options(`${scheme}://localhost:${port}`, freshTopics()));
    assert.equal(result.outcome, 'refused', `${scheme}: ${result.evidence}`);
    assert.match(result.evidence, /^no broker/);
  }
});

test('no broker: something that listens and says nothing', async (t) => {
  const clock = new ManualClock();
  const sockets: Socket[] = [];
  let greeted: () => void = () => undefined;
  const greeting = new Promise<void>((resolve) => {
    greeted = resolve;
  });
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => greeted());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const probe = probeMqtt(options(`mqtt://127.0.0.1:${port}`, freshTopics(), { clock }));
  const expire = await clock.armed(LONG);
  await greeting;
  expire();
  const result = await probe;
  assert.equal(result.outcome, 'error');
  assert.match(result.evidence, /speaks no MQTT/);
});

test('no broker: a web server where MQTT over WebSocket should be', async (t) => {
  const server = createHttpServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const result = await probeMqtt(options(`ws://127.0.0.1:${port}/mqtt`, freshTopics()));
  assert.equal(result.outcome, 'error');
  assert.match(result.evidence, /no MQTT over WebSocket there \(HTTP status 200\)/);
  assert.equal(result.target, `ws://127.0.0.1:${port}/mqtt`);
});

test('nothing to ask, and what cannot be asked', async () => {
  const topics = freshTopics();
  const ask = async (more: object): Promise<string> =>
    (await probeMqtt({ ...options('mqtt://127.0.0.1:1', topics), ...more })).outcome;
  assert.equal(await ask({ broker: null }), 'not-configured');
  assert.equal(await ask({ rxTopic: null }), 'not-configured');
  assert.equal(await ask({ txTopic: '' }), 'not-configured');
  assert.equal(await ask({ txTopic: '#' }), 'error');
  const broker = { url: 'mqtt://u:hunter2@127.0.0.1', username: null, password: null, ca: null };
  const credentials = await probeMqtt({ ...options('', topics), broker, expect: OURS });
  assert.equal(credentials.outcome, 'error');
  assert.doesNotMatch(JSON.stringify(credentials), /hunter2/);
  assert.equal(await ask({ broker: { ...broker, url: 'mqtts://127.0.0.1:1', ca: 'no PEM' } }), 'error');
});
