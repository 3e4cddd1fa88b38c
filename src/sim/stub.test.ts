import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { Bench, commandFrame, dataBlock, flashImage, SYNC, WASM, words, xorOf } from './bench.test.kit.js';
import { slipEncode } from './slip.js';

const MAGIC = words(0x40001000);
const ok = (op: string): string => `c001${op}0200000000000000c0`;

async function stub(kind: 'new' | 'legacy' = 'new'): Promise<Bench> {
  const bench = new Bench();
  await bench.startStub(kind);
  return bench;
}

test('the upload ends in a reply and OHAI (ESP8266.md 4.2)', async () => {
  const bench = new Bench();
  assert.equal(await bench.startStub('new'), 'c001060200070712200000c0c04f484149c0');
});

test('SYNC in the stub: eight replies of value 0, no autobaud (ESP8266.md 4.3)', async () => {
  const bench = await stub();
  assert.equal(await bench.send(SYNC), 'c001080200000000000000c0'.repeat(8));
});

test('the transcript of 4.11: write compressed, verify, read back, erase', async () => {
  const bench = await stub();
  assert.equal(await bench.send('c0000a04000000000000100040c0'), 'c0010a020001c1f0ff0000c0');
  assert.equal(await bench.send('c0001010000000000000200000010000000040000000000100c0'), 'c001100200000000000000c0');
  const deflated = deflateSync(new Uint8Array(0x2000).fill(0x5a), { level: 9 });
  assert.equal(await bench.command(0x11, dataBlock(0, deflated), xorOf(deflated), 500), 'c001110200000000000000c0');
  assert.equal(await bench.send('c0001204000000000001000000c0'), 'c001120200000000000000c0');
  assert.equal(
    await bench.send('c0001310000000000000000100002000000000000000000000c0'),
    'c001131200000000 00517826e17a9f106236f100a7dbdd13e0a50000c0'.replace(' ', ''),
  );
  assert.equal(
    await bench.send('c000d210000000000000000100200000000010000040000000c0'),
    `c001d20200000000000000c0c0${'5a'.repeat(32)}c0`,
  );
  assert.equal(await bench.send('c020000000c0'), 'c006e01252249bbe131604a026b2261186c0');
  assert.equal(await bench.send('c000d10800000000000000010000100000c0'), 'c001d10200000000000000c0');
  assert.equal(bench.board.flash.isBlank(0x10000, 0x1000), true);
  assert.equal(bench.board.flash.isBlank(0x11000, 0x1000), false);
});

test('CHANGE_BAUDRATE: the reply at the old rate, then divisor 112 (ESP8266.md 4.8)', async () => {
  const bench = await stub();
  assert.equal(await bench.send('c0000f0800000000000008070000c20100c0'), 'c0010f0200000000000000c0');
  bench.port.setBaud(460_800);
  assert.equal(await bench.command(0x0a, words(0x60000014)), 'c0010a0200700000000000c0');
});

test('the new stub takes any old rate for 115200; the legacy one believes the host', async () => {
  const fast = new Bench();
  await fast.startStub('new', 230_400);
  await fast.command(0x0f, words(460_800, 230_400));
  fast.port.setBaud(928_571);
  assert.match(await fast.command(0x0a, words(0x60000014)), /^c0010a02003800/);

  const legacy = new Bench();
  await legacy.startStub('legacy', 230_400);
  await legacy.command(0x0f, words(460_800, 230_400));
  legacy.port.setBaud(460_800);
  assert.match(await legacy.command(0x0a, words(0x60000014)), /^c0010a02007000/);
});

test('a damaged stream is acknowledged, and the error comes on the next block (ESP8266.md 4.6)', async () => {
  for (const kind of ['new', 'legacy'] as const) {
    const bench = await stub(kind);
    await bench.command(0x10, words(0x2000, 2, 0x4000, 0));
    const junk = new Uint8Array(64).fill(0xff);
    assert.equal(await bench.command(0x11, dataBlock(0, junk), xorOf(junk)), ok('11'), kind);
    assert.match(await bench.command(0x11, dataBlock(1, junk), xorOf(junk)), /^c00111020000000000c700c0$/, kind);
  }
});

