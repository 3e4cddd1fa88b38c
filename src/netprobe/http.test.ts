import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../test/support/manual-clock.js';
import { isEspwatchError } from '../errors.js';
import { type HttpProbeOptions, probeHttp, requestHttp } from './http.js';

const OURS = { mac: '18:fe:34:a2:66:29', chipId: null };
/** No test waits for it: where a timeout is the point, the test's own clock lets it fall due. */
const LONG = 60_000;
const SENSORS = '{"SYS_Heap":"41000","SYS_Time":"12"}';
const PAGE = '<html><title>Set-up</title><form><input name="ssid"><input name="mqtt_bk"></form></html>';

/** A server that hands each connection and the first packet on it to the test. */
async function serve(t: TestContext, onRequest: (socket: Socket, packet: string) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => onRequest(socket, chunk.toString('latin1')));
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Not `once`, which rejects on the reset that goes before. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function at(port: number, more: Partial<HttpProbeOptions> = {}): HttpProbeOptions {
  return { host: '127.0.0.1', port, expect: OURS, timeoutMs: LONG, allowPublic: false, userGiven: false, ...more };
}

test('a board of 2017: one packet, capitalised Connection, HTTP/1.0, odd line ends', async (t) => {
  const packets: string[] = [];
  const port = await serve(t, (socket, packet) => {
    packets.push(packet);
    // It takes what stands before `Connection:` for the request line and never looks at a second packet.
    const request = /^GET (\S+) HTTP[\s\S]*\r\n\r\n$/.exec(packet)?.[1];
    if (!packet.includes('Connection:') || request !== '/?request=GetSensors') return;
    socket.write(`HTTP/1.0 200 OK\r\nContent-Length: ${SENSORS.length}\r\nServer: lwIP/1.4.0\r\n\n${SENSORS}`);
  });
  const result = await probeHttp(at(port));
  assert.equal(packets.length, 1);
  assert.match(packets[0] ?? '', /^GET \/\?request=GetSensors HTTP\/1\.0\r\nConnection: close\r\n/);
  assert.equal(result.outcome, 'answered');
  assert.equal(result.via, 'http');
  assert.equal(result.target, `http://127.0.0.1:${port}/?request=GetSensors`);
  assert.equal(result.evidence, SENSORS);
  assert.equal(typeof result.rttMs, 'number');
});

test('a board that sends a bare LF, no length, and closes', async (t) => {
  const port = await serve(t, (socket) => socket.end(`HTTP/1.0 200 OK\nContent-type: application/json\n\n${SENSORS}`));
  assert.equal((await probeHttp(at(port))).outcome, 'answered');
});

test('a reply that drips in byte by byte is read to its end', async (t) => {
  const port = await serve(t, (socket) => {
    const bytes = Buffer.from(`HTTP/1.0 200 OK\n\n${SENSORS}`);
    const drip = (i: number): void => {
      if (i === bytes.length) socket.end();
      else socket.write(bytes.subarray(i, i + 1), () => setImmediate(drip, i + 1));
    };
    drip(0);
  });
  assert.equal((await probeHttp(at(port))).outcome, 'answered');
});

test('a reply that drips on for ever ends with the total time', async (t) => {
  const clock = new ManualClock();
  let dripped: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => {
    dripped = resolve;
  });
  const port = await serve(t, (socket) => {
    socket.write('HTTP/1.0 200 OK\nContent-Length: 5000\n\n');
    const drip = (i: number): void => {
      if (i === 200) dripped();
      if (!socket.destroyed) socket.write('x', () => setImmediate(drip, i + 1));
    };
    drip(0);
  });
  const probe = probeHttp(at(port, { clock }));
  const expire = await clock.armed(LONG);
  await enough;
  expire();
  const result = await probe;
  assert.equal(result.outcome, 'not-this-device');
});

test('where GetSensors is not known the configuration page tells', async (t) => {
  const paths: string[] = [];
  const port = await serve(t, (socket, packet) => {
    const path = packet.split(' ')[1] ?? '';
    paths.push(path);
    socket.end(path === '/config' ? `HTTP/1.0 200 OK\n\n${PAGE}` : 'HTTP/1.0 404 Not Found\n\nInvalid Request');
  });
  const result = await probeHttp(at(port));
  assert.deepEqual(paths, ['/?request=GetSensors', '/config']);
  assert.equal(result.outcome, 'answered');
  assert.equal(result.target, `http://127.0.0.1:${port}/config`);
  assert.equal(result.evidence, 'an HTML page "Set-up" with the fields ssid, mqtt_bk');
});

test('a given path is the only one asked', async (t) => {
  const paths: string[] = [];
  const port = await serve(t, (socket, packet) => {
    paths.push(packet.split(' ')[1] ?? '');
    socket.end(`HTTP/1.0 200 OK\n\n${PAGE}`);
  });
  assert.equal((await probeHttp(at(port, { path: '/config' }))).outcome, 'answered');
  assert.deepEqual(paths, ['/config']);
});

test('an endless body is cut off', async (t) => {
  const gone: Promise<void>[] = [];
  const port = await serve(t, (socket) => {
    gone.push(closed(socket));
    const pour = (): void => {
      while (!socket.destroyed && socket.write('x'.repeat(8192)));
    };
    socket.write('HTTP/1.0 200 OK\n\n');
    socket.on('drain', pour);
    pour();
  });
  const result = await probeHttp(at(port));
  assert.equal(result.outcome, 'not-this-device');
  assert.match(result.evidence, /more than a device would send/);
  await Promise.all(gone);
});

