import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEspwatchError } from '../../errors.js';
import { Bench, bench } from './board.test.kit.js';
import {
  assemble,
  type Code,
  call,
  callFunction,
  callIndirect,
  divide,
  drop,
  forEver,
  LOOP,
  lessThan,
  load,
  not,
  repeatWhile,
  run,
  SETUP,
  store,
  type TinyOptions,
  unreachable,
  when,
} from './tiny-wasm.test.kit.js';

const LIMIT = { timeout: 30_000 };
const FAR = 0x30000;
const hello = { 1024: 'hello\r\n' };
const sayHello = call('uart_write', 1024, 7);

const faults: readonly (readonly [what: string, code: Code, cause: number, options?: TinyOptions])[] = [
  ['division by zero', [...divide(1, 0), ...drop], 6],
  ['a load out of bounds', [...load(FAR), ...drop], 28],
  ['a store out of bounds', store(FAR, 1), 29],
  ['unreachable', unreachable, 0],
  ['a call through a null pointer', callIndirect(0), 20, { table: [1, 4, 4] }],
  ['a call beyond the table', callIndirect(99), 20, { table: [1, 4, 4] }],
];
for (const [what, code, cause, options] of faults) {
  test(`${what} is exception ${cause}, with the program counter`, LIMIT, async (t) => {
    const wasm = assemble({ setup: [...sayHello, ...code], data: hello }, options);
    const board = bench(t, wasm);
    const crash = await board.crash();
    assert.equal(crash.cause, cause);
    assert.equal(crash.softWatchdog, false);
    const offset = crash.epc1 - 0x4020_0000;
    assert.ok(offset > 0 && offset < wasm.length, `epc1 0x${crash.epc1.toString(16)}`);
    assert.equal(crash.frames[0], crash.epc1);
    assert.equal(board.text, 'hello\r\n', 'what was sent before comes out');
  });
}

test('endless recursion is a stack overflow with many frames', LIMIT, async (t) => {
  const crash = await bench(t, assemble({ loop: callFunction(LOOP) })).crash();
  assert.equal(crash.cause, -1);
  assert.equal(crash.message, 'Stack overflow detected');
  assert.ok(crash.frames.length > 10);
});

test('a panic carries its cause, addresses and text', LIMIT, async (t) => {
  const wasm = assemble({ setup: call('panic', 29, 0x40201234, 8, 1024), data: { 1024: 'null pointer' } });
  const crash = await bench(t, wasm).crash();
  assert.deepEqual(
    { ...crash, frames: crash.frames.length },
    { cause: 29, epc1: 0x40201234, excvaddr: 8, message: 'null pointer', frames: 1, softWatchdog: false },
  );
});

test('an import given an address outside the memory raises the exception of that access', LIMIT, async (t) => {
  const read = await bench(t, assemble({ setup: call('uart_write', FAR - 2, 3) })).crash();
  assert.equal(read.cause, 28);
  assert.equal(read.excvaddr, FAR - 2);
  const written = await bench(t, assemble({ setup: run('uart_read', -4, 8, 0) })).crash();
  assert.equal(written.cause, 29);
  assert.equal(written.excvaddr, 0xffff_fffc);
});

test('restart tells its reason, after the text and not before the shortest run', LIMIT, async (t) => {
  const start = performance.now();
  const board = bench(t, assemble({ setup: [...sayHello, ...call('restart', 4)], data: hello }));
  assert.deepEqual(await board.end, { restart: 4 });
  assert.equal(board.text, 'hello\r\n');
  assert.ok(performance.now() - start >= 50);
});

test('the soft watchdog bites a program that calls but never feeds, and knows where it was', LIMIT, async (t) => {
  const wasm = assemble({ setup: forEver(run('millis')) });
  const crash = await bench(t, wasm, { times: { softWatchdogMs: 300 } }).crash();
  assert.equal(crash.softWatchdog, true);
  assert.equal(crash.cause, 4);
  assert.equal(crash.frames.length, 1);
});

test('the soft watchdog bites a tight loop, and finds where it is', LIMIT, async (t) => {
  const wasm = assemble({ loop: forEver([]) });
  const crash = await bench(t, wasm, { times: { softWatchdogMs: 300 } }).crash();
  assert.equal(crash.softWatchdog, true);
  assert.equal(crash.frames.length, 1);
  assert.equal(crash.frames[0], crash.epc1);
  const offset = crash.epc1 - 0x4020_0000;
  assert.ok(offset > 0 && offset < wasm.length, `epc1 0x${crash.epc1.toString(16)}`);
});