test('the acknowledgement of a block waits for the write of the one before', async () => {
  const bench = await stub();
  bench.board.flash.preload(0, new Uint8Array(0x8000));
  bench.port.setBaud(115_200);
  await bench.command(0x02, words(0x8000, 2, 0x4000, 0));
  const block = new Uint8Array(0x4000).fill(0x5a);
  const lineMs = (0x4000 + 26) / 11.52;
  // Four dirty sectors and 64 pages are about 225 ms: the second block is on the line for longer than that.
  assert.equal(await bench.command(0x03, dataBlock(0, block), xorOf(block), lineMs + 5), ok('03'));
  assert.equal(bench.board.flash.isBlank(0x3000, 0x1000), false, 'not erased yet');
  assert.equal(await bench.command(0x03, dataBlock(1, block), xorOf(block), lineMs + 5), ok('03'));
  assert.equal(bench.board.flash.readWord(0x3ffc), 0x5a5a5a5a, 'the first block is written meanwhile');
  assert.equal(await bench.command(0x0a, MAGIC, 0, 100), '', 'the barrier waits for the second');
  await bench.run(200);
  assert.equal(bench.take(), 'c0010a020001c1f0ff0000c0');
});

test('the last block may be padded beyond the announced size', async () => {
  const bench = await stub('legacy');
  await bench.command(0x02, words(0x100, 1, 0x400, 0));
  const block = new Uint8Array(0x400).fill(0x11);
  await bench.command(0x03, dataBlock(0, block), xorOf(block), 300);
  assert.equal(await bench.command(0x04, words(1)), ok('04'));
  assert.equal(bench.board.flash.readWord(0xfc), 0x11111111);
  assert.equal(bench.board.flash.readWord(0x100), 0xffffffff);
});

const DIFFERENCES: [what: string, op: number, data: Uint8Array, legacy: string, fresh: string][] = [
  ['SYNC of a wrong length', 0x08, new Uint8Array(4), 'c0', 'c0'],
  ['READ_REG with 8 bytes', 0x0a, new Uint8Array(8), 'c0', 'c0'],
  ['unknown op', 0xd4, new Uint8Array(0), 'ff', 'c3'],
  ['GET_SECURITY_INFO', 0x14, new Uint8Array(0), 'ff', 'ff'],
  ['WRITE_REG with 12 bytes', 0x09, new Uint8Array(12), 'c0', 'c8'],
  ['FLASH_DATA without BEGIN', 0x03, new Uint8Array(16), 'c6', 'c6'],
  ['FLASH_END without BEGIN', 0x04, words(1), 'c6', 'c6'],
  ['FLASH_BEGIN with blocks of 32 KB', 0x02, words(0x1000, 1, 0x8000, 0), 'c2', '00'],
  ['FLASH_BEGIN beyond 4 MB', 0x02, words(0x1000, 1, 0x4000, 0x600000), '00', 'c4'],
  ['MD5 with 12 bytes', 0x13, new Uint8Array(12), '01', 'c0'],
  ['MD5 beyond 4 MB', 0x13, words(0x600000, 16, 0, 0), '', 'c4'],
  ['ERASE_REGION unaligned', 0xd1, words(1, 0x1000), '01', 'c0'],
  ['SPI_ATTACH with 8 bytes', 0x0d, new Uint8Array(8), '01', 'c0'],
];

for (const [what, op, data, legacy, fresh] of DIFFERENCES) {
  test(`${what}: legacy ${legacy || 'works'}, new ${fresh} (ESP8266.md 4.6)`, async () => {
    for (const [kind, code] of [
      ['legacy', legacy],
      ['new', fresh],
    ] as const) {
      if (code === '') continue;
      const bench = new Bench({ flash: { size: 0x1000000 } });
      await bench.startStub(kind);
      const reply = `c001${op.toString(16).padStart(2, '0')}020000000000`;
      const answer = await bench.command(op, data);
      assert.ok(answer.startsWith(reply), `${kind}: ${answer}`);
      assert.equal(answer.slice(18, 18 + escaped(code).length), escaped(code), kind);
    }
  });
}

function escaped(code: string): string {
  return code === 'c0' ? 'dbdc' : code;
}

