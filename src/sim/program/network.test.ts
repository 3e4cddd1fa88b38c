import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type Bench, bench, connectTo, readAll } from './board.test.kit.js';
import { candidateAddress, ipv4Word } from './lease.js';
import {
  assemble,
  type Code,
  call,
  clockIsSet,
  joinNetwork,
  lessThan,
  loadByte,
  local,
  not,
  notEqual,
  repeatWhile,
  run,
  setLocal,
  store,
  storeByte,
  unreachable,
  when,
} from './tiny-wasm.test.kit.js';

const LIMIT = { timeout: 30_000 };
const PORT = 7007;
const BUFFER = 4096;

/** Says its address in four bytes, as soon as it listens. */
const serve: Code = [
  ...joinNetwork,
  ...run('net_listen', PORT),
  ...store(1024, call('sysinfo', 4)),
  ...call('uart_write', 1024, 4),
];

/** Serves one connection after the other: sends everything back until the peer is done. */
const echo: Code = [
  ...setLocal(0, call('net_accept', 0, 0)),
  ...when(not(lessThan(local(0), 0)), [
    ...repeatWhile(call('net_state', local(0)), [
      ...setLocal(1, call('net_read', local(0), BUFFER, 3000, 0)),
      ...when(lessThan(0, local(1)), run('net_write', local(0), BUFFER, local(1))),
      ...when(lessThan(local(1), 1), call('yield')),
    ]),
    ...call('net_close', local(0)),
  ]),
];

async function addressOf(board: Bench): Promise<string> {
  await board.said(/^.{4}/s);
  return [...Buffer.from(board.text.slice(0, 4), 'latin1')].join('.');
}

test('an address comes from the MAC, is on the loopback, and has neighbours', () => {
  const mac = Uint8Array.of(0x18, 0xfe, 0x34, 0xa2, 0x66, 0xff);
  assert.equal(candidateAddress(mac, 0), '127.50.102.2');
  assert.equal(candidateAddress(mac, 253), '127.50.102.1');
  assert.equal(new Set(Array.from({ length: 254 }, (_, n) => candidateAddress(mac, n))).size, 254);
  assert.equal(ipv4Word('127.50.102.42') >>> 0, 0x2a66327f);
});

test('carries more than its rings hold, both ways, and closes when the peer does', LIMIT, async (t) => {
  const board = bench(t, assemble({ setup: serve, loop: echo }));
  const socket = await connectTo(t, await addressOf(board), PORT);
  const sent = randomBytes(300_000);
  const back = readAll(socket);
  socket.end(sent);
  assert.ok(sent.equals(await back));
});

test('serves many that come at once, with fewer sockets', LIMIT, async (t) => {
  const board = bench(t, assemble({ setup: serve, loop: echo }));
  const address = await addressOf(board);
  const answers = Array.from({ length: 20 }, async (_, n) => {
    const socket = await connectTo(t, address, PORT);
    socket.end(`request ${n}`);
    return (await readAll(socket)).toString();
  });
  assert.deepEqual(
    await Promise.all(answers),
    Array.from({ length: 20 }, (_, n) => `request ${n}`),
  );
});

test('what was written before close arrives, although the peer still talks', LIMIT, async (t) => {
  const answerAndClose: Code = [
    ...setLocal(0, call('net_accept', 0, 0)),
    ...when(not(lessThan(local(0), 0)), [
      ...repeatWhile(not(call('net_avail', local(0))), call('yield')),
      ...run('net_write', local(0), 0, 20_000),
      ...call('net_close', local(0)),
      // The handle is gone with that.
      ...when(call('net_state', local(0)), unreachable),
    ]),
  ];
  const board = bench(t, assemble({ setup: serve, loop: answerAndClose }));
  const socket = await connectTo(t, await addressOf(board), PORT);
  socket.write('first line\n');
  assert.equal((await readAll(socket)).length, 20_000);
});

