import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { VirtualClock } from '../clock.js';
import type { SerialLink } from '../serial/link.js';
import { PortLink } from '../serial/port-link.js';
import { parseFault, SimBinding, type Timing, VirtualBoard, type Wiring } from '../sim/index.js';
import type { StartProgram } from '../sim/program/program.js';
import { drive } from './drive.test.helper.js';
import { type FlashOptions, type FlashReport, flashBoard, identifyChip, readFlashRegion } from './flash.js';
import { arduinoImage, codeLike, virtualImage } from './image.test.helper.js';

/** What the board runs when the ROM and the second stage found a program: it says that it lives. */
const program: StartProgram = (_wasm, _env, { uartBaud, uartSend }) => {
  uartBaud(115_200);
  void uartSend(Buffer.from('ESP8266 IP: 10.0.0.7\r\n'));
  return { receive: () => {}, setWifi: () => {}, stop: () => Promise.resolve() };
};

const MAC = Uint8Array.of(0x18, 0xfe, 0x34, 0xa2, 0x66, 0x29);
const sketch = { name: 'sketch.bin', offset: 0, bytes: virtualImage() };
const large = { name: 'large.bin', offset: 0, bytes: arduinoImage(200_000) };

const DEFLATE_BEGIN = 0x10;
const DEFLATE_DATA = 0x11;

/** Every frame that goes to the board from now on. */
function spyOnWrites(link: SerialLink): readonly Uint8Array[] {
  const sent: Uint8Array[] = [];
  const write = link.write.bind(link);
  link.write = (bytes) => {
    sent.push(bytes);
    return write(bytes);
  };
  return sent;
}

/** How many bytes have gone out up to the end of the first compressed block. */
function endOfFirstBlock(sent: readonly Uint8Array[]): () => number {
  return () => {
    const block = sent.findIndex((frame) => frame[2] === DEFLATE_DATA);
    return sent.slice(0, block + 1).reduce((sum, { length }) => sum + length, 0);
  };
}

interface Setting {
  readonly timing?: Timing;
  readonly wiring?: Wiring;
  /** MHz. */
  readonly crystal?: 26 | 40;
  readonly faults?: readonly string[];
}

interface Bench {
  readonly board: VirtualBoard;
  readonly link: SerialLink;
  readonly clock: VirtualClock;
  run<T>(work: Promise<T>): Promise<T>;
  flash(part: typeof sketch, options?: FlashOptions): Promise<FlashReport>;
}

/** A virtual board behind a node-serialport link, both on virtual time: UART and flash take their real times. */
function bench(
  t: TestContext,
  { timing = 'real', wiring = 'two-transistor', crystal = 26, faults = [] }: Setting = {},
): Bench {
  const clock = new VirtualClock();
  const board = new VirtualBoard({
    mac: MAC,
    clock,
    timing,
    wiring,
    crystal,
    startProgram: program,
    faults: faults.map(parseFault),
  });
  board.plug();
  const link = new PortLink({ path: 'sim:', binding: new SimBinding(board, 'sim:'), clock, atomicLines: true });
  const run = <T>(work: Promise<T>): Promise<T> => drive(clock, work);
  t.after(async () => {
    await run(link.close());
    await board.dispose();
  });
  return { board, link, clock, run, flash: (part, options) => run(flashBoard(link, [part], { clock, ...options })) };
}

describe('the virtual board', () => {
  test('is flashed, verified, restarted and proven', async (t) => {
    const { link, flash } = bench(t);
    const heard: Uint8Array[] = [];
    const report = await flash(sketch, { onChunk: ({ bytes }) => heard.push(bytes) });
    assert.deepEqual(
      [report.mac, report.chip, report.flashId, report.flashSize, report.virtual, report.baudUsed],
      ['18:fe:34:a2:66:29', 'ESP8266EX', 0x1640ef, 0x400000, true, 460_800],
    );
    assert.deepEqual(report.bootProof, { how: 'rom-banner', baud: 74_880, reset: 'hard reset' });
    assert.match(Buffer.concat(heard).toString('latin1'), /rst cause:2, boot mode:\(3,\d\)[\s\S]*~ld\r?\n/);
    assert.deepEqual([link.isOpen, link.baud, link.lines], [true, 115_200, { dtr: false, rts: false }]);
  });

  test('takes at most 1.15 times what the line allows at 460800', async (t) => {
    const { flash } = bench(t);
    const { parts, wireMs, baudUsed } = await flash(large);
    const compressed = parts.reduce((sum, part) => sum + part.compressed, 0);
    const ratio = wireMs / ((10_000 * compressed) / baudUsed);
    t.diagnostic(
      `${compressed} of ${large.bytes.length} bytes in ${wireMs.toFixed(0)} ms: ${ratio.toFixed(3)} times the line limit`,
    );
    assert.ok(ratio >= 1 && ratio <= 1.15, `${ratio}`);
  });

  test('tells who it is without a stub, and reads back what it holds', async (t) => {
    const { board, link, clock, run } = bench(t);
    assert.equal((await run(identifyChip(link, { clock }))).flashId, 0x1640ef);
    const settings = codeLike(4096);
    const part = { name: 'settings', offset: 0x3fb000, bytes: settings, role: 'data' as const };
    await run(flashBoard(link, [part], { clock }));
    assert.deepEqual(await run(readFlashRegion(link, 0x3fb000, 4096, { clock })), settings);
    assert.equal(board.isPlugged, true);
  });

  test('with a 40 MHz crystal speaks its banner at 115200', async (t) => {
    const { flash } = bench(t, { crystal: 40 });
    assert.equal((await flash(sketch)).bootProof.baud, 115_200);
  });

  test('without UART and flash times: the protocol stands on no timing', async (t) => {
    const { flash } = bench(t, { timing: 'none' });
    assert.equal((await flash(large)).bootProof.how, 'rom-banner');
  });

  test('an image that is not for it is written all the same: it is a board', async (t) => {
    const { flash } = bench(t);
    assert.equal((await flash({ ...large, bytes: arduinoImage(4000) })).bootProof.how, 'rom-banner');
  });
});

