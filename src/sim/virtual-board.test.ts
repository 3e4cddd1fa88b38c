import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEspwatchError } from '../errors.js';
import { Bench, flashImage, MAC, SYNC, WASM } from './bench.test.kit.js';
import { parseFault } from './faults.js';

const BOOT =
  'load 0x4010f000, len 3424, room 16 \r\ntail 0\r\nchksum 0xef\r\n' +
  'load 0x3fff20b8, len 40, room 8 \r\ntail 0\r\nchksum 0xef\r\ncsum 0xef\r\nv0004f6c0\r\n~ld\r\n';
const banner = (cause: number, mode: number): string =>
  `\r\n ets Jan  8 2013,rst cause:${cause}, boot mode:(${mode},6)\r\n\r\n`;

function bench(...faults: string[]): Bench {
  const b = new Bench({ image: flashImage(WASM), faults: faults.map(parseFault) });
  b.port.setBaud(74_880);
  return b;
}

test('power on: the whole boot at 74880, then the program that is in flash', async () => {
  const b = bench();
  await b.run(200);
  assert.equal(b.text, banner(1, 3) + BOOT);
  assert.equal(b.last.wasm, WASM.toString());
  assert.equal(b.last.env.resetReason, 0);
  assert.deepEqual(b.last.env.mac, MAC);
});

test('a reset by the lines is external, a power cycle is not', async () => {
  const b = bench();
  await b.run(200);
  b.take();
  await b.reset();
  assert.equal(b.text, banner(2, 3) + BOOT);
  assert.equal(b.starts[0]?.stopped, true);
  assert.equal(b.last.env.resetReason, 6);
  b.take();
  b.board.powerOn();
  await b.run(200);
  assert.equal(b.text, banner(1, 3) + BOOT);
  b.take();
  b.board.pressReset();
  await b.run(200);
  assert.equal(b.text, banner(2, 3) + BOOT);
});

test('both lines together never reset; GPIO0 counts when EN rises', async () => {
  const b = bench();
  await b.run(200);
  b.take();
  b.port.setLines({ dtr: true, rts: true });
  await b.run(50);
  b.port.setLines({ dtr: false, rts: false });
  await b.run(50);
  assert.equal(b.text, '');
  b.port.setLines({ dtr: false, rts: true });
  await b.run(100);
  b.port.setLines({ dtr: true, rts: false });
  await b.run(50);
  assert.equal(b.text, banner(2, 1), 'nothing after the banner in download mode');
});

test('the straps are taken after the RC delay: one line at a time needs a slow board', async () => {
  for (const [enDelayMs, mode] of [
    [2, 3],
    [120, 1],
  ] as const) {
    const b = new Bench({ enDelayMs });
    b.port.setBaud(74_880);
    await b.run(300);
    b.take();
    b.port.setLines({ dtr: false, rts: true });
    await b.run(100);
    b.port.setLines({ dtr: true, rts: true });
    await b.run(50);
    b.port.setLines({ dtr: true, rts: false });
    await b.run(300);
    assert.match(b.text, new RegExp(`boot mode:\\(${mode},`), `${enDelayMs} ms`);
  }
});

test('wiring: RTS on RST resets at every open, no wires never', async () => {
  for (const [wiring, resets] of [
    ['direct', true],
    ['none', false],
  ] as const) {
    const b = new Bench({ wiring, image: flashImage(WASM) });
    await b.run(200);
    b.take();
    b.port.setLines({ dtr: true, rts: true });
    await b.run(10);
    b.port.setLines({ dtr: false, rts: false });
    await b.run(200);
    assert.equal(b.heard.length > 0, resets, wiring);
  }
});

test('the program speaks at its own rate, and hears what the host says at that rate', async () => {
  const b = bench();
  await b.run(200);
  b.take();
  b.last.ports.uartBaud(115_200);
  b.port.setBaud(115_200);
  void b.last.ports.uartSend(Buffer.from('hello\r\n'));
  await b.run(10);
  assert.equal(b.text, 'hello\r\n');
  void b.port.write(Buffer.from('hi'));
  await b.run(10);
  assert.deepEqual(b.last.received, [...Buffer.from('hi')]);
});

test('a program that sends faster than the line is held back', async () => {
  const b = bench();
  await b.run(200);
  b.last.ports.uartBaud(9600);
  let taken = 0;
  const flood = (async () => {
    for (let i = 0; i < 10; i++) {
      await b.last.ports.uartSend(new Uint8Array(96));
      taken++;
    }
  })();
  await b.run(250);
  assert.ok(taken >= 2 && taken <= 4, `${taken} loads of 100 ms in 250 ms`);
  await b.run(1000);
  await flood;
});

