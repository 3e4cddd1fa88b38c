import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { adapterName } from './adapters.js';
import { findHolder } from './holder.js';
import { choosePort, listPorts, type PortInfo, samePort } from './ports.js';
import { groupOf } from './system-facts.js';

/** A folder that stands for `/`, with what the kernel shows of the given devices. */
class Root {
  readonly path: string;

  constructor(t: TestContext) {
    this.path = mkdtempSync(join(tmpdir(), 'espwatch-ports-'));
    t.after(() => rmSync(this.path, { recursive: true, force: true }));
  }

  file(path: string, content: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), `${content}\n`);
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    symlinkSync(target, join(this.path, path));
  }

  /** @param inside the tty's folder below the USB interface; CDC-ACM has none. */
  usb(tty: string, socket: string, facts: Record<string, string>, inside = `/${tty}`): void {
    const device = `sys/devices/pci0/usb1/${socket}`;
    for (const [name, value] of Object.entries(facts)) this.file(`${device}/${name}`, value);
    const node = `${device}/${socket}:1.0${inside}`;
    this.file(`${node}/tty/${tty}/dev`, '188:0');
    const from = join(this.path, `sys/class/tty/${tty}`);
    mkdirSync(from, { recursive: true });
    symlinkSync(relative(from, join(this.path, node)), join(from, 'device'));
  }

  process(pid: number, command: string, opened: Record<string, string>): void {
    this.file(`proc/${pid}/comm`, command);
    for (const [fd, device] of Object.entries(opened)) this.link(`proc/${pid}/fd/${fd}`, device);
  }

  list(): Promise<PortInfo[]> {
    return listPorts({ platform: 'linux', root: this.path, self: 1 });
  }
}

const CH340 = { idVendor: '1a86', idProduct: '7523', product: 'USB Serial' };
const CP2102 = { idVendor: '10c4', idProduct: 'ea60', serial: '0001', manufacturer: 'Silicon Labs', product: 'CP2102' };

function port(path: string, more: Partial<PortInfo> = {}): PortInfo {
  const usb = { vendorId: '1a86', productId: '7523', serialNumber: null, usbPath: null };
  return { path, adapter: 'CH340', holder: null, byId: null, ...usb, ...more };
}

test('lists USB adapters from /sys, in the order of their numbers', async (t) => {
  const root = new Root(t);
  root.usb('ttyUSB10', '1-1.2', CP2102);
  root.usb('ttyUSB2', '1-3', CH340);
  root.usb('ttyACM0', '1-4', { idVendor: '1a86', idProduct: '55d4', serial: '5AB' }, '');
  root.link('dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0', '../../ttyUSB10');
  assert.deepEqual(await root.list(), [
    port('/dev/ttyACM0', { adapter: 'CH9102', productId: '55d4', serialNumber: '5AB', usbPath: '1-4:1.0' }),
    port('/dev/ttyUSB2', { usbPath: '1-3:1.0' }),
    port('/dev/ttyUSB10', {
      adapter: 'CP210x',
      vendorId: '10c4',
      productId: 'ea60',
      serialNumber: '0001',
      byId: '/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0',
      usbPath: '1-1.2:1.0',
    }),
  ]);
});

test('an adapter that we do not know is called what it calls itself', async (t) => {
  const root = new Root(t);
  root.usb('ttyACM0', '1-1', { idVendor: '2341', idProduct: '0043', manufacturer: 'Arduino', product: 'Uno' }, '');
  root.usb('ttyACM1', '1-2', { idVendor: '2341', idProduct: '0044' }, '');
  assert.deepEqual(
    (await root.list()).map((info) => info.adapter),
    ['Arduino Uno', null],
  );
});

test('consoles and ports that are not fitted are left out, a fitted UART is not', async (t) => {
  const root = new Root(t);
  root.file('sys/class/tty/tty1/dev', '4:1');
  root.file('sys/devices/platform/serial8250/dev', '');
  for (const [name, type] of [
    ['ttyS0', '4'],
    ['ttyS1', '0'],
  ] as const) {
    root.file(`sys/class/tty/${name}/type`, type);
    root.link(`sys/class/tty/${name}/device`, '../../../devices/platform/serial8250');
  }
  assert.deepEqual(
    (await root.list()).map((info) => [info.path, info.vendorId]),
    [['/dev/ttyS0', null]],
  );
});

test('a machine without /sys has no ports', async (t) => {
  assert.deepEqual(await new Root(t).list(), []);
});

