import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { FakeDevice } from '../serial/fake-binding.test.helper.js';
import { PortLink } from '../serial/port-link.js';
import { ROM_BAUD, ROM_MAX_MS } from './follow.js';
import { BoardSession } from './session.js';

const LIMIT = { timeout: 20_000 };

function onFakeDevice(): { device: FakeDevice; clock: VirtualClock; link: PortLink; session: BoardSession } {
  const device = new FakeDevice();
  const clock = new VirtualClock();
  const link = new PortLink({ path: '/dev/fake', binding: device, clock });
  return { device, clock, link, session: new BoardSession({ link, appBaud: 115_200, clock }) };
}

test(
  'a sketch that talks without a pause and was never seen to boot does not hold the port at 74880',
  LIMIT,
  async (t) => {
    const { device, clock, link, session } = onFakeDevice();
    await session.open();
    const reset = session.resetAndFollow(t.signal);
    await clock.advance(150);
    assert.equal(link.baud, ROM_BAUD);
    for (let ms = 0; ms <= ROM_MAX_MS; ms += 100) {
      device.feed('\x8c\xfe\x12 noise at the wrong speed\n');
      await clock.advance(100);
    }
    await reset;
    assert.equal(link.baud, 115_200);
    await session.close();
  },
);

test('a reset that nobody waited for leaves the lines released when the session closes', LIMIT, async (t) => {
  const { device, clock, link, session } = onFakeDevice();
  await session.open();
  const reset = assert.rejects(session.resetAndFollow(t.signal), { code: 'PORT_CLOSED' });
  await clock.advance(50);
  assert.deepEqual(link.lines, { dtr: false, rts: true });
  const closed = session.close();
  await clock.advance(100);
  await closed;
  await reset;
  assert.deepEqual(
    device.calls.filter((call) => call.startsWith('set') || call === 'close'),
    ['set -', 'set rts', 'set -', 'close'],
  );
});

test('input that cannot be thrown away does not keep the board in reset', LIMIT, async (t) => {
  const { device, clock, session } = onFakeDevice();
  await session.open();
  const { port } = device;
  assert.ok(port !== null);
  port.flush = () => Promise.reject(new Error('EINVAL: the driver cannot'));
  const reset = assert.rejects(session.resetAndFollow(t.signal), { code: 'PORT_IO' });
  await clock.advance(200);
  await reset;
  assert.equal(device.calls.at(-1), 'set -');
  await session.close();
});

test('opening ends when it is cancelled; the port that opens later is given back', LIMIT, async () => {
  const { device, session } = onFakeDevice();
  const open = device.open.bind(device);
  let answer: () => void = () => {};
  const asked = new Promise<void>((heard) => {
    device.open = async (options) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
        heard();
      });
      return open(options);
    };
  });
  const stop = new AbortController();
  const opening = session.open(stop.signal);
  await asked;
  stop.abort(new Error('stopped'));
  await assert.rejects(opening, /stopped/);
  const closed = session.close();
  answer();
  await closed;
  assert.equal(device.port, null);
});
