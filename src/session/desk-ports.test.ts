import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock, wait } from '../clock.js';
import type { PortInfo } from '../serial/ports.js';
import { createDesk } from './desk.js';
import { namedPort } from './desk-ports.js';
import type { DeskWorld } from './desk-world.js';

const USB: PortInfo = {
  path: '/dev/ttyUSB0',
  adapter: 'CH340\x1b[31m',
  vendorId: '1a86',
  productId: '7523',
  serialNumber: null,
  holder: { pid: 7, command: 'screen' },
  byId: '/dev/serial/by-id/usb-1a86',
  usbPath: '1-1:1.0',
};

test('plugging and unplugging show within a second; a look that fails changes nothing', async () => {
  const clock = new VirtualClock();
  let list: () => Promise<readonly PortInfo[]> = async () => [];
  const desk = createDesk({ listPorts: () => list(), close: async () => undefined } as DeskWorld, { clock });
  await clock.advance(0);
  const none = desk.view();
  assert.deepEqual(none.ports, []);
  let changes = 0;
  desk.onChange(() => {
    changes += 1;
  });
  await clock.advance(5_000);
  assert.deepEqual([desk.view(), changes], [none, 0]);
  list = async () => [USB];
  await clock.advance(1_000);
  const [port] = desk.view().ports;
  assert.deepEqual([port?.name, port?.kind, port?.holder], ['/dev/ttyUSB0', 'usb', 'screen (process 7)']);
  assert.equal(port?.adapter, 'CH340');
  list = () => Promise.reject(new Error('EIO'));
  await clock.advance(3_000);
  assert.equal(desk.view().ports[0], port);
  list = async () => [];
  await clock.advance(1_000);
  assert.deepEqual([desk.view().ports, changes], [[], 2]);
  await desk.close();
  assert.equal(clock.nextDue(), undefined);
});

test('a look that takes long is rarer', async () => {
  const clock = new VirtualClock();
  let looks = 0;
  const listPorts = async (): Promise<readonly PortInfo[]> => {
    looks += 1;
    await wait(clock, 500);
    return [];
  };
  const desk = createDesk({ listPorts, close: async () => undefined } as Partial<DeskWorld> as DeskWorld, { clock });
  await clock.advance(500 + 5_000 - 1);
  assert.equal(looks, 1);
  await clock.advance(1);
  assert.equal(looks, 2);
  await desk.close();
  await clock.advance(500);
  assert.equal(clock.nextDue(), undefined);
});

test('a board takes its port from the list, by whichever name it was opened', async () => {
  const clock = new VirtualClock();
  const world: Partial<DeskWorld> = {
    listPorts: async () => [USB],
    nameFor: (name) => name,
    open: () => Promise.reject(new Error('no')),
    close: async () => undefined,
  };
  const desk = createDesk(world as DeskWorld, { clock });
  await clock.advance(0);
  await desk.add('/dev/serial/by-id/usb-1a86');
  assert.deepEqual(desk.view().ports, []);
  assert.deepEqual([desk.view().boards[0]?.port.kind, desk.view().boards[0]?.connection], ['usb', 'failed']);
  await desk.remove('/dev/serial/by-id/usb-1a86');
  assert.equal(desk.view().ports.length, 1);
  await desk.close();
});

test('the kind of a port that is in no list follows from its name', () => {
  const kinds = ['sim:', 'sim:#2', 'sim:kitchen', 'rfc2217://host:1', 'COM5', 'ftp://x'].map(
    (name) => namedPort(name, []).kind,
  );
  assert.deepEqual(kinds, ['virtual', 'virtual', 'virtual', 'remote', 'other', 'other']);
});