test('a program that feeds, yields or delays is left alone', LIMIT, async (t) => {
  // Longer than the watchdog's limit in one delay, and again in a loop that only feeds.
  const busy = repeatWhile(lessThan(call('millis'), 2600), call('wdt_feed'));
  const wasm = assemble({ setup: [...call('delay', 1300), ...busy, ...sayHello], data: hello });
  const board = bench(t, wasm, { times: { softWatchdogMs: 1000 } });
  await Promise.race([board.said(/hello/), board.end]);
  assert.equal(board.text, 'hello\r\n');
  assert.deepEqual(board.log, []);
});

test('a program that floods the UART waits for the line', LIMIT, async (t) => {
  const held: (() => void)[] = [];
  let arrived = 0;
  let news: () => void = () => undefined;
  const board = bench(t, assemble({ loop: call('uart_write', 0, 2000) }), {
    ports: {
      uartSend: (bytes) => {
        arrived += bytes.length;
        assert.ok(bytes.length <= 128);
        news();
        return new Promise((resolve) => held.push(resolve));
      },
    },
  });
  for (let chunk = 1; chunk <= 20; chunk++) {
    while (held.length < 1) await new Promise<void>((resolve) => (news = resolve));
    assert.equal(held.length, 1, 'one chunk at a time');
    held.pop()?.();
  }
  assert.ok(arrived <= 20 * 128);
  const before = performance.now();
  await board.program.stop();
  assert.ok(performance.now() - before < 1000, 'stops at once, though the line never took the rest');
});

test('an unpaced flood neither starves the host nor survives stop()', LIMIT, async (t) => {
  const board = bench(t, assemble({ loop: call('uart_write', 1024, 7), data: hello }));
  await board.said(/(hello\r\n){2000}/);
  await board.program.stop();
  const { length } = board.text;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(board.text.length, length);
});

test('baud comes after what was sent before it', LIMIT, async (t) => {
  const order: string[] = [];
  const wasm = assemble({
    setup: [...call('uart_begin', 9600), ...sayHello, ...call('uart_begin', 115200), ...call('restart', 4)],
    data: hello,
  });
  const board = bench(t, wasm, {
    ports: {
      uartBaud: (baud) => order.push(`baud ${baud}`),
      uartSend: async (bytes) => {
        await Promise.resolve();
        order.push(`${bytes.length} bytes`);
      },
    },
  });
  await board.end;
  assert.deepEqual(order, ['baud 9600', '7 bytes', 'baud 115200']);
});

test('bytes that nobody reads are kept up to FIFO and buffer, the rest is lost', LIMIT, async (t) => {
  const echo = [
    ...call('uart_begin', 115200),
    ...sayHello,
    ...repeatWhile(lessThan(call('uart_avail'), 384), call('yield')),
    ...call('uart_write', 2048, [...call('uart_read', 2048, 1000, 0)]),
    ...call('restart', 4),
  ];
  const board = bench(t, assemble({ setup: echo, data: hello }));
  await board.said(/hello/);
  const sent = Uint8Array.from({ length: 1000 }, (_, i) => 33 + (i % 90));
  board.program.receive(sent.subarray(0, 300));
  board.program.receive(sent.subarray(300));
  await board.end;
  assert.equal(board.text, `hello\r\n${Buffer.from(sent.subarray(0, 384)).toString()}`);
});

test('flash is NOR: writing only clears bits, erasing sets a sector, outside is refused', LIMIT, async (t) => {
  const flash = new SharedArrayBuffer(8192);
  const wasm = assemble({
    data: { 1024: Uint8Array.of(0x0f), 1028: Uint8Array.of(0xf5) },
    setup: [
      ...run('flash_write', 5, 1024, 1),
      ...run('flash_write', 5, 1028, 1),
      ...run('flash_read', 5, 2048, 2),
      ...call('uart_write', 2048, 2),
      ...run('flash_erase', 0),
      ...run('flash_read', 5, 2048, 1),
      ...call('uart_write', 2048, 1),
      ...when(not(call('flash_write', 8190, 1024, 4)), unreachable),
      ...when(not(call('flash_erase', 2)), unreachable),
      ...call('restart', 4),
    ],
  });
  const board = bench(t, wasm, { environment: { flash, flashSize: 8192 } });
  assert.deepEqual(await board.end, { restart: 4 });
  assert.deepEqual(board.text, '\x05\xff\xff');
  assert.deepEqual(board.log, ['flash 5+1', 'flash 5+1', 'flash 0+4096', 'end']);
});