test('boards with one MAC get different addresses, and the address is free again after stop()', LIMIT, async (t) => {
  const wasm = assemble({ setup: serve, loop: echo });
  const [first, second] = [bench(t, wasm), bench(t, wasm)];
  const addresses = await Promise.all([addressOf(first), addressOf(second)]);
  assert.notEqual(addresses[0], addresses[1]);
  await Promise.all([first.program.stop(), second.program.stop()]);
  const third = bench(t, wasm);
  assert.ok(addresses.includes(await addressOf(third)));
});

test('stop() resets connections and closes the port', LIMIT, async (t) => {
  const board = bench(t, assemble({ setup: serve, loop: echo }));
  const address = await addressOf(board);
  const socket = await connectTo(t, address, PORT);
  socket.write('x');
  await once(socket, 'data');
  const lost = once(socket, 'error');
  await board.program.stop();
  assert.equal(((await lost)[0] as NodeJS.ErrnoException).code, 'ECONNRESET');
  const [refused] = (await once(connect(PORT, address), 'error')) as [NodeJS.ErrnoException];
  assert.equal(refused.code, 'ECONNREFUSED');
});

test('a port can be had once, and again after unlisten; two listeners are all there are', LIMIT, async (t) => {
  const listenAs = (expected: number, port: number): Code =>
    when(notEqual(call('net_listen', port), expected), unreachable);
  const wasm = assemble({
    setup: [
      ...joinNetwork,
      ...listenAs(0, PORT),
      ...listenAs(-1, PORT),
      ...listenAs(1, PORT + 1),
      ...listenAs(-1, PORT + 2),
      ...call('net_unlisten', 0),
      ...listenAs(0, PORT),
      ...call('restart', 4),
    ],
  });
  assert.deepEqual(await bench(t, wasm).end, { restart: 4 });
});

test('no network, no connection: and begin with an empty name finds none', LIMIT, async (t) => {
  const wasm = assemble({
    data: { 1024: '127.0.0.1', 1100: '' },
    setup: [
      ...store(2048, call('net_open', 1024, 9, 0, 1000)),
      ...run('wifi_ctl', 1, 1100, 1100),
      ...store(2052, call('wifi_ctl', 0, 0, 0)),
      ...store(2056, call('sysinfo', 5)),
      ...call('uart_write', 2048, 12),
      ...call('restart', 4),
    ],
  });
  const board = bench(t, wasm);
  await board.end;
  const words = new Int32Array(Uint8Array.from(Buffer.from(board.text, 'latin1')).buffer);
  assert.deepEqual([...words], [-4, 1, 31]);
});

test('Wi-Fi gone: peers hear nothing, the sketch knows; back again: reset, and it serves', LIMIT, async (t) => {
  const tellStatus: Code = [
    ...setLocal(1, call('wifi_ctl', 0, 0, 0)),
    ...when(notEqual(local(1), loadByte(2048)), [...storeByte(2048, local(1)), ...call('uart_write', 2048, 1)]),
  ];
  const board = bench(t, assemble({ setup: serve, loop: [...tellStatus, ...echo] }));
  const address = await addressOf(board);
  await board.said(/\x03$/);
  const early = await connectTo(t, address, PORT);
  const resetEarly = once(early, 'error');
  board.program.setWifi(false);
  await board.said(/\x03\x01$/);
  const late = await connectTo(t, address, PORT);
  const resetLate = once(late, 'error');
  late.write('anybody there?');
  board.program.setWifi(true);
  for (const [error] of await Promise.all([resetEarly, resetLate])) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET');
  }
  await board.said(/\x03\x01\x06?\x03$/);
  const socket = await connectTo(t, address, PORT);
  socket.end('again');
  assert.equal((await readAll(socket)).toString(), 'again');
});

test('the clock is set by SNTP, once there is a network, and not before', LIMIT, async (t) => {
  const wasm = assemble({
    setup: [
      ...call('sntp', 1),
      ...call('delay', 150),
      ...when(clockIsSet, unreachable),
      ...joinNetwork,
      ...repeatWhile(not(clockIsSet), call('yield')),
      ...call('restart', 4),
    ],
  });
  assert.deepEqual(await bench(t, wasm).end, { restart: 4 });
});
