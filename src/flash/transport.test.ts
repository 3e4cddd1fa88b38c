import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { FakeBoard } from './fake-board.test.helper.js';
import { slipFrame } from './slip.js';
import { FlashTransport } from './transport.js';

interface Bench {
  readonly board: FakeBoard;
  readonly clock: VirtualClock;
  readonly transport: FlashTransport;
  /** Bytes come in at the host. */
  hear(...bytes: readonly Uint8Array[]): Promise<void>;
}

async function bench(t: TestContext, signal?: AbortSignal): Promise<Bench> {
  const board = new FakeBoard();
  const clock = new VirtualClock();
  await board.open({ baud: 115_200 });
  const transport = new FlashTransport(board, { clock, signal });
  t.after(() => {
    transport.dispose();
    assert.equal(board.listeners, 0);
    assert.equal(clock.nextDue(), undefined);
  });
  const hear = async (...pieces: readonly Uint8Array[]): Promise<void> => {
    for (const bytes of pieces) board.say(bytes, board.baud);
    await clock.advance(0);
  };
  return { board, clock, transport, hear };
}

describe('esptool-js uses nothing that the transport lacks', () => {
  const root = createRequire(import.meta.url).resolve('esptool-js');
  for (const file of ['esploader.js', 'reset.js', 'targets/esp8266.js']) {
    test(file, async (t) => {
      const { transport } = await bench(t);
      const source = await readFile(root.replace(/index\.js$/, file), 'utf8');
      const used = new Set([...source.matchAll(/\btransport\.(\w+)/g)].map(([, name]) => name ?? ''));
      assert.ok(used.size > 0);
      for (const name of used) assert.ok(name in transport, name);
    });
  }
});

describe('frames', () => {
  const one = Uint8Array.of(1, 0xc0, 2);
  const two = Uint8Array.of(3);

  test('come in order, whether they were waited for or not', async (t) => {
    const { transport, hear } = await bench(t);
    const waiting = transport.read(1000);
    await hear(slipFrame(one), slipFrame(two));
    assert.deepEqual([await waiting, await transport.read(1000)], [one, two]);
  });

  test('that were flushed are gone, the half one too', async (t) => {
    const { transport, hear } = await bench(t);
    await hear(slipFrame(one), Uint8Array.of(0xc0, 9));
    transport.flushInput();
    await hear(Uint8Array.of(9, 0xc0), slipFrame(two));
    assert.deepEqual(await transport.read(1000), two);
  });

  test('that do not come: FLASH_TIMEOUT at the very millisecond', async (t) => {
    const { clock, transport } = await bench(t);
    const work = assert.rejects(transport.read(250), { code: 'FLASH_TIMEOUT' });
    await clock.advance(249);
    assert.notEqual(clock.nextDue(), undefined);
    await clock.advance(1);
    await work;
  });

  test('are drained until it is quiet, or until enough is enough', async (t) => {
    const { clock, transport, hear } = await bench(t);
    let drained = false;
    const quiet = transport.drainInput(100, 400).then(() => {
      drained = true;
    });
    await clock.advance(90);
    await hear(slipFrame(one));
    await clock.advance(100);
    assert.equal(drained, false);
    await clock.advance(10);
    await quiet;
    const busy = transport.drainInput(100, 250);
    for (const ms of [90, 90, 70]) {
      await hear(slipFrame(two));
      await clock.advance(ms);
    }
    await busy;
  });
});

describe('lines', () => {
  test('always both at once, and what is not named stays as it is (3a.2, 3a.5)', async (t) => {
    const { board, transport } = await bench(t);
    await transport.setSignals(true, false);
    await transport.setRTS(true);
    await transport.setDTR(false);
    await transport.setSignals(false, false);
    await transport.setRTS(false);
    assert.deepEqual(board.linesLog, [
      { dtr: true, rts: false },
      { dtr: true, rts: true },
      { dtr: false, rts: true },
      { dtr: false, rts: false },
      { dtr: false, rts: false },
    ]);
  });
});

describe('a transport that ends', () => {
  test('rejects what waits and what comes after with the reason, at once', async (t) => {
    const { board, transport } = await bench(t);
    const read = assert.rejects(transport.read(60_000), { code: 'PORT_LOST' });
    const pause = assert.rejects(transport.pause(60_000), { code: 'PORT_LOST' });
    board.unplug();
    await read;
    await pause;
    await assert.rejects(transport.write(Uint8Array.of(1)), { code: 'PORT_LOST' });
    await assert.rejects(transport.setRTS(true), { code: 'PORT_LOST' });
    assert.equal(transport.failure?.code, 'PORT_LOST');
  });

  test('rejects with ABORTED when the signal says so', async (t) => {
    const stop = new AbortController();
    const { transport } = await bench(t, stop.signal);
    const read = assert.rejects(transport.read(60_000), { code: 'ABORTED' });
    stop.abort();
    await read;
  });

  test('leaves the link open when it is disposed of', async (t) => {
    const { board, transport } = await bench(t);
    const read = assert.rejects(transport.read(60_000), { code: 'PORT_CLOSED' });
    await transport.disconnect();
    await read;
    assert.equal(board.isOpen, true);
  });
});
