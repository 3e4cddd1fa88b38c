import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench, commandFrame, dataBlock, flashImage, SYNC, WASM, words, xorOf } from './bench.test.kit.js';

const SYNC_REPLY = 'c001080200070712200000c0';
const MAGIC = words(0x40001000);

async function loader(): Promise<Bench> {
  const bench = new Bench();
  await bench.sync();
  return bench;
}

test('the first frame trains the autobaud and is swallowed, the second is answered eight times', async () => {
  const bench = new Bench();
  await bench.download();
  assert.equal(await bench.send(SYNC), '');
  assert.equal(await bench.send(SYNC), SYNC_REPLY.repeat(8));
});

test('two SYNCs back to back at 115200: the second one is answered', async () => {
  const bench = new Bench();
  await bench.download();
  assert.equal(await bench.send(SYNC + SYNC), SYNC_REPLY.repeat(8));
});

for (const baud of [74_880, 230_400, 460_800]) {
  test(`the autobaud finds ${baud} baud`, async () => {
    const bench = new Bench();
    bench.port.setBaud(baud);
    await bench.download();
    await bench.send(SYNC);
    assert.equal(await bench.send(SYNC), SYNC_REPLY.repeat(8));
  });
}

test('READ_REG: chip magic, divisor, eFuse (ESP8266.md 3.9)', async () => {
  const bench = await loader();
  assert.equal(await bench.send('c0000a04000000000000100040c0'), 'c0010a020001c1f0ff0000c0');
  assert.equal(await bench.send('c0000a04000000000014000060c0'), 'c0010a0200c30100000000c0');
  assert.equal(await bench.send('c0000a0400000000005000f03fc0'), 'c0010a0200000000290000c0');
});

test('the UART id register says that the board is virtual', async () => {
  const bench = await loader();
  assert.equal(await bench.command(0x0a, words(0x6000007c)), 'c0010a0200455350560000c0');
});

test('WRITE_REG answers with the value of the last read, and changes what is read', async () => {
  const bench = await loader();
  await bench.command(0x0a, MAGIC);
  assert.equal(await bench.command(0x09, words(0x60000240, 0x12345678, 0xffffffff, 0)), 'c00109020001c1f0ff0000c0');
  assert.equal(await bench.command(0x0a, words(0x60000240)), 'c0010a0200785634120000c0');
  await bench.command(0x09, words(0x60000240, 0xffff_ffff, 0x0000_ff00, 0));
  assert.equal(await bench.command(0x0a, words(0x60000240)), 'c0010a020078ff34120000c0');
});

test('a register that does not exist kills the CPU until the next reset', async () => {
  const bench = await loader();
  assert.equal(await bench.command(0x0a, words(0x70000000)), '');
  assert.equal(await bench.command(0x0a, MAGIC), '');
  await bench.sync();
  assert.equal(await bench.command(0x0a, MAGIC), 'c0010a020001c1f0ff0000c0');
});

test('an unknown op is refused in the name of the last one, eight times after SYNC (ESP8266.md 3.6)', async () => {
  const bench = await loader();
  await bench.send(SYNC);
  assert.equal(await bench.command(0x14, new Uint8Array(12)), 'c001080200070712200105c0'.repeat(8));
  await bench.command(0x0a, MAGIC);
  assert.equal(await bench.command(0x14, new Uint8Array(12)), 'c0010a020001c1f0ff0105c0');
  assert.equal(await bench.send('c0010a04000000000000100040c0'), 'c0010a020001c1f0ff0105c0', 'wrong direction');
});

test('the error byte stays on success until a SYNC or register command clears it (ESP8266.md 3.3)', async () => {
  const bench = await loader();
  assert.match(await bench.command(0x02, words(0, 0, 0x400, 1)), /0106c0$/);
  assert.match(await bench.command(0x02, words(0, 0, 0x400, 0)), /0006c0$/);
  await bench.command(0x0a, MAGIC);
  assert.match(await bench.command(0x02, words(0, 0, 0x400, 0)), /0000c0$/);
});

test('a flash transfer, block by block (ESP8266.md 3.9)', async () => {
  const bench = await loader();
  const block = new Uint8Array(1024).fill(0xa5);
  const begin = 'c00002100000000000 00100000 04000000 00040000 00000000 c0';
  assert.equal(await bench.send(begin, 500), 'c001020200070712200000c0');
  for (let seq = 0; seq < 4; seq++) {
    assert.equal(await bench.command(0x03, dataBlock(seq, block), 0xef, 500), 'c001030200070712200000c0');
  }
  assert.equal(bench.board.flash.readWord(0), 0xa5a5a5a5);
  assert.equal(bench.board.flash.readWord(0xffc), 0xa5a5a5a5);
  assert.equal(bench.board.flash.readWord(0x1000), 0xffffffff);
});

