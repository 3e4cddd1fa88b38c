import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEspwatchError } from '../errors.js';
import { Bench, dataBlock, flashImage, WASM, words, xorOf } from './bench.test.kit.js';
import { FAULT_KINDS, parseFault } from './faults.js';

async function running(...faults: string[]): Promise<Bench> {
  const bench = new Bench({ image: flashImage(WASM), faults: faults.map(parseFault) });
  await bench.run(200);
  bench.take();
  return bench;
}

function boots(bench: Bench): string[] {
  return bench.log.filter((line) => line.startsWith('reset:'));
}

test('an unknown fault is a usage error that lists the known ones', () => {
  assert.throws(
    () => parseFault('gremlin:3'),
    (error) => isEspwatchError(error, 'USAGE') && FAULT_KINDS.every((kind) => error.hint.includes(kind.name)),
  );
  for (const text of ['drop-byte', 'drop-byte:x', 'mute:1', 'watchdog:5,often', 'stay-in-bootloader:never']) {
    assert.throws(
      () => parseFault(text),
      (error) => isEspwatchError(error, 'USAGE'),
      text,
    );
  }
});

test('drop-byte loses one byte of one frame, once', async () => {
  const bench = await running('drop-byte:93');
  await bench.sync();
  // Two SYNCs of 46 bytes came first: this loses the opening delimiter, and the frame with it.
  assert.equal(await bench.command(0x0a, words(0x40001000)), '');
  assert.equal(await bench.command(0x0a, words(0x40001000)), 'c0010a020001c1f0ff0000c0');
});

test('corrupt-byte flips one bit of what is programmed', async () => {
  const bench = await running('corrupt-byte:3');
  await bench.startStub('new');
  await bench.command(0x02, words(0x1000, 1, 0x4000, 0x10000));
  const block = new Uint8Array(16).fill(0x5a);
  await bench.command(0x03, dataBlock(0, block), xorOf(block));
  assert.equal(Buffer.from(bench.board.flash.read(0x10000, 5)).toString('hex'), '5a5a5e5a5a');
});

test('power-cut takes what it is told: the operation, and how much of it gets done', () => {
  for (const text of ['power-cut', 'power-cut:x', 'power-cut:1,x', 'power-cut:1,2,3']) {
    assert.throws(
      () => parseFault(text),
      (error) => isEspwatchError(error, 'USAGE'),
      text,
    );
  }
  const half = parseFault('power-cut:2');
  assert.deepEqual(
    [1, 2, 3].map(() => half.programFlash?.(4096)?.bytes),
    [undefined, 2048, undefined],
  );
  assert.equal(parseFault('power-cut:1,0').programFlash?.(4)?.bytes, 0);
  assert.equal(parseFault('power-cut:1,9999').programFlash?.(4096)?.bytes, 4096);
});

test('hang-write stops the CPU until a reset', async () => {
  const bench = await running('hang-write:8');
  await bench.startStub('new');
  await bench.command(0x02, words(0x1000, 1, 0x4000, 0x10000));
  const block = new Uint8Array(16).fill(0x5a);
  await bench.command(0x03, dataBlock(0, block), xorOf(block));
  assert.equal(await bench.command(0x0a, words(0x40001000), 0, 5000), '');
  assert.equal(Buffer.from(bench.board.flash.read(0x10000, 9)).toString('hex'), '5a5a5a5a5a5a5a5aff');
  await bench.sync();
  assert.equal(await bench.command(0x0a, words(0x40001000)), 'c0010a020001c1f0ff0000c0');
});

test('unplug-at takes the port away after so many bytes, once', async () => {
  const bench = await running('unplug-at:10');
  void bench.port.write(new Uint8Array(10));
  await bench.run(20);
  assert.equal(bench.unplugged, 0);
  void bench.port.write(new Uint8Array(1));
  await bench.run(20);
  assert.equal(bench.unplugged, 1);
  bench.board.plug();
  bench.attach(115_200);
  void bench.port.write(new Uint8Array(100));
  await bench.run(100);
  assert.equal(bench.unplugged, 1);
});

