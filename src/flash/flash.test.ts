import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { VirtualClock } from '../clock.js';
import type { Chunk } from '../serial/link.js';
import { drive, FakeBoard, type Faults } from './fake-board.test.helper.js';
import { type FlashOptions, type FlashProgress, flashBoard, identifyChip, readFlashRegion } from './flash.js';
import { arduinoImage, codeLike, esp32Image, virtualImage } from './image.test.helper.js';
import { pinsOf } from './reset.js';

const image = { name: 'fw.bin', offset: 0, bytes: arduinoImage(60_000) };
const OP = { changeBaud: 0x0f, deflateBegin: 0x10, deflateData: 0x11, deflateEnd: 0x12, md5: 0x13 };

interface Bench {
  readonly board: FakeBoard;
  readonly clock: VirtualClock;
  run<T>(work: Promise<T>): Promise<T>;
  flash(options?: FlashOptions, parts?: Parameters<typeof flashBoard>[1]): ReturnType<typeof flashBoard>;
}

/** A fake board on virtual time; at the end nothing may hang on it and nothing may have been printed. */
function bench(t: TestContext, faults: Faults = {}): Bench {
  const printed = (['log', 'error', 'warn', 'info', 'debug'] as const).map((name) =>
    t.mock.method(console, name, () => {}),
  );
  const clock = new VirtualClock();
  const board = new FakeBoard(faults);
  t.after(() => {
    assert.equal(board.listeners, 0);
    assert.equal(clock.nextDue(), undefined, 'a timer was left behind');
    for (const method of printed) assert.equal(method.mock.callCount(), 0, 'something was printed');
  });
  const run = <T>(work: Promise<T>): Promise<T> => drive(clock, work, board);
  return {
    board,
    clock,
    run,
    flash: (options, parts = [image]) => run(flashBoard(board, parts, { clock, ...options })),
  };
}

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