test('a block with a wrong checksum, a wrong sequence, a wrong length (ESP8266.md 3.5, 3.8)', async () => {
  const bench = await loader();
  const block = new Uint8Array(1024).fill(0xa5);
  await bench.command(0x02, words(0x1000, 4, 0x400, 0), 0, 500);
  assert.match(await bench.command(0x03, dataBlock(0, block), 0xee, 200), /0107c0$/);
  assert.match(await bench.command(0x03, dataBlock(0, block), 0xef, 200), /0105c0$/, 'the sequence has moved on');
  assert.match(await bench.command(0x03, dataBlock(1, new Uint8Array(6)), 0xef, 200), /0105c0$/, 'not a multiple of 4');
  assert.match(await bench.command(0x02, words(0, 0, 0x400, 0, 0)), /0105c0$/, 'five words');
  assert.match(await bench.command(0x02, words(0, 0, 0x4000, 0)), /0105c0$/, 'blocks of 16 KB');
  assert.match(await bench.command(0x02, words(0x1000, 4, 0x400, 0x400000)), /0106c0$/, 'beyond the chip');
});

test('programming what was not erased is found by the read-back', async () => {
  const bench = await loader();
  bench.board.flash.program(0, new Uint8Array(16));
  const block = new Uint8Array(16).fill(0xa5);
  await bench.command(0x02, words(0, 1, 0x400, 0), 0, 200);
  assert.match(await bench.command(0x03, dataBlock(0, block), xorOf(block), 200), /0108c0$/);
});

test('the erase bug: one sector asked, two erased; a block head counts twice (ESP8266.md 3.7)', async () => {
  const bench = await loader();
  const dirty = async (from: number, count: number): Promise<number[]> => {
    const { flash } = bench.board;
    flash.preload(0, new Uint8Array(0x40000));
    await bench.command(0x02, words(count * 0x1000, 0, 0x400, from * 0x1000), 0, 5000);
    return Array.from({ length: 0x40 }, (_, i) => i).filter((i) => flash.isBlank(i * 0x1000, 0x1000));
  };
  assert.deepEqual(await dirty(0, 1), [0, 1]);
  assert.deepEqual(await dirty(14, 4), [14, 15, 16, 17, 18, 19]);
  assert.equal((await dirty(0, 17)).length, 16 + 17);
});

test('SPI_SET_PARAMS makes room beyond 4 MB', async () => {
  const bench = new Bench({ flash: { size: 0x1000000 } });
  await bench.sync();
  assert.match(await bench.command(0x02, words(0x1000, 0, 0x400, 0x600000)), /0106c0$/);
  await bench.command(0x0b, words(0, 0x1000000, 0x10000, 0x1000, 0x100, 0xffff));
  assert.match(await bench.command(0x02, words(0x1000, 0, 0x400, 0x600000), 0, 500), /00..c0$/);
});

test('FLASH_END leaves for the flash: load lines at the rate in use, no banner (ESP8266.md 3.5)', async () => {
  const bench = new Bench({ image: flashImage(WASM) });
  await bench.sync();
  await bench.command(0x02, words(0, 0, 0x400, 0x10000));
  void bench.port.write(commandFrame(0x04, words(0), 0));
  await bench.run(200);
  assert.match(bench.text, /^\xc0\x01\x04\x02\0.{6}\xc0load 0x4010f000, len 3424, room 16 \r\n/s);
  assert.doesNotMatch(bench.text, /ets Jan/);
  assert.equal(bench.starts.length, 1);
});

test('after that the first restart finds the straps of the loader, and the watchdog ends it (ESP8266.md 1.6)', async () => {
  const bench = new Bench({ image: flashImage(WASM) });
  await bench.sync();
  await bench.command(0x04, words(0), 0, 300);
  bench.port.setBaud(115_200);
  bench.take();
  bench.last.ports.restart(4);
  await bench.run(7000);
  assert.equal(bench.text, '\r\n ets Jan  8 2013,rst cause:2, boot mode:(1,6)\r\n\r\n');
  await bench.run(60_000);
  assert.equal(
    bench.text,
    '\r\n ets Jan  8 2013,rst cause:2, boot mode:(1,6)\r\n\r\n' +
      '\r\n ets Jan  8 2013,rst cause:4, boot mode:(1,6)\r\n\r\nwdt reset\r\n',
  );
});

test('code in RAM that is no known stub ends in the ROM exception report', async () => {
  const bench = await loader();
  await bench.command(0x05, words(16, 1, 0x1800, 0x40100000));
  await bench.command(0x07, dataBlock(0, new Uint8Array(16)), 0xef);
  void bench.port.write(commandFrame(0x06, words(0, 0x40100000), 0));
  await bench.run(100);
  assert.match(bench.text, /Fatal exception \(0\): \r\nepc1=0x40100000, epc2=0x00000000, /);
});
