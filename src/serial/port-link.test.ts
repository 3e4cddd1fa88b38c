import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { FakeDevice } from './fake-binding.test.helper.js';
import { type Chunk, LINES_RELEASED } from './link.js';
import { PortLink, type PortLinkOptions } from './port-link.js';

const HELLO = Buffer.from('hello');
const nobody = { holder: async () => null, ports: async () => ['/dev/ttyUSB7'], group: async () => 'dialout' };

function setUp(options: Partial<PortLinkOptions> = {}): { device: FakeDevice; link: PortLink; clock: VirtualClock } {
  const device = new FakeDevice();
  const clock = new VirtualClock();
  const link = new PortLink({
    path: 'fake',
    binding: device,
    clock,
    timeOrigin: 1_000,
    atomicLines: true,
    facts: nobody,
    ...options,
  });
  return { device, link, clock };
}

async function opened(options: Partial<PortLinkOptions> = {}): Promise<ReturnType<typeof setUp>> {
  const parts = setUp(options);
  await parts.link.open({ baud: 115_200 });
  return parts;
}

const nextChunk = (link: PortLink): Promise<Chunk> => new Promise((resolve) => link.onData(resolve));
const nextLoss = (link: PortLink): Promise<string> => new Promise((resolve) => link.onLost((e) => resolve(e.code)));

test('opens locked, without DTR on Windows, and releases both lines in one step', async () => {
  const { device, link } = await opened({ bindingPath: '/dev/fake' });
  assert.deepEqual(device.calls, ['open 115200', 'set -']);
  assert.deepEqual(device.sets, [{ dtr: false, rts: false, brk: false, cts: false }]);
  assert.equal(device.openOptions?.path, '/dev/fake');
  assert.equal(device.openOptions?.lock, true);
  assert.equal(device.openOptions?.hupcl, false);
  assert.equal(link.isOpen, true);
  assert.equal(link.baud, 115_200);
  assert.deepEqual(link.lines, LINES_RELEASED);
  await link.close();
  assert.equal(link.isOpen, false);
});

test('the binding is asked for at the first open only', async () => {
  const device = new FakeDevice();
  let asked = 0;
  const link = new PortLink({
    path: 'fake',
    binding: async () => {
      asked++;
      return device;
    },
  });
  assert.equal(asked, 0);
  await link.open({ baud: 9600 });
  assert.equal(asked, 1);
  await link.close();
});

test('chunks carry the host time and the speed, and the bytes as they came', async () => {
  const { device, link, clock } = await opened();
  await clock.advance(12.5);
  const first = nextChunk(link);
  device.feed('\xff\x00ok');
  const chunk = await first;
  assert.deepEqual([chunk.t, chunk.baud], [1_012.5, 115_200]);
  assert.deepEqual(Buffer.from(chunk.bytes), Buffer.from([0xff, 0, 0x6f, 0x6b]));
  await link.close();
});

test('a write lasts until it is drained', async () => {
  const { device, link } = await opened();
  device.holdDrain = true;
  let done = false;
  const draining = device.called('drain');
  const write = link.write(HELLO).then(() => {
    done = true;
  });
  await draining;
  assert.deepEqual(device.written, HELLO);
  assert.equal(done, false);
  device.letDrain();
  await write;
  assert.equal(done, true);
  await link.close();
});

test('writes keep their order, and nothing is written for no bytes', async () => {
  const { device, link } = await opened();
  await Promise.all([link.write(Buffer.from('a')), link.write(new Uint8Array()), link.write(Buffer.from('b'))]);
  assert.equal(device.written.toString(), 'ab');
  await link.close();
});

test('the speed changes in place', async () => {
  const { device, link } = await opened();
  await link.setLines({ dtr: true, rts: false });
  await link.setBaud(74_880);
  assert.deepEqual(device.calls, ['open 115200', 'set -', 'set dtr', 'update 74880']);
  assert.equal(link.baud, 74_880);
  assert.deepEqual(link.lines, { dtr: true, rts: false });
  await link.close();
});

test('a speed that the port cannot do is PORT_BAUD and changes nothing', async () => {
  const { device, link } = await opened();
  device.updateError = new Error('Error: Invalid argument || while setting custom baud rate of 3');
  await assert.rejects(link.setBaud(3), { code: 'PORT_BAUD' });
  await assert.rejects(link.setBaud(0), { code: 'PORT_BAUD' });
  await assert.rejects(link.setBaud(1.5), { code: 'PORT_BAUD' });
  assert.equal(link.baud, 115_200);
  await link.close();
  await assert.rejects(link.open({ baud: Number.NaN }), { code: 'PORT_BAUD' });
});

test('lines are set with every flag given, so that none is asserted by default', async () => {
  const { device, link } = await opened();
  await link.setLines({ dtr: false, rts: true });
  assert.deepEqual(device.sets.at(-1), { dtr: false, rts: true, brk: false, cts: false });
  assert.deepEqual(link.lines, { dtr: false, rts: true });
  await link.close();
  assert.deepEqual(link.lines, LINES_RELEASED);
});

test('a platform that moves the lines one by one is led around EN low', async () => {
  const { device, link } = await opened({ atomicLines: false });
  await link.setLines({ dtr: true, rts: true });
  await link.setLines({ dtr: false, rts: false });
  assert.deepEqual(device.calls.slice(2), ['set dtr', 'set dtr rts', 'set dtr', 'set -']);
  await link.close();
});

