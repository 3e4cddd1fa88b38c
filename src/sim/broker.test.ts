import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { connectAsync } from 'mqtt';
import { isEspwatchError } from '../errors.js';
import { type Broker, startBroker } from './broker.js';

describe('broker of the virtual world', () => {
  let broker: Broker;
  before(async () => {
    broker = await startBroker({ tls: true, plain: true, webSocket: true, users: 'random' });
  });
  after(() => broker.close());

  test('a message passes between clients of all its listeners', async () => {
    const { url, plainUrl, webSocketUrl, user, caPem } = broker;
    assert.match(url, /^mqtts:\/\/localhost:\d+$/);
    assert.match(webSocketUrl ?? '', /^wss:/);
    const options = { ...user, ca: caPem ?? '', reconnectPeriod: 0 };
    const clients = await Promise.all(
      [url, plainUrl, webSocketUrl].map((each) => connectAsync(each ?? '', options, false)),
    );
    const received = clients.map(
      (client) =>
        new Promise<string>((resolve) => client.once('message', (topic, text) => resolve(`${topic} ${text}`))),
    );
    await Promise.all(clients.map((client) => client.subscribeAsync('topic')));
    await clients[0]?.publishAsync('topic', 'hello');
    assert.deepEqual(await Promise.all(received), ['topic hello', 'topic hello', 'topic hello']);
    await Promise.all(clients.map((client) => client.endAsync(true)));
  });

  test('only its user is let in', async () => {
    const { plainUrl, user } = broker;
    for (const login of [{}, { ...user, password: 'wrong' }, { ...user, username: 'wrong' }]) {
      const attempt = connectAsync(plainUrl ?? '', { ...login, reconnectPeriod: 0 }, false);
      await assert.rejects(attempt, (error) => (error as { code?: unknown }).code === 4);
    }
  });

  test('the CA is a CA, and the server certificate is another one that it signed', async () => {
    const ca = new X509Certificate(broker.caPem ?? '');
    assert.equal(ca.ca, true);
    assert.deepEqual(new Uint8Array(ca.raw), broker.caDer);
    // The board's settings sector has room for this much.
    assert.ok((broker.caDer?.length ?? 0) < 2048);
    const socket = connectTls({
      host: '127.0.0.1',
      port: broker.port,
      ca: broker.caPem ?? '',
      servername: 'localhost',
    });
    await once(socket, 'secureConnect');
    const server = socket.getPeerX509Certificate();
    assert.equal(server?.ca, false);
    assert.equal(server?.checkHost('localhost'), 'localhost');
    assert.equal(server?.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(server?.verify(ca.publicKey), true);
    const gone = once(socket, 'close');
    socket.destroy();
    await gone;
  });

  test('TLS 1.2, all that BearSSL can, is enough', async () => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: broker.port,
      ca: broker.caPem ?? '',
      servername: 'localhost',
      maxVersion: 'TLSv1.2',
    });
    await once(socket, 'secureConnect');
    assert.equal(socket.getProtocol(), 'TLSv1.2');
    const gone = once(socket, 'close');
    socket.destroy();
    await gone;
  });
});

test('every run has a CA and a user of its own', async () => {
  const [a, b] = await Promise.all([
    startBroker({ tls: true, users: 'random' }),
    startBroker({ tls: true, users: 'random' }),
  ]);
  assert.notEqual(a.caPem, b.caPem);
  assert.notEqual(a.user?.password, b.user?.password);
  await Promise.all([a.close(), b.close()]);
});

test('closing drops clients, also those that never said a word, and frees the port', async () => {
  const broker = await startBroker({ tls: false });
  const silent = connectTcp(broker.port, '127.0.0.1');
  await once(silent, 'connect');
  const client = await connectAsync(broker.url, { reconnectPeriod: 0 }, false);
  const dropped = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const gone = Promise.all([once(silent, 'close'), dropped]);
  silent.on('error', () => undefined);
  silent.resume();
  await broker.close();
  await gone;
  await client.endAsync(true);
  const again = await startBroker({ tls: false, port: broker.port });
  assert.equal(again.port, broker.port);
  await again.close();
});

test('a port that is taken is an error with a code', async () => {
  const broker = await startBroker({ tls: false });
  await assert.rejects(startBroker({ tls: false, port: broker.port }), (error) => isEspwatchError(error, 'SIM_LISTEN'));
  await broker.close();
});
