import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { type FlashOptions, type FlashReport, flashBoard } from '../../src/flash/flash.js';
import { esp32Image } from '../../src/flash/image.test.helper.js';
import { PortLink } from '../../src/serial/port-link.js';
import { SimBinding } from '../../src/sim/index.js';
import { atEnd } from '../support/cleanup.js';
import { Heard } from '../support/heard.js';
import {
  IMAGE_PATH,
  type TestBoard,
  type TestBoardOptions,
  testBoard,
  WEB_SERVER_LINES,
} from '../support/test-board.js';

// From the flasher to the sketch that runs: what the faults of src/flash/virtual-board.test.ts leave behind.

const IMAGE = { name: 'sketch', offset: 0, bytes: readFileSync(IMAGE_PATH) };
const options = { timeout: 60_000 };

interface Bench extends TestBoard {
  readonly link: PortLink;
  readonly heard: Heard;
  flash(options?: FlashOptions): Promise<FlashReport>;
  /** The flash holds the image, and the sketch in it has started since `from`. */
  runs(from: number): Promise<void>;
}

function bench(t: TestContext, boardOptions?: TestBoardOptions): Bench {
  const made = testBoard(t, boardOptions);
  const link = new PortLink({ path: 'sim:', binding: new SimBinding(made.board, 'sim:'), atomicLines: true });
  atEnd(t, () => link.close());
  const heard = new Heard();
  link.onData(({ bytes }) => heard.add(bytes));
  return {
    ...made,
    link,
    heard,
    flash: (flashOptions) => flashBoard(link, [IMAGE], { signal: t.signal, ...flashOptions }),
    runs: async (from) => {
      await made.said.until(WEB_SERVER_LINES, t.signal, from);
      assert.deepEqual(Buffer.from(made.board.flash.read(0, IMAGE.bytes.length)), IMAGE.bytes);
    },
  };
}

// The loader's stub is the first 12 KB of what goes over the wire, the image the 25 KB after it.
describe('the cable is pulled, plugged in again, and the flash repeated', { concurrency: 4 }, () => {
  for (const bytes of [1, 47, 3000, 12_400, 13_000, 15_000, 24_000, 30_000, 37_000]) {
    test(`after ${bytes} bytes`, options, async (t) => {
      const { board, link, flash, runs } = bench(t, { faults: [`unplug-at:${bytes}`] });
      let lostAt = Number.NaN;
      link.onLost(() => {
        lostAt = performance.now();
      });
      await assert.rejects(flash(), { code: 'PORT_LOST' });
      const took = performance.now() - lostAt;
      assert.ok(took < 2000, `${took} ms from the loss to the error`);
      await assert.rejects(link.open({ baud: 115_200 }), { code: 'PORT_MISSING' });
      board.plug();
      await link.open({ baud: 115_200 });
      assert.equal((await flash()).bootProof.how, 'rom-banner');
      await runs(0);
    });
  }
});

describe('faults of a flash', { concurrency: 4 }, () => {
  test('a byte that arrives changed: caught by the MD5, written again, and the sketch runs', options, async (t) => {
    const { flash, runs } = bench(t, { faults: ['corrupt-byte:20000'] });
    const phases: string[] = [];
    await flash({ onProgress: ({ phase }) => phases.push(phase) });
    assert.ok(phases.lastIndexOf('write') > phases.indexOf('verify'), 'it was not written again after the check');
    await runs(0);
  });

  test('a byte that is lost on the wire, and a board that hangs while it writes', options, async (t) => {
    const { flash, runs } = bench(t, { faults: ['drop-byte:20000', 'hang-write:9000'] });
    await flash();
    await runs(0);
  });

  test('a board that stays in its loader once: the other reset starts the sketch', options, async (t) => {
    const { flash, runs } = bench(t, { faults: ['stay-in-bootloader'] });
    assert.notEqual((await flash()).bootProof.reset, 'hard reset');
    await runs(0);
  });

  test('a board that always stays in its loader: said so, and the port is left in order', options, async (t) => {
    const { flash, link, said } = bench(t, { faults: ['stay-in-bootloader:always'] });
    await assert.rejects(flash(), (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error && 'hint' in error);
      assert.equal(error.code, 'FLASH_NOT_BOOTED');
      assert.match(`${error.message} ${String(error.hint)}`, /GPIO0/);
      return true;
    });
    assert.equal(said.text, '');
    assert.deepEqual([link.isOpen, link.baud, link.lines], [true, 115_200, { dtr: false, rts: false }]);
  });

  test('a blank flash: the ROM gives up, and the board is flashed and runs', options, async (t) => {
    const { board, flash, link, heard, runs } = bench(t);
    await link.open({ baud: 74_880 });
    const gaveUp = heard.until(/rst cause:2, boot mode:\(3,\d\)\r\n\r\nets_main\.c $/, t.signal);
    board.pressReset();
    await gaveUp;
    await flash();
    await runs(0);
  });

  test('an image of another chip: refused, and the running board notices nothing', options, async (t) => {
    const { board, link, said } = bench(t, { sketch: true });
    await said.until(WEB_SERVER_LINES, t.signal, 0);
    const before = said.text;
    const other = { name: 'esp32.bin', offset: 0, bytes: esp32Image(0) };
    await assert.rejects(flashBoard(link, [other], { signal: t.signal }), { code: 'IMAGE_OTHER_CHIP' });
    await link.open({ baud: 115_200 });
    const answered = said.until(/SYS_Heap/, t.signal);
    await link.write(Buffer.from('/?request=GetSensors\r\n'));
    await answered;
    assert.ok(said.text.startsWith(before));
    assert.doesNotMatch(said.text.slice(before.length), /Reset Reason/);
    assert.deepEqual(Buffer.from(board.flash.read(0, IMAGE.bytes.length)), IMAGE.bytes);
  });

  test('a board that never speaks: said so in bounded time, and the port is left in order', options, async (t) => {
    const { flash, link } = bench(t, { wiring: 'none' });
    const from = performance.now();
    await assert.rejects(flash(), { code: 'FLASH_NO_SYNC', message: /nothing comes from the board at all/ });
    assert.ok(performance.now() - from < 15_000);
    assert.deepEqual([link.isOpen, link.lines], [true, { dtr: false, rts: false }]);
  });
});
