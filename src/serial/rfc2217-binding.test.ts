import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { PortLink } from './port-link.js';
import { rfc2217Binding } from './rfc2217-binding.js';
import type { Rfc2217Port } from './rfc2217-port.js';
import { type ServerOptions, TestServer } from './rfc2217-server.test.helper.js';

const BOTH_OFF = 'fffa2c050cfff0fffa2c0509fff0';
const DTR_OFF = 'fffa2c0509fff0';

interface Bench {
  readonly server: TestServer;
  readonly clock: VirtualClock;
  open(options?: string, baudRate?: number): Promise<Rfc2217Port>;
}

async function bench(t: TestContext, options: ServerOptions = {}): Promise<Bench> {
  const server = await TestServer.start(options);
  const clock = new VirtualClock();
  const binding = rfc2217Binding({ clock });
  let port: Rfc2217Port | null = null;
  t.after(async () => {
    if (port?.isOpen) await port.close();
    await server.stop();
  });
  return {
    server,
    clock,
    open: async (query = '', baudRate = 115_200) => {
      port = await binding.open({ path: server.url(query), baudRate });
      return port;
    },
  };
}

async function readText(port: Rfc2217Port, count: number): Promise<string> {
  let hex = '';
  while (hex.length < count * 2) {
    const { buffer, bytesRead } = await port.read(Buffer.alloc(64), 0, 64);
    hex += buffer.toString('hex', 0, bytesRead);
  }
  return hex;
}

test('connects with the agreed bytes: options, then speed and format, then both lines off', async (t) => {
  const { server, open } = await bench(t);
  await open();
  assert.equal(
    server.received,
    [
      'fffb00fffd00fffb03fffd03fffb2cfffd2c',
      'fffa2c010001c200fff0fffa2c0208fff0fffa2c0301fff0fffa2c0401fff0fffa2c0501fff0',
      BOTH_OFF,
    ].join(''),
  );
});

test('understands a server whose packets are cut after every byte', async (t) => {
  const { server, open } = await bench(t, { dribbles: true, greeting: 'fffb01fffb03fffd00fffb2c' });
  const port = await open();
  server.send('ffff41fffa2c6bb0fff0ffffff f1 42');
  assert.equal(await readText(port, 4), 'ff41ff42');
  assert.deepEqual(await port.get(), { cts: true, dsr: true, dcd: true });
});

test('each side doubles FF', async (t) => {
  const { server, open } = await bench(t);
  const port = await open('', 0x1ff00);
  await server.until('fffa2c010001ffff00fff0');
  await port.write(Buffer.from('00ff41ffff', 'hex'));
  await server.until('00ffff41ffffffff');
  server.send('ffffffff00');
  assert.equal(await readText(port, 3), 'ffff00');
});

test('both lines go in one segment, and a set that changes nothing sends nothing', async (t) => {
  const { server, open } = await bench(t);
  const port = await open();
  await port.set({ dtr: false, rts: false });
  await port.set({ dtr: false, rts: true });
  await port.set({ dtr: true, rts: false });
  await port.set({ dtr: false, rts: false });
  assert.deepEqual(server.packets.slice(-4), [
    BOTH_OFF,
    'fffa2c050bfff0fffa2c0509fff0',
    'fffa2c0508fff0fffa2c050cfff0',
    BOTH_OFF,
  ]);
});

test('a line change that is not acknowledged counts as done after 200 ms', async (t) => {
  const { server, clock, open } = await bench(t, { acksControl: false });
  const opening = open();
  await server.until(BOTH_OFF);
  await clock.advance(200);
  const port = await opening;
  let done = false;
  const set = port.set({ dtr: false, rts: true }).then(() => {
    done = true;
  });
  await clock.advance(199);
  assert.equal(done, false);
  await clock.advance(1);
  await set;
  assert.equal(done, true);
});

test('with ign_set_control only DTR is released at a server that keeps silent, as RTS would reset the board', async (t) => {
  const { server, clock, open } = await bench(t, { acksControl: false });
  const opening = open('?ign_set_control');
  await server.until(DTR_OFF);
  await clock.advance(200);
  const port = await opening;
  await port.set({ dtr: false, rts: false });
  await port.set({ dtr: true, rts: false });
  await server.until('fffa2c0508fff0fffa2c050cfff0');
  assert.equal(server.received.split('fffa2c050c').length, 2);
});

test('with ign_set_control a server that passes lines on does not hold the board in reset', async (t) => {
  const { server, open } = await bench(t);
  await open('?ign_set_control');
  assert.ok(server.received.endsWith(`${DTR_OFF}fffa2c050cfff0`));
});

test('answers what the server offers, and no answer twice', async (t) => {
  const { server, open } = await bench(t);
  const port = await open();
  server.send('fffb01 fffd1f fffb1f fffb00 fffd2c fffb01');
  server.send('41');
  await readText(port, 1);
  await port.write(Buffer.from('end'));
  await server.until(Buffer.from('end').toString('hex'));
  assert.ok(server.received.endsWith(`${BOTH_OFF}fffd01fffc1ffffe1f${Buffer.from('end').toString('hex')}`));
});

test('the speed is changed in place and must be confirmed', async (t) => {
  const { server, open } = await bench(t);
  const port = await open();
  await port.update({ baudRate: 74_880 });
  assert.ok(server.received.endsWith('fffa2c0100012480fff0'));
  assert.deepEqual(await port.getBaudRate(), { baudRate: 74_880 });
});