test('a redirect is not followed', async (t) => {
  let reached = false;
  const elsewhere = await serve(t, (socket) => {
    reached = true;
    socket.end(`HTTP/1.0 200 OK\n\n${SENSORS}`);
  });
  const port = await serve(t, (socket) =>
    socket.end(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${elsewhere}/\r\nContent-Length: 0\r\n\r\n`),
  );
  const result = await probeHttp(at(port));
  assert.equal(result.outcome, 'not-this-device');
  assert.match(result.evidence, /^HTTP status 302, sends us to http:.* \(not followed\)$/);
  assert.equal(reached, false);
});

test('silence is no answer', async (t) => {
  const clock = new ManualClock();
  let heard: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const port = await serve(t, () => heard());
  const probe = probeHttp(at(port, { clock }));
  const expire = await clock.armed(LONG);
  await asked;
  expire();
  const result = await probe;
  assert.equal(result.outcome, 'no-answer');
  assert.equal(result.rttMs, null);
});

test('a connection closed without a word, or reset, is no answer', async (t) => {
  const closing = await serve(t, (socket) => socket.end());
  assert.equal((await probeHttp(at(closing))).outcome, 'no-answer');
  const resetting = await serve(t, (socket) => socket.resetAndDestroy());
  assert.equal((await probeHttp(at(resetting))).outcome, 'no-answer');
});

test('a port where nothing listens refuses', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const result = await probeHttp(at(port));
  assert.equal(result.outcome, 'refused');
  assert.equal(result.target, `http://127.0.0.1:${port}/?request=GetSensors`);
});

test('no connection in time is unreachable', async (t) => {
  const port = await serve(t, () => undefined);
  const clock = new ManualClock();
  const probe = probeHttp(at(port, { clock }));
  // The connection is asked for in this turn of the event loop and cannot be there before the next.
  void clock.armed(LONG).then((expire) => expire());
  assert.equal((await probe).outcome, 'unreachable');
});

test('another board, and something that is no board', async (t) => {
  const other = await serve(t, (socket) =>
    socket.end('HTTP/1.0 200 OK\n\n{"SYS_Heap":1,"SYS_Time":1,"SYS_MAC":"5c:cf:7f:00:00:01"}'),
  );
  const result = await probeHttp(at(other));
  assert.equal(result.outcome, 'not-this-device');
  assert.equal(result.identity.mac, '5c:cf:7f:00:00:01');
  const router = await serve(t, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n<title>Router</title>'));
  assert.equal((await probeHttp(at(router))).outcome, 'not-this-device');
});

test('hostile text reaches the evidence without its control sequences', async (t) => {
  const port = await serve(t, (socket) => socket.end('\u001b]0;owned\u0007\u001b[2J\r\npassword=hunter2 hello'));
  const { outcome, evidence } = await probeHttp(at(port));
  assert.equal(outcome, 'not-this-device');
  assert.match(evidence, /hello/);
  assert.doesNotMatch(evidence, /[^\x20-\x7e…]|hunter2/);
});

test('an unknown address, and addresses that are not asked', async () => {
  for (const host of [null, '', '0.0.0.0']) {
    assert.deepEqual(
      { ...(await probeHttp(at(80, { host }))), evidence: '' },
      {
        via: 'http',
        target: null,
        outcome: 'not-configured',
        rttMs: null,
        evidence: '',
        identity: { mac: null, chipId: null },
      },
    );
  }
  assert.equal((await probeHttp({ ...at(80), port: null })).outcome, 'not-configured');
  const announced = await probeHttp(at(80, { host: '192.0.2.1' }));
  assert.equal(announced.outcome, 'error');
  assert.match(announced.evidence, /--allow-public/);
  assert.equal((await probeHttp(at(80, { host: 'board.example' }))).outcome, 'error');
  assert.equal((await probeHttp(at(80, { host: 'a b', userGiven: true }))).outcome, 'error');
  assert.equal((await probeHttp(at(80, { path: '/x\r\nHost: y' }))).outcome, 'error');
});

test('cancelling ends the probe at once and closes the connection', async (t) => {
  const controller = new AbortController();
  let gone: Promise<void> = Promise.resolve();
  const port = await serve(t, (socket) => {
    gone = closed(socket);
    controller.abort();
  });
  await assert.rejects(probeHttp(at(port, { signal: controller.signal })), (e) => isEspwatchError(e, 'ABORTED'));
  await gone;
  await assert.rejects(probeHttp(at(port, { signal: controller.signal })), (e) => isEspwatchError(e, 'ABORTED'));
});

test('a request gives the reply, also one that breaks off as the board restarts', async (t) => {
  const paths: string[] = [];
  const port = await serve(t, (socket, packet) => {
    paths.push(packet.split(' ')[1] ?? '');
    socket.write('HTTP/1.0 200 OK\r\nContent-Length: 500\r\n\r\nMQTT SSL Broker Connection Restored\n', () =>
      socket.end(),
    );
  });
  const target = { host: '127.0.0.1', port, timeoutMs: LONG, allowPublic: false, userGiven: false };
  assert.equal(await requestHttp({ ...target, request: 'MqttSslOn' }), 'MQTT SSL Broker Connection Restored\n');
  await requestHttp({ ...target, request: { name: 'BlinkLed', times: 3 } });
  assert.deepEqual(paths, ['/?request=MqttSslOn', '/?request=BlinkLed&nblink=3']);
});

test('a request without a reply is an error with a code', async (t) => {
  const port = await serve(t, (socket) => socket.end());
  const target = { host: '127.0.0.1', port, timeoutMs: LONG, allowPublic: false, userGiven: false };
  await assert.rejects(requestHttp({ ...target, request: 'HttpOn' }), (e) => isEspwatchError(e, 'NET_NOT_ASKED'));
  await assert.rejects(requestHttp({ ...target, host: null, request: 'HttpOn' }), (e) =>
    isEspwatchError(e, 'NET_NOT_ASKED'),
  );
});