describe('faults of the virtual board', () => {
  test('a byte lost on the way into the loader costs a retry', async (t) => {
    const { flash } = bench(t, { faults: ['drop-byte:30000'] });
    assert.equal((await flash(large)).bootProof.how, 'rom-banner');
  });

  test('the end of a frame lost: the board is made to listen again, and the part starts over once', async (t) => {
    const undisturbed = bench(t);
    const end = endOfFirstBlock(spyOnWrites(undisturbed.link));
    await undisturbed.flash(large);
    const { link, flash } = bench(t, { faults: [`drop-byte:${end()}`] });
    const sent = spyOnWrites(link);
    assert.equal((await flash(large)).baudUsed, 460_800);
    assert.equal(sent.filter((frame) => frame[2] === DEFLATE_BEGIN).length, 2);
  });

  test('a bit that flips in the flash: MD5 catches it and the second write holds', async (t) => {
    const { flash } = bench(t, { faults: ['corrupt-byte:5000'] });
    assert.equal((await flash(large)).baudUsed, 460_800);
  });

  test('a board that hangs in a write: reset, and written at the next lower baud', async (t) => {
    const { flash } = bench(t, { faults: ['hang-write:30000'] });
    assert.equal((await flash(large)).baudUsed, 230_400);
  });

  test('one start in the loader after the flash: the next reset proves the boot', async (t) => {
    const { flash } = bench(t, { faults: ['stay-in-bootloader'] });
    const { bootProof } = await flash(sketch);
    assert.notEqual(bootProof.reset, 'hard reset');
  });

  test('always in the loader after the flash: FLASH_NOT_BOOTED, GPIO0 is low', async (t) => {
    const { flash } = bench(t, { faults: ['stay-in-bootloader:always'] });
    await assert.rejects(flash(sketch), { code: 'FLASH_NOT_BOOTED', message: /boot mode 1/ });
  });

  test('the cable pulled anywhere: PORT_LOST at once, and the port opens again', async (t) => {
    for (const bytes of [1, 50, 5000, 13_500, 14_000, 20_000, 60_000]) {
      const { board, link, clock, run, flash } = bench(t, { faults: [`unplug-at:${bytes}`] });
      let lostAt = Number.NaN;
      link.onLost(() => {
        lostAt = clock.now();
      });
      await assert.rejects(flash(large), { code: 'PORT_LOST' }, `after ${bytes} bytes`);
      assert.ok(clock.now() - lostAt < 10, `after ${bytes} bytes: ${clock.now() - lostAt} ms`);
      board.plug();
      await run(link.open({ baud: 115_200 }));
      assert.equal(link.isOpen, true);
    }
  });

  test('cancelled in the middle of a block: ABORTED before the block is through, and the board is restarted', async (t) => {
    const { link, clock, flash } = bench(t);
    const stop = new AbortController();
    let stoppedAt = Number.NaN;
    const work = flash(large, {
      signal: stop.signal,
      onProgress: ({ phase, done }) => {
        if (phase !== 'write' || done === 0 || stop.signal.aborted) return;
        clock.after(100, () => {
          stoppedAt = clock.now();
          stop.abort();
        });
      },
    });
    await assert.rejects(work, { code: 'ABORTED' });
    assert.ok(clock.now() - stoppedAt < 2100, `${clock.now() - stoppedAt} ms`);
    assert.deepEqual([link.isOpen, link.lines], [true, { dtr: false, rts: false }]);
  });

  test('no line wired: FLASH_NO_SYNC within 5 s', async (t) => {
    const { clock, flash } = bench(t, { wiring: 'none' });
    await assert.rejects(flash(sketch), { code: 'FLASH_NO_SYNC' });
    assert.ok(clock.now() < 5000, `${clock.now()} ms`);
  });

  test('lines wired directly', async (t) => {
    const { flash } = bench(t, { wiring: 'direct' });
    assert.equal((await flash(sketch)).bootProof.how, 'rom-banner');
  });
});