test('a speed that the bridge rounds is fine, another speed is PORT_BAUD', async (t) => {
  const { open } = await bench(t, { baud: 76_800 });
  const port = await open('', 74_880);
  await assert.rejects(port.update({ baudRate: 115_200 }), { code: 'PORT_BAUD' });
});

test("a flush throws away what is older than the server's answer", async (t) => {
  const { server, open } = await bench(t);
  const port = await open();
  const flush = port.flush();
  await server.until('fffa2c0c03fff0');
  server.send('4f4c44 fffa2c7001fff0');
  await flush;
  server.send('4e');
  assert.equal(await readText(port, 1), '4e');
});

test('a drain waits for the answer to a question that follows the data', async (t) => {
  const { server, open } = await bench(t, { answersQueries: false });
  const port = await open();
  await port.write(Buffer.from('A'));
  let done = false;
  const drain = port.drain().then(() => {
    done = true;
  });
  await server.until('41fffa2c0100000000fff0');
  assert.equal(done, false);
  server.send('fffa2c650001c200fff0');
  await drain;
});

test('a server that answers no questions is asked once', async (t) => {
  const { server, clock, open } = await bench(t, { answersQueries: false });
  const port = await open();
  const drain = port.drain();
  await clock.advance(500);
  await drain;
  await port.drain();
  await port.write(Buffer.from('A'));
  await server.until('41');
  assert.equal(server.received.split('fffa2c0100000000').length, 2);
});

test('asks the server who it is', async (t) => {
  const { server, clock, open } = await bench(t);
  const port = await open();
  const named = port.signature();
  await server.until('fffa2c00fff0');
  server.send('fffa2c64 73696d fff0');
  assert.equal(await named, 'sim');
  const silent = port.signature();
  await clock.advance(500);
  assert.equal(await silent, null);
});

test("sends nothing while the server's buffer is full", async (t) => {
  const { server, open } = await bench(t);
  const port = await open();
  server.send('fffa2c6cfff0 41');
  await readText(port, 1);
  const write = port.write(Buffer.from('later'));
  await port.update({ baudRate: 9600 });
  assert.ok(!server.received.includes(Buffer.from('later').toString('hex')));
  server.send('fffa2c6dfff0');
  await write;
  await server.until(Buffer.from('later').toString('hex'));
});

test('nobody there is PORT_MISSING', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const open = rfc2217Binding().open({ path: `rfc2217://127.0.0.1:${port}`, baudRate: 115_200 });
  await assert.rejects(open, { code: 'PORT_MISSING' });
});

const REFUSALS: [what: string, options: ServerOptions, code: string][] = [
  [
    'says that the port is in use',
    { accepts: false, greeting: Buffer.from('Port already in use\r\n').toString('hex') },
    'PORT_BUSY',
  ],
  [
    'says something else',
    { accepts: false, greeting: Buffer.from('220 mail ready\r\n').toString('hex') },
    'PORT_REMOTE',
  ],
  ['says nothing', { accepts: false }, 'PORT_REMOTE'],
];

for (const [what, options, code] of REFUSALS) {
  test(`a server that ${what} and hangs up is ${code}`, async (t) => {
    const { server, open } = await bench(t, options);
    const opening = assert.rejects(open(), { code });
    await server.until('fffd2c');
    server.hangUp();
    await opening;
  });
}

test('a server that does not speak RFC 2217 is PORT_REMOTE, at once when it says so', async (t) => {
  const { server, open } = await bench(t, { accepts: false });
  const opening = assert.rejects(open(), { code: 'PORT_REMOTE' });
  await server.until('fffd2c');
  server.send('fffe2c fffc2c');
  await opening;
});

test('and after 3 s when it keeps silent', async (t) => {
  const { server, clock, open } = await bench(t, { accepts: false });
  const opening = assert.rejects(open(), { code: 'PORT_REMOTE' });
  await server.until('fffd2c');
  await clock.advance(3_000);
  await opening;
});

test("over a link: the server's end is PORT_LOST, for writers too, and the link can come back", async (t) => {
  const { server } = await bench(t);
  const link = new PortLink({ path: server.url(), binding: rfc2217Binding(), atomicLines: true });
  await link.open({ baud: 115_200 });
  const lost = new Promise<string>((resolve) => link.onLost((error) => resolve(error.code)));
  server.send('fffa2c6cfff0 41');
  await new Promise((resolve) => link.onData(resolve));
  const write = assert.rejects(link.write(Buffer.from('never')), { code: 'PORT_LOST' });
  server.hangUp();
  assert.equal(await lost, 'PORT_LOST');
  await write;
  await link.reopen();
  await link.write(Buffer.from('again'));
  await server.until(Buffer.from('again').toString('hex'));
  await link.close();
});

test('what came before the end is still read', async (t) => {
  const { server, open } = await bench(t);
  const port = await open();
  server.send('4142');
  server.hangUp();
  assert.equal(await readText(port, 2), '4142');
  await assert.rejects(port.read(Buffer.alloc(8), 0, 8), /closed the connection/);
});

test('closing cancels a read, as node-serialport expects', async (t) => {
  const { open } = await bench(t);
  const port = await open();
  const read = assert.rejects(port.read(Buffer.alloc(8), 0, 8), { canceled: true });
  await port.close();
  await read;
  await assert.rejects(port.close(), /not open/);
});