test(
  'a power cut in a flash operation: as much as was said gets done, and the program runs no further',
  LIMIT,
  async (t) => {
    const flash = new SharedArrayBuffer(8192);
    const wasm = assemble({
      data: { 1024: Uint8Array.of(1, 2, 3, 4) },
      setup: [...run('flash_write', 0, 1024, 4), ...run('flash_write', 8, 1024, 4), ...sayHello, ...call('restart', 4)],
    });
    const asked: number[] = [];
    let gone: () => void = () => undefined;
    const cut = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const board = bench(t, wasm, {
      environment: { flash, flashSize: 8192 },
      ports: {
        flashing: (length) => (asked.push(length) === 2 ? 3 : null),
        powerCut: () => {
          void board.program.stop();
          gone();
        },
      },
    });
    await cut;
    const read = Uint8Array.from(new Uint8Array(flash, 0, 12), (byte) => ~byte);
    assert.deepEqual([...read], [1, 2, 3, 4, 255, 255, 255, 255, 1, 2, 3, 255]);
    assert.deepEqual(asked, [4, 4]);
    assert.deepEqual(board.log, ['flash 0+4', 'flash 8+3']);
    assert.equal(board.text, '');
  },
);

test('the memory of the RTC is there at the next start; outside of it is refused', LIMIT, async (t) => {
  const rtc = new SharedArrayBuffer(512);
  const write = assemble({
    data: { 1024: 'kept' },
    setup: [
      ...run('rtc_write', 508, 1024, 4),
      ...when(not(call('rtc_write', 509, 1024, 4)), unreachable),
      ...when(not(call('rtc_read', 509, 2048, 4)), unreachable),
      ...call('restart', 4),
    ],
  });
  assert.deepEqual(await bench(t, write, { environment: { rtc } }).end, { restart: 4 });
  const read = assemble({
    setup: [...run('rtc_read', 508, 2048, 4), ...call('uart_write', 2048, 4), ...call('restart', 4)],
  });
  const board = bench(t, read, { environment: { rtc } });
  await board.end;
  assert.equal(board.text, 'kept');
});

test('pins report levels once they are outputs; inputs read pull-ups', LIMIT, async (t) => {
  const wasm = assemble({
    setup: [
      ...call('gpio_write', 2, 1),
      ...call('gpio_mode', 2, 1),
      ...call('gpio_mode', 5, 2),
      ...when(not(call('gpio_read', 2)), unreachable),
      ...when(not(call('gpio_read', 5)), unreachable),
      ...when(call('gpio_read', 4), unreachable),
      ...call('restart', 4),
    ],
  });
  const board = bench(t, wasm);
  assert.deepEqual(await board.end, { restart: 4 });
  assert.deepEqual(board.log, ['gpio 2=1', 'end']);
});

test('a program that the board cannot run fails, and says why', LIMIT, async (t) => {
  const wasms = [new Uint8Array(100), assemble({}, { strangeImport: 'read_file' }), assemble({}, { memoryPages: 9 })];
  for (const wasm of wasms) {
    const end = await bench(t, wasm).end;
    assert.ok('failed' in end && isEspwatchError(end.failed, 'SIM_PROGRAM'));
  }
});

test('a port that throws ends the run as failed, once', LIMIT, async (t) => {
  const boom = new Error('the line is gone');
  const ports = {
    uartSend: () => {
      throw boom;
    },
  };
  const board = bench(t, assemble({ loop: sayHello, data: hello }), { ports });
  const end = await board.end;
  assert.ok('failed' in end && end.failed === boom);
});

for (const [what, loop] of [
  ['a tight loop', forEver([])],
  ['a long delay', call('delay', 60_000)],
  ['a loop of yields', forEver(call('yield'))],
] as const) {
  test(`stop() ends ${what} at once, and no port is called after it`, LIMIT, async () => {
    const board = new Bench(assemble({ setup: sayHello, loop, data: hello }));
    await board.said(/hello/);
    const start = performance.now();
    await board.program.stop();
    await board.program.stop();
    assert.ok(performance.now() - start < 1000);
    assert.deepEqual(board.log, []);
  });
}

test('stop() right after the start is safe', LIMIT, async () => {
  const board = new Bench(assemble({ setup: callFunction(SETUP) }));
  await board.program.stop();
  assert.equal(board.text, '');
  assert.deepEqual(board.log, []);
});

test('what the board is: sysinfo', LIMIT, async (t) => {
  const keys = [0, 1, 2, 3, 6, 7, 8, 9, 10];
  const setup = [
    ...keys.flatMap((key, i) => store(2048 + 4 * i, call('sysinfo', key))),
    ...call('uart_write', 2048, 36),
  ];
  const board = bench(t, assemble({ setup: [...setup, ...call('restart', 4)] }), {
    environment: { resetReason: 2, lastCrash: { cause: 28, epc1: 0x40201234, excvaddr: 0xfffffffc } },
  });
  await board.end;
  const words = new Uint32Array(Uint8Array.from(Buffer.from(board.text, 'latin1')).buffer);
  assert.deepEqual([...words], [0xa26629, 80, 4 << 20, 2, 0x18fe, 0x34a26629, 28, 0x40201234, 0xfffffffc]);
});