test("the holder is named, ourselves and other devices' users are not", async (t) => {
  const root = new Root(t);
  root.usb('ttyUSB0', '1-1', CH340);
  root.usb('ttyUSB1', '1-2', CH340);
  root.process(1, 'node', { 3: '/dev/ttyUSB0', 4: '/dev/ttyUSB1' });
  root.process(20, 'bash', { 0: '/dev/pts/0' });
  root.process(300, 'minicom', { 0: '/dev/pts/0', 3: '/dev/ttyUSB1' });
  root.file('proc/uptime', '1 1');
  const [first, second] = await root.list();
  assert.equal(first?.holder, null);
  assert.deepEqual(second?.holder, { pid: 300, command: 'minicom' });
});

test('the holder is found through a link to the device', async (t) => {
  const root = new Root(t);
  root.file('dev/ttyUSB0', '');
  root.link('dev/esp', 'ttyUSB0');
  root.process(300, 'screen', { 5: join(root.path, 'dev/ttyUSB0') });
  const proc = join(root.path, 'proc');
  assert.deepEqual(await findHolder(join(root.path, 'dev/esp'), { proc }), { pid: 300, command: 'screen' });
  assert.equal(await findHolder('/dev/ttyUSB9', { proc }), null);
  assert.equal(await findHolder('/dev/ttyUSB9', { proc: join(root.path, 'no-proc') }), null);
});

test('other systems list through the driver', async () => {
  const unknown = { manufacturer: undefined, serialNumber: undefined, pnpId: undefined, locationId: undefined };
  const list = async (): ReturnType<NonNullable<NonNullable<Parameters<typeof listPorts>[0]>['list']>> => [
    { ...unknown, path: 'COM12', vendorId: '1A86', productId: '7523', serialNumber: '5&2', locationId: 'Port_#0002' },
    { ...unknown, path: 'COM3', vendorId: undefined, productId: undefined, manufacturer: '(Standard)' },
  ];
  assert.deepEqual(await listPorts({ platform: 'win32', list }), [
    port('COM3', { adapter: '(Standard)', vendorId: null, productId: null }),
    port('COM12', { serialNumber: '5&2', usbPath: 'Port_#0002' }),
  ]);
});

test('chooses the one board; several are listed; none is said with the way out', () => {
  const uart = port('/dev/ttyS0', { vendorId: null, productId: null, adapter: null });
  const board = port('/dev/ttyUSB0');
  assert.equal(choosePort([uart, board]), board);
  assert.throws(() => choosePort([board, port('/dev/ttyUSB1')]), {
    code: 'PORT_AMBIGUOUS',
    message: /\/dev\/ttyUSB0 \(CH340\), \/dev\/ttyUSB1 \(CH340\)/,
  });
  assert.throws(() => choosePort([uart]), { code: 'PORT_NONE', hint: /--port sim:/ });
});

test('an adapter is known again by its serial number, or by its socket when the number is no help', () => {
  const a = port('/dev/ttyUSB0', { serialNumber: 'A', usbPath: '1-1:1.0' });
  assert.equal(samePort([port('/dev/ttyUSB0', { serialNumber: 'B', usbPath: '1-9:1.0' })], a), null);
  const moved = port('/dev/ttyUSB4', { serialNumber: 'A', usbPath: '1-7:1.0' });
  assert.equal(samePort([moved], a), moved);

  const twin = (path: string, usbPath: string): PortInfo => port(path, { serialNumber: '0001', usbPath });
  const [one, two] = [twin('/dev/ttyUSB1', '1-1:1.0'), twin('/dev/ttyUSB0', '1-2:1.0')];
  assert.equal(samePort([one, two], twin('/dev/ttyUSB0', '1-1:1.0')), one);

  const bare = port('/dev/ttyUSB2', { usbPath: '1-5:1.0' });
  assert.equal(samePort([bare], port('/dev/ttyUSB0', { usbPath: '1-5:1.0' })), bare);
  assert.equal(samePort([port('/dev/ttyUSB2', { usbPath: '1-5:1.0', vendorId: '10c4' })], bare), null);
});

test('adapters are named by VID and PID, else by their maker', () => {
  assert.equal(adapterName('1A86', '7523'), 'CH340');
  assert.equal(adapterName('0403', '6001'), 'FT232R');
  assert.equal(adapterName('1a86', 'ffff'), 'WCH USB-serial');
  assert.equal(adapterName('2341', '0043'), null);
  assert.equal(adapterName(null, null), null);
});

test('the group of a device file is named', async (t) => {
  const root = new Root(t);
  root.file('device', '');
  const gid = process.getgid?.() ?? 0;
  root.file('group', `nobody:x:${gid + 1}:\ndialout:x:${gid}:me`);
  assert.equal(await groupOf(join(root.path, 'device'), join(root.path, 'group')), 'dialout');
  await assert.rejects(groupOf(join(root.path, 'missing')));
});
