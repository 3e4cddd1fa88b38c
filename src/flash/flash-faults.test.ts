import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { bench, image, OP } from './bench.test.helper.js';
import { type FlashProgress, flashBoard } from './flash.js';

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