describe('what the line does wrong', () => {
  test('a byte spoilt on the way: the part starts over', async (t) => {
    let spoilt = false;
    const { board, flash } = bench(t, {
      onCommand: (op) => {
        if (op !== OP.deflateData || spoilt) return undefined;
        spoilt = true;
        return 'corrupt';
      },
    });
    await flash();
    assert.equal(board.commands.filter((op) => op === OP.deflateBegin).length, 2);
    assert.deepEqual(Buffer.from(board.flash.subarray(0, image.bytes.length)), image.bytes);
  });

  test('a spoilt byte that the checksum misses: MD5 catches it, the second write succeeds', async (t) => {
    let spoilt = false;
    const { board, flash } = bench(t, {
      onCommand: (op) => {
        if (op !== OP.deflateData || spoilt) return undefined;
        spoilt = true;
        return 'corrupt-silently';
      },
    });
    await flash();
    assert.equal(board.commands.filter((op) => op === OP.md5).length, 2);
    assert.deepEqual(Buffer.from(board.flash.subarray(0, image.bytes.length)), image.bytes);
  });

  test('spoilt every time: FLASH_VERIFY with both sums, and the board is running again', async (t) => {
    const { board, flash } = bench(t, {
      onCommand: (op) => (op === OP.deflateData ? 'corrupt-silently' : undefined),
    });
    const expected = createHash('md5').update(image.bytes).digest('hex');
    await assert.rejects(flash(), { code: 'FLASH_VERIFY', message: new RegExp(expected) });
    assert.equal(board.resets.at(-1), 'app');
    assert.deepEqual(board.lines, { dtr: false, rts: false });
  });

  test('a lost block: resynchronised and written again, at the same baud', async (t) => {
    let lost = false;
    const { flash } = bench(t, {
      onCommand: (op) => {
        if (op !== OP.deflateData || lost) return undefined;
        lost = true;
        return 'drop';
      },
    });
    assert.equal((await flash()).baudUsed, 460_800);
  });

  for (const [deafAt, used] of [
    [[460_800], 230_400],
    [[460_800, 230_400], 115_200],
  ] as const) {
    test(`deaf at ${deafAt.join(' and ')}: flashed at ${used}`, async (t) => {
      const { board, flash } = bench(t, { deafAt });
      assert.equal((await flash()).baudUsed, used);
      // The stub can change its baud only from 115200: each try began with a reset into the loader.
      assert.equal(board.resets.filter((mode) => mode === 'rom').length, deafAt.length + 1);
    });
  }

  test('a wish for more than 460800 that does not hold', async (t) => {
    const { flash } = bench(t, { deafAt: [921_600] });
    assert.equal((await flash({ baud: 921_600 })).baudUsed, 460_800);
  });

  test('blocks that never pass at 460800 are written at 230400', async (t) => {
    const { board, flash } = bench(t, {
      onCommand: (op) => (op === OP.deflateData && board460() ? 'drop' : undefined),
    });
    const board460 = (): boolean => board.baud === 460_800;
    assert.equal((await flash()).baudUsed, 230_400);
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

describe('no way into the loader', () => {
  for (const [what, faults, message] of [
    ['lines that go nowhere', { wiring: 'none' }, /nothing comes from the board/],
    ['GPIO0 that stays high', { gpio0: 'high' }, /GPIO0 is not pulled low/],
    ['a board that hears nothing', { deafAt: [115_200] }, /hears nothing from us/],
  ] as const) {
    test(`${what}: FLASH_NO_SYNC within 5 s, with the reason`, async (t) => {
      const { clock, flash } = bench(t, faults);
      await assert.rejects(flash(), { code: 'FLASH_NO_SYNC', message });
      assert.ok(clock.now() < 5000, `${clock.now()} ms`);
    });
  }

  test('other wirings are found, and the hard reset fits them', async (t) => {
    for (const wiring of ['direct', 'swapped'] as const) {
      const { board, flash } = bench(t, { wiring });
      await flash();
      assert.equal(board.resets.at(-1), 'app');
    }
  });
});

describe('a board that does not leave the loader', () => {
  test('GPIO0 held low: FLASH_NOT_BOOTED says so', async (t) => {
    const { flash } = bench(t, { gpio0: 'low' });
    await assert.rejects(flash(), { code: 'FLASH_NOT_BOOTED', message: /GPIO0 is held low/, hint: /FLASH button/ });
  });

  test('EN not wired, put into the loader by hand: FLASH_NOT_BOOTED says so', async (t) => {
    const { board, flash } = bench(t, { wiring: 'none' });
    board.mode = 'rom';
    await assert.rejects(flash(), {
      code: 'FLASH_NOT_BOOTED',
      message: /RTS seems not to be wired/,
      hint: /Press RST/,
    });
  });

  test('no banner, but the application speaks', async (t) => {
    const { board, clock, run } = bench(t);
    const setBaud = board.setBaud.bind(board);
    board.setBaud = async (baud) => {
      await setBaud(baud);
      if (baud === 115_200 && board.resets.at(-1) === 'app')
        board.say(Buffer.from('ESP8266 IP: 10.0.0.7\r\n'), 115_200);
    };
    board.mutesRom = true;
    const { bootProof } = await run(flashBoard(board, [image], { clock }));
    assert.deepEqual(bootProof, { how: 'application', baud: 115_200, reset: 'hard reset' });
  });
});

describe('the end before the end', () => {
  test('the cable pulled at any call: PORT_LOST at once, no rejection unhandled, and the port opens again', async (t) => {
    const whole = bench(t);
    await whole.flash();
    const { calls } = whole.board;
    assert.ok(calls > 35, `${calls} calls`);
    for (let n = 1; n <= calls; n++) {
      const { board, clock, flash } = bench(t);
      board.unplugAtCall = n;
      let lostAt = Number.NaN;
      const stop = board.onLost(() => {
        lostAt = clock.now();
      });
      await assert.rejects(flash(), { code: 'PORT_LOST' }, `call ${n}`);
      assert.ok(clock.now() - lostAt < 1, `call ${n} took ${clock.now() - lostAt} ms`);
      stop();
      await board.open({ baud: 115_200 });
    }
  });

  test('the cable pulled while the board is silent: the wait ends at once', async (t) => {
    const { board, clock, flash } = bench(t, {
      onCommand: (op) => (op === OP.md5 ? 'drop' : undefined),
    });
    let verifyingSince = Number.NaN;
    const work = flash({
      onProgress: ({ phase }) => {
        if (phase !== 'verify') return;
        verifyingSince = clock.now();
        clock.after(1000, () => board.unplug());
      },
    });
    await assert.rejects(work, { code: 'PORT_LOST' });
    assert.equal(clock.now() - verifyingSince, 1000);
  });

  test('cancelled at every step: ABORTED, the board runs, the lines are released', async (t) => {
    const steps: FlashProgress[] = [];
    await bench(t).flash({ onProgress: (step) => steps.push(step) });
    for (let n = 1; n <= steps.length; n++) {
      const { board, flash } = bench(t);
      const stop = new AbortController();
      let seen = 0;
      const work = flash({
        signal: stop.signal,
        onProgress: () => {
          if (++seen === n) stop.abort();
        },
      });
      await assert.rejects(work, { code: 'ABORTED' }, `step ${n}`);
      assert.equal(board.resets.at(-1), 'app');
      assert.deepEqual([board.lines, board.isOpen, board.baud], [{ dtr: false, rts: false }, true, 115_200]);
    }
  });

  test('a driver that does not come back: PORT_IO in bounded time, listeners and timers gone (3b.24)', async (t) => {
    for (const during of ['connect', 'write'] as const) {
      const { board, clock, flash } = bench(t);
      let hungAt = Number.NaN;
      const onProgress = ({ phase }: FlashProgress): void => {
        if (phase !== during || board.hangs) return;
        board.hangs = true;
        hungAt = clock.now();
      };
      await assert.rejects(flash({ onProgress }), { code: 'PORT_IO' });
      assert.ok(clock.now() - hungAt < 15_000, `${clock.now() - hungAt} ms`);
    }
  });

  test('cancelled before it began: the port is not touched', async (t) => {
    const { board, flash } = bench(t);
    await assert.rejects(flash({ signal: AbortSignal.abort() }), { code: 'ABORTED' });
    assert.equal(board.opens, 0);
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