test('a software restart prints at a true 115200 and tells the program why', async () => {
  const b = bench();
  await b.run(200);
  b.port.setBaud(115_200);
  b.take();
  b.last.ports.restart(4);
  await b.run(200);
  assert.equal(b.text, banner(2, 3) + BOOT);
  assert.equal(b.starts.length, 2);
  assert.equal(b.last.env.resetReason, 4);
});

test('a crash: report at the program rate, restart, and the program is told', async () => {
  const b = bench();
  await b.run(200);
  b.last.ports.uartBaud(115_200);
  b.port.setBaud(115_200);
  b.take();
  b.last.ports.crashed({
    cause: 28,
    epc1: 0x40201234,
    excvaddr: 4,
    message: null,
    frames: [0x40201234],
    softWatchdog: false,
  });
  await b.run(500);
  assert.match(b.text, /\r\nException \(28\):\r\nepc1=0x40201234 epc2=0x00000000 epc3=0x00000000 excvaddr=0x00000004 /);
  assert.match(
    b.text,
    /<<<stack<<<\r\n-{15} CUT HERE FOR EXCEPTION DECODER -{15}\r\n\r\n ets Jan {2}8 2013,rst cause:2/,
  );
  assert.equal(b.last.env.resetReason, 2);
  assert.deepEqual(b.last.env.lastCrash, { cause: 28, epc1: 0x40201234, excvaddr: 4 });
});

test('a blank flash hangs in the ROM', async () => {
  const b = new Bench();
  b.port.setBaud(74_880);
  await b.run(60_000);
  assert.equal(b.text, `${banner(1, 3)}ets_main.c `);
});

test('code that the board cannot run: exception, then the hardware watchdog, again and again', async () => {
  const image = flashImage(WASM);
  image[0x1018] = 0;
  const b = new Bench({ image });
  b.port.setBaud(74_880);
  await b.run(8500);
  const crash =
    'Fatal exception (0): \r\nepc1=0x40100004, epc2=0x00000000, epc3=0x00000000, excvaddr=0x00000000, depc=0x00000000\r\n';
  assert.equal(b.text, `${banner(1, 3)}${BOOT}${crash}${banner(4, 3)}wdt reset\r\n${BOOT}${crash}`);
  assert.equal(b.starts.length, 0);
});

test('a damaged program in flash is not started', async () => {
  const image = flashImage(WASM);
  image[0x1030] = (image[0x1030] ?? 0) ^ 0xff;
  const b = new Bench({ image });
  await b.run(500);
  assert.equal(b.starts.length, 0);
});

test('the cable comes out: the port is lost, the board has no power; plugged in it boots', async () => {
  const b = bench();
  await b.run(200);
  b.board.unplug();
  assert.equal(b.unplugged, 1);
  await b.run(0);
  assert.equal(b.last.stopped, true);
  assert.throws(
    () => b.port.setBaud(9600),
    (e) => isEspwatchError(e, 'PORT_CLOSED'),
  );
  assert.throws(
    () => b.attach(9600),
    (e) => isEspwatchError(e, 'PORT_MISSING'),
  );
  b.board.plug();
  b.attach(74_880);
  b.take();
  await b.run(200);
  assert.equal(b.text, banner(1, 3) + BOOT);
});

test('the port is held by one, and the board runs on when nobody has it', async () => {
  const b = bench();
  assert.throws(
    () => b.attach(9600),
    (e) => isEspwatchError(e, 'PORT_BUSY'),
  );
  b.port.detach();
  b.port.detach();
  await b.run(200);
  assert.equal(b.starts.length, 1);
  assert.equal(b.text, '', 'output that nobody reads is lost');
});

test('closing the port releases the lines: a board held in reset starts', async () => {
  const b = bench();
  b.port.setLines({ dtr: false, rts: true });
  await b.run(500);
  assert.equal(b.starts.length, 0);
  b.port.detach();
  await b.run(200);
  assert.equal(b.starts.length, 1);
});

test('without timing the same things happen at once', async () => {
  const b = new Bench({ image: flashImage(WASM), timing: 'none' });
  b.port.setBaud(74_880);
  await b.run(2);
  assert.equal(b.text, banner(1, 3) + BOOT);
  assert.equal(b.starts.length, 1);
  await b.sync();
  assert.equal(await b.send(SYNC, 0), 'c001080200070712200000c0'.repeat(8));
});