test('FLASH_END too early, and the header of a frame that lies about its length', async () => {
  for (const [kind, early] of [
    ['legacy', 'c8'],
    ['new', 'dbdc'],
  ] as const) {
    const bench = await stub(kind);
    await bench.command(0x02, words(0x1000, 1, 0x4000, 0));
    assert.equal(await bench.command(0x04, words(1)), `c00104020000000000${early}00c0`);
  }
  const bench = await stub('new');
  assert.equal(await bench.send('c0000a05000000000000100040c0'), 'c0010a020000000000dbdc00c0');
});

test('the new stub reads nothing beyond 4 MB and says so on the next command (ESP8266.md 4.7)', async () => {
  const bench = new Bench({ flash: { size: 0x1000000 } });
  await bench.startStub('new');
  assert.equal(await bench.command(0xd2, words(0x600000, 32, 0x1000, 64)), ok('d2'));
  assert.equal(await bench.command(0x0a, MAGIC), 'c0010a020000000000c400c0');
  assert.equal(await bench.command(0x0a, MAGIC), 'c0010a020001c1f0ff0000c0');
});

test('READ_FLASH of nothing is the MD5 of nothing; a long one waits for each acknowledgement', async () => {
  const bench = await stub();
  const content = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff);
  bench.board.flash.preload(0, content);
  const empty = Buffer.from(slipEncode(createHash('md5').digest())).toString('hex');
  assert.equal(await bench.command(0xd2, words(0, 0, 0x1000, 64)), ok('d2') + empty);
  const first = await bench.command(0xd2, words(0, 5000, 0x1000, 64), 0, 1000);
  assert.equal(first, ok('d2') + Buffer.from(slipEncode(content.subarray(0, 4096))).toString('hex'));
  const second = await bench.send(Buffer.from(slipEncode(words(4096))).toString('hex'), 1000);
  assert.equal(second, Buffer.from(slipEncode(content.subarray(4096))).toString('hex'));
});

test('RUN_USER_CODE: the legacy stub cuts its reply and boots flash, the new one does nothing (ESP8266.md 4.9)', async () => {
  const legacy = new Bench({ image: flashImage(WASM) });
  await legacy.startStub('legacy');
  void legacy.port.write(commandFrame(0xd3, new Uint8Array(0), 0));
  await legacy.run(200);
  assert.match(legacy.text, /^\xc0\x01\xd3\x02\0\0\0\0\0load 0x4010f000/);
  assert.equal(legacy.starts.length, 1);

  const fresh = await stub('new');
  assert.equal(await fresh.command(0xd3, new Uint8Array(0)), '');
  assert.equal(await fresh.command(0x0a, MAGIC), 'c0010a020001c1f0ff0000c0');
});

test('FLASH_END 0 resets from the legacy stub, into download mode again; the new one stays (ESP8266.md 4.9)', async () => {
  const legacy = await stub('legacy');
  await legacy.command(0x02, words(0, 0, 0x4000, 0));
  void legacy.port.write(commandFrame(0x04, words(0), 0));
  legacy.port.setBaud(74_880);
  await legacy.run(200);
  assert.match(legacy.text, /rst cause:2, boot mode:\(1,6\)/);

  const fresh = await stub('new');
  await fresh.command(0x02, words(0, 0, 0x4000, 0));
  assert.equal(await fresh.command(0x04, words(0)), ok('04'));
  assert.equal(await fresh.command(0x0a, MAGIC), 'c0010a020001c1f0ff0000c0');
});

test('RDID as esptool does it, and as esptool-js 0.7.0 does without setting USER1 (ESP8266.md 5.4, 14)', async () => {
  const bench = await stub();
  const rdid = async (user1: number | null): Promise<string> => {
    const write = (address: number, value: number): Promise<string> =>
      bench.command(0x09, words(address, value, 0xffffffff, 0));
    if (user1 !== null) await write(0x60000220, user1);
    await write(0x6000021c, 0x90000000);
    await write(0x60000224, 0x7000009f);
    await write(0x60000240, 0);
    await write(0x60000200, 1 << 18);
    return (await bench.command(0x0a, words(0x60000240))).slice(10, 18);
  };
  assert.equal(await rdid(null), '80000000');
  assert.equal(await rdid(0x1700), 'ef401600');
});
