import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { FakeDevice } from './fake-binding.test.helper.js';
import { PortLink } from './port-link.js';
import type { PortInfo } from './ports.js';
import { adapterFinder, keepOpen } from './reconnect.js';

const facts = { holder: async () => null, ports: async () => [], group: async () => null };

interface Bench {
  readonly device: FakeDevice;
  readonly link: PortLink;
  readonly clock: VirtualClock;
  readonly abort: AbortController;
  /** What happened, in order. */
  readonly story: string[];
}

async function bench(): Promise<Bench> {
  const device = new FakeDevice();
  const clock = new VirtualClock();
  const link = new PortLink({ path: 'fake', binding: device, clock, facts, atomicLines: true });
  const story: string[] = [];
  link.onLost(() => story.push(`lost ${clock.now()}`));
  link.onBack(() => story.push(`back ${clock.now()}`));
  await link.open({ baud: 115_200 });
  return { device, link, clock, abort: new AbortController(), story };
}

const opens = (device: FakeDevice): number => device.calls.filter((call) => call.startsWith('open')).length;

test('tries about every 500 ms until the device is back', async () => {
  const { device, link, clock, abort, story } = await bench();
  keepOpen(link, { clock, signal: abort.signal });
  device.openError = new Error('Error: No such file or directory, cannot open fake');
  device.unplug();
  await clock.advance(1_700);
  assert.equal(opens(device), 4);
  device.openError = null;
  await clock.advance(10_000);
  assert.deepEqual(story, ['lost 0', 'back 2000']);
  assert.equal(link.isOpen, true);
  await link.close();
});

test('comes back again after every loss', async () => {
  const { device, link, clock, abort, story } = await bench();
  keepOpen(link, { clock, signal: abort.signal });
  device.unplug();
  await clock.advance(600);
  device.unplug();
  await clock.advance(600);
  assert.deepEqual(story, ['lost 0', 'back 500', 'lost 600', 'back 1100']);
  await link.close();
});

test('opens the name under which the adapter came back', async () => {
  const { device, link, clock, abort } = await bench();
  const found: (string | null)[] = [null, null, '/dev/ttyUSB1'];
  keepOpen(link, { clock, signal: abort.signal, find: async () => found.shift() ?? null });
  device.unplug();
  await clock.advance(1_499);
  assert.equal(opens(device), 1);
  await clock.advance(1);
  assert.equal(device.openOptions?.path, '/dev/ttyUSB1');
  await link.close();
});

test('a search that fails is repeated', async () => {
  const { device, link, clock, abort, story } = await bench();
  let calls = 0;
  const find = async (): Promise<string> => {
    if (++calls === 1) throw new Error('no /sys');
    return 'fake';
  };
  keepOpen(link, { clock, signal: abort.signal, find });
  device.unplug();
  await clock.advance(1_000);
  assert.deepEqual(story, ['lost 0', 'back 1000']);
  await link.close();
});

for (const how of ['abort', 'unsubscribe'] as const) {
  test(`stops on ${how}`, async () => {
    const { device, link, clock, abort } = await bench();
    const stop = keepOpen(link, { clock, signal: abort.signal });
    device.unplug();
    await clock.advance(100);
    if (how === 'abort') abort.abort();
    else stop();
    await clock.advance(5_000);
    assert.equal(opens(device), 1);
    assert.equal(clock.nextDue(), undefined);
  });
}

test('a link that was closed on purpose stays closed', async () => {
  const { device, link, clock, abort } = await bench();
  keepOpen(link, { clock, signal: abort.signal });
  await link.close();
  await clock.advance(5_000);
  assert.equal(opens(device), 1);
});

test('a link that is closed while it is away stays closed', async () => {
  const { device, link, clock, abort } = await bench();
  keepOpen(link, { clock, signal: abort.signal });
  device.unplug();
  await clock.advance(100);
  await link.close();
  await clock.advance(5_000);
  assert.equal(opens(device), 1);
  assert.equal(link.isOpen, false);
  assert.equal(clock.nextDue(), undefined);
});

test('the finder knows the adapter by its serial number', async () => {
  const info = (path: string, serialNumber: string | null, usbPath: string): PortInfo => ({
    path,
    adapter: 'CP210x',
    vendorId: '10c4',
    productId: 'ea60',
    serialNumber,
    holder: null,
    byId: null,
    usbPath,
  });
  const before = info('/dev/ttyUSB0', 'A1', '1-1:1.0');
  const now = [info('/dev/ttyUSB0', 'B2', '1-1:1.0'), info('/dev/ttyUSB3', 'A1', '1-4:1.0')];
  assert.equal(await adapterFinder(before, async () => now)(), '/dev/ttyUSB3');
  assert.equal(await adapterFinder(before, async () => [])(), null);
});
