import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Chunk } from '../serial/link.js';
import { bench, image, OP } from './bench.test.helper.js';
import type { FakeBoard } from './fake-board.test.helper.js';
import { type FlashProgress, identifyChip, readFlashRegion } from './flash.js';
import { codeLike, esp32Image, virtualImage } from './image.test.helper.js';
import { pinsOf } from './reset.js';

describe('a flash from end to end', () => {
  test('is written, verified, restarted and proven', async (t) => {
    const { board, flash } = bench(t);
    const settings = { name: 'settings', offset: 0x3fb000, bytes: codeLike(4096), role: 'data' as const };
    const progress: FlashProgress[] = [];
    const report = await flash({ onProgress: (step) => progress.push(step) }, [settings, image]);
    assert.deepEqual(Buffer.from(board.flash.subarray(0, image.bytes.length)), image.bytes);
    assert.deepEqual(Buffer.from(board.flash.subarray(0x3fb000, 0x3fc000)), Buffer.from(settings.bytes));
    const { parts, wireMs, ...rest } = report;
    assert.deepEqual(rest, {
      mac: '5c:cf:7f:5a:4c:ab',
      chip: 'ESP8266EX',
      flashId: 0x1640ef,
      flashSize: 0x400000,
      virtual: false,
      baudUsed: 460_800,
      bootProof: { how: 'rom-banner', baud: 74_880, reset: 'hard reset' },
    });
    assert.equal(wireMs, 0);
    assert.deepEqual(
      parts.map(({ name, offset, bytes, md5 }) => ({ name, offset, bytes, md5 })),
      [image, settings].map(({ name, offset, bytes }) => ({
        name,
        offset,
        bytes: bytes.length,
        md5: createHash('md5').update(bytes).digest('hex'),
      })),
    );
    assert.deepEqual([...new Set(progress.map(({ phase }) => phase))], ['connect', 'stub', 'write', 'verify', 'boot']);
    const written = progress.filter(({ phase }) => phase === 'write').map(({ done }) => done);
    assert.deepEqual(
      written,
      [...written].sort((a, b) => a - b),
    );
    assert.equal(written.at(-1), image.bytes.length + 4096);
  });

  test('never asks for what only other chips know, and changes the baud once', async (t) => {
    // GET_SECURITY_INFO (0x14) costs 0.2 s on an ESP8266 (FIELD-NOTES 3a.11).
    const { board, flash } = bench(t);
    await flash();
    assert.ok(!board.commands.includes(0x14));
    assert.equal(board.commands.filter((op) => op === OP.changeBaud).length, 1);
  });

  test('the port is opened once: the baud changes in place (3a.4)', async (t) => {
    const { board, flash } = bench(t);
    await flash();
    assert.deepEqual([board.opens, board.isOpen, board.baud], [1, true, 115_200]);
  });

  test('the last reset really asserts EN and leaves GPIO0 high (3a.1, 3a.2)', async (t) => {
    const { board, flash } = bench(t);
    await flash();
    assert.deepEqual(
      board.linesLog.slice(-2).map((lines) => pinsOf(lines, 'two-transistor')),
      [
        { en: false, gpio0: true },
        { en: true, gpio0: true },
      ],
    );
    assert.deepEqual(board.lines, { dtr: false, rts: false });
    assert.equal(board.resets.at(-1), 'app');
  });

  test('the flash id is right although SPI_USER1 starts with one bit (3a.3), and SPI_CMD gets only commands', async (t) => {
    const { board, flash } = bench(t);
    assert.equal((await flash()).flashId, 0x1640ef);
    assert.equal(board.registers.get(0x60000200) ?? 0, 0);
  });

  test('a lost answer to MEM_END is no failure (3a.6)', async (t) => {
    const { board, flash } = bench(t, { losesMemEnd: true });
    await flash();
    assert.equal(board.commands.filter((op) => op === 0x06).length, 1);
  });

  test('what does not compress goes as it is', async (t) => {
    const { board, flash } = bench(t);
    const noise = { name: 'noise', offset: 0x100000, bytes: md5Noise(20_000), role: 'data' as const };
    const { parts } = await flash({}, [noise]);
    assert.ok(!board.commands.includes(OP.deflateBegin));
    assert.equal(parts[0]?.compressed, 20_000);
    assert.deepEqual(board.flash.slice(0x100000, 0x100000 + 20_000), noise.bytes);
  });

  test("an open link stays the caller's, at the application's baud, and the boot log hears the banner", async (t) => {
    const { board, flash } = bench(t);
    await board.open({ baud: 9600 });
    const heard: Chunk[] = [];
    await flash({ appBaud: 57_600, onChunk: (chunk) => heard.push(chunk) });
    assert.deepEqual([board.opens, board.isOpen, board.baud], [1, true, 57_600]);
    assert.match(Buffer.concat(heard.map(({ bytes }) => bytes)).toString(), /^\r\n ets Jan {2}8 2013.*~ld\r\n$/s);
  });
});