for (const [fault, modes] of [
  ['stay-in-bootloader', [1, 3]],
  ['stay-in-bootloader:always', [1, 1]],
] as const) {
  test(`${fault}: the resets after a flash come up in modes ${modes}`, async () => {
    const bench = await running(fault);
    await bench.reset();
    assert.match(boots(bench).at(-1) ?? '', /boot mode 3/, 'not before anything was flashed');
    await bench.startStub('new');
    await bench.command(0x02, words(16, 1, 0x4000, 0x10000));
    const block = new Uint8Array(16);
    await bench.command(0x03, dataBlock(0, block), xorOf(block));
    for (const mode of modes) {
      await bench.reset();
      assert.match(boots(bench).at(-1) ?? '', new RegExp(`boot mode ${mode}`));
    }
  });
}

test('mute: the ROM speaks, the program does not', async () => {
  const bench = new Bench({ image: flashImage(WASM), faults: [parseFault('mute')] });
  bench.port.setBaud(74_880);
  await bench.run(200);
  assert.match(bench.take(), /7e6c64/);
  void bench.last.ports.uartSend(Buffer.from('hello'));
  await bench.run(50);
  assert.equal(bench.take(), '');
});

for (const [fault, cause, reason] of [
  ['brown-out:1000', 1, 0],
  ['exception:1000', 2, 2],
  ['watchdog:1000', 2, 3],
  ['watchdog:1000,hardware', 4, 1],
] as const) {
  test(`${fault}: a reset with cause ${cause} after each second of program, and the program is told ${reason}`, async () => {
    const bench = await running(fault);
    assert.equal(boots(bench).length, 1);
    await bench.run(1500);
    assert.equal(boots(bench).at(-1), `reset: rst cause:${cause}, boot mode 3`);
    assert.equal(bench.last.env.resetReason, reason);
    await bench.run(3000);
    assert.ok(boots(bench).length >= 3);
  });
}

test('once: after the first time the board is well', async () => {
  const bench = await running('exception:1000,once');
  await bench.run(10_000);
  assert.equal(boots(bench).length, 2);
});

test('boot-loop: the program crashes at every start', async () => {
  const bench = await running('boot-loop');
  await bench.run(3000);
  assert.ok(boots(bench).length > 5);
});

test('wifi-gone tells the program', async () => {
  const bench = await running('wifi-gone:500');
  assert.deepEqual(bench.last.wifi, []);
  await bench.run(500);
  assert.deepEqual(bench.last.wifi, [false]);
});

test('lie-mode replaces the web line by those of MQTT, however the output is cut', async () => {
  const said = 'ESP8266 IP: 1.2.3.4\r\nESP8266 Mode: Web Server Running - Type = SDK API\r\nESP8266 Heap: 1\r\n';
  const expected =
    'ESP8266 IP: 1.2.3.4\r\nMQTT Rx Topic: mqtt_rx_18fe34a26629\r\nMQTT Tx Topic: mqtt_tx_18fe34a26629\r\n' +
    'ESP8266 Mode: MQTT Client Running\r\nESP8266 Heap: 1\r\n';
  for (const size of [1, 7, 200]) {
    const bench = await running('lie-mode');
    bench.last.ports.uartBaud(115_200);
    for (let at = 0; at < said.length; at += size) {
      void bench.last.ports.uartSend(Buffer.from(said.slice(at, at + size)));
      await bench.run(20);
    }
    await bench.run(50);
    assert.equal(bench.text, expected, `pieces of ${size}`);
  }
});

test('faults stack: the newest one gets the first hand', async () => {
  const bench = await running('mute', 'lie-mode');
  void bench.last.ports.uartSend(Buffer.from('ESP8266 Mode: Web Server Running\r\n'));
  await bench.run(50);
  assert.equal(bench.take(), '');
});