for (const text of ['Error: Inappropriate ioctl for device, cannot set', 'Error: Invalid argument, cannot set']) {
  test(`a port without modem lines can be watched but not reset (${text})`, async () => {
    const { device, link } = setUp();
    device.setError = new Error(text);
    await link.open({ baud: 115_200 });
    const chunk = nextChunk(link);
    device.feed('x');
    assert.equal((await chunk).bytes.length, 1);
    await assert.rejects(link.setLines({ dtr: true, rts: false }), { code: 'PORT_NO_MODEM_LINES' });
    await link.close();
  });
}

test('discarded input does not reach the listeners, what comes later does', async () => {
  const { device, link } = await opened();
  const got: string[] = [];
  link.onData((chunk) => got.push(Buffer.from(chunk.bytes).toString()));
  device.feed('old');
  await link.discard();
  const fresh = nextChunk(link);
  device.feed('new');
  await fresh;
  assert.deepEqual(got, ['new']);
  await link.close();
});

test('a pulled cable ends the link, says so once and fails what was under way', async () => {
  const { device, link } = await opened();
  const losses: string[] = [];
  link.onLost((error) => losses.push(error.code));
  device.stuck = true;
  const writing = device.called('write');
  const write = link.write(HELLO);
  await writing;
  device.unplug();
  await assert.rejects(write, { code: 'PORT_LOST' });
  await link.close();
  assert.deepEqual(losses, ['PORT_LOST']);
  assert.equal(device.port, null);
});

test('a pulled cable is noticed without a write', async () => {
  const { device, link } = await opened();
  const lost = nextLoss(link);
  device.unplug();
  assert.equal(await lost, 'PORT_LOST');
  assert.equal(link.isOpen, false);
  await assert.rejects(link.write(HELLO), { code: 'PORT_LOST' });
  await assert.rejects(link.setLines(LINES_RELEASED), { code: 'PORT_LOST' });
});

test('the end of what a binding reads is a loss too', async () => {
  const { device, link } = await opened();
  const lost = nextLoss(link);
  device.port?.take(Buffer.alloc(0));
  assert.equal(await lost, 'PORT_LOST');
});

test('after a loss the link opens again, at the same speed, by another name', async () => {
  const { device, link } = await opened();
  await link.setBaud(74_880);
  const lost = nextLoss(link);
  device.unplug();
  await lost;
  let back = 0;
  link.onBack(() => back++);
  await link.reopen('/dev/ttyUSB1');
  assert.equal(back, 1);
  assert.equal(link.path, 'fake');
  assert.equal(device.openOptions?.path, '/dev/ttyUSB1');
  assert.equal(link.baud, 74_880);
  await link.write(HELLO);
  assert.deepEqual(device.written, HELLO);
  await link.close();
});

test('close gives up a write that hangs', async () => {
  const { device, link } = await opened();
  device.stuck = true;
  const writing = device.called('write');
  const write = assert.rejects(link.write(HELLO), { code: 'PORT_CLOSED' });
  await writing;
  await link.close();
  await write;
  assert.equal(device.port, null);
  assert.deepEqual(device.calls.slice(-2), ['flush', 'close']);
});

test('close returns within 2 s when the device does not let go', async () => {
  const { device, link, clock } = await opened();
  device.hangClose = true;
  let closed = false;
  const close = link.close().then(() => {
    closed = true;
  });
  await clock.advance(1_999);
  assert.equal(closed, false);
  await clock.advance(1);
  await close;
  assert.equal(link.isOpen, false);
});

test('closing twice, or what was never open, is harmless', async () => {
  const { device, link } = await opened();
  await Promise.all([link.close(), link.close()]);
  await link.close();
  assert.equal(device.calls.filter((call) => call === 'close').length, 1);
  await setUp().link.close();
  await assert.rejects(link.write(HELLO), { code: 'PORT_CLOSED' });
});

test('close while opening leaves nothing open', async () => {
  const { device, link } = setUp();
  const open = assert.rejects(link.open({ baud: 115_200 }), { code: 'PORT_CLOSED' });
  await link.close();
  await open;
  assert.equal(link.isOpen, false);
  assert.equal(device.port, null);
});

test('a device that goes while it opens fails the open and is let go', async () => {
  const { device, link } = setUp();
  const losses: string[] = [];
  link.onLost((error) => losses.push(error.code));
  device.setError = new Error('Error: Input/output error, cannot set');
  await assert.rejects(link.open({ baud: 115_200 }), { code: 'PORT_LOST' });
  await link.close();
  assert.equal(device.port, null);
  assert.deepEqual(losses, []);
});

test('an open port is not opened twice', async () => {
  const { device, link } = await opened();
  await assert.rejects(link.open({ baud: 9600 }), { code: 'PORT_IO' });
  const other = new PortLink({ path: 'fake', binding: device, facts: nobody });
  await assert.rejects(other.open({ baud: 9600 }), { code: 'PORT_BUSY' });
  await link.close();
  await other.open({ baud: 9600 });
  await other.close();
});

test('a listener that is taken off hears nothing', async () => {
  const { device, link } = await opened();
  const heard: string[] = [];
  link.onData(() => heard.push('kept'));
  link.onData(() => heard.push('taken off'))();
  const chunk = nextChunk(link);
  device.feed('x');
  await chunk;
  assert.deepEqual(heard, ['kept']);
  await link.close();
});

test('a port says who it is where its binding can', async () => {
  const { device, link } = await opened();
  assert.equal(await link.signature(), null);
  Object.assign(device.port ?? {}, { signature: async () => 'a server' });
  assert.equal(await link.signature(), 'a server');
  await link.close();
});

test('the fake announces its calls', async () => {
  const device = new FakeDevice();
  const call = once(device, 'call');
  await device.open({ path: 'x', baudRate: 1 });
  assert.deepEqual(await call, ['open 1']);
});