describe('what is refused before a byte is written', () => {
  const erases = (board: FakeBoard): number =>
    board.commands.filter((op) => op === OP.deflateBegin || op === 0x02).length;

  for (const [what, faults, parts, code] of [
    ['an image for the virtual board on a real one', {}, [{ ...image, bytes: virtualImage() }], 'IMAGE_OTHER_BOARD'],
    [
      'a part beyond a flash of 1 MB',
      { flashId: 0x1440ef },
      [image, { ...image, offset: 0x100000 }],
      'IMAGE_TOO_LARGE',
    ],
    ['a board that is an ESP32', { magic: 0x00f01d83 }, [image], 'FLASH_WRONG_CHIP'],
    ['a flash chip that does not answer', { flashId: 0xffffff }, [image], 'FLASH_ID'],
  ] as const) {
    test(`${what}: ${code}`, async (t) => {
      const { board, flash } = bench(t, faults);
      await assert.rejects(flash({}, parts), { code });
      assert.equal(erases(board), 0);
      assert.equal(board.resets.at(-1), 'app');
    });
  }

  for (const [what, parts, code] of [
    ['an image for an ESP32', [{ ...image, bytes: esp32Image(0) }], 'IMAGE_OTHER_CHIP'],
    ['overlapping parts', [image, { ...image, offset: 0x1000 }], 'IMAGE_OVERLAP'],
  ] as const) {
    test(`${what}: ${code}, without touching the port`, async (t) => {
      const { board, flash } = bench(t);
      await assert.rejects(flash({}, parts), { code });
      assert.equal(board.opens, 0);
    });
  }

  test('the image for the virtual board is taken by it', async (t) => {
    const { flash } = bench(t, { virtual: true });
    assert.equal((await flash({}, [{ ...image, bytes: virtualImage() }])).virtual, true);
  });
});

describe('reading', () => {
  test('who is there, from the ROM alone', async (t) => {
    const { board, clock, run } = bench(t);
    const info = await run(identifyChip(board, { clock }));
    assert.deepEqual(info, {
      mac: '5c:cf:7f:5a:4c:ab',
      chip: 'ESP8266EX',
      flashId: 0x1640ef,
      flashSize: 0x400000,
      virtual: false,
    });
    assert.ok(!board.commands.includes(0x06));
    assert.equal(board.resets.at(-1), 'app');
  });

  test('a region, with its digest checked', async (t) => {
    const { board, clock, run } = bench(t);
    board.flash.set(codeLike(10_000), 0x3fb000);
    const region = await run(readFlashRegion(board, 0x3fb000, 10_000, { clock }));
    assert.deepEqual(region, codeLike(10_000));
    assert.equal(board.resets.at(-1), 'app');
  });

  test('a digest that is wrong every time is an error', async (t) => {
    const { board, clock, run } = bench(t);
    board.spoilsReads = true;
    await assert.rejects(run(readFlashRegion(board, 0, 5000, { clock })), { code: 'FLASH_PROTOCOL' });
  });

  test('a region beyond what the stub reads', async (t) => {
    const { board, clock, run } = bench(t);
    await assert.rejects(run(readFlashRegion(board, 0x3ff000, 0x1001, { clock })), { code: 'IMAGE_TOO_LARGE' });
  });
});

/** Bytes that no compressor shortens. */
function md5Noise(length: number): Uint8Array {
  const pieces: Buffer[] = [];
  for (let i = 0; i * 16 < length; i++) pieces.push(createHash('md5').update(`${i}`).digest());
  return new Uint8Array(Buffer.concat(pieces).subarray(0, length));
}
