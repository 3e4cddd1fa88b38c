import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK, FlashChip, SECTOR } from './flash-chip.js';

test('programming only clears bits, erasing sets them', () => {
  const flash = new FlashChip();
  flash.program(0x100, Uint8Array.of(0xf0));
  flash.program(0x100, Uint8Array.of(0x3c));
  assert.deepEqual([...flash.read(0xff, 3)], [0xff, 0x30, 0xff]);
  flash.eraseSector(0x1ff);
  assert.equal(flash.isBlank(0, SECTOR), true);
});

test('a sector erase leaves the neighbours alone, a block erase takes sixteen sectors', () => {
  const flash = new FlashChip();
  flash.preload(0, new Uint8Array(2 * BLOCK));
  flash.eraseSector(0x1000);
  assert.deepEqual(
    [flash.isBlank(0, SECTOR), flash.isBlank(0x1000, SECTOR), flash.isBlank(0x2000, SECTOR)],
    [false, true, false],
  );
  flash.eraseBlock(BLOCK + 0x5000);
  assert.equal(flash.isBlank(BLOCK, BLOCK), true);
  assert.equal(flash.isBlank(0x2000, SECTOR), false);
});

test('times: dirty and blank, pages touched (ESP8266.md 9.3)', () => {
  const flash = new FlashChip();
  assert.equal(flash.eraseSector(0), 10);
  assert.equal(flash.eraseBlock(0), 40);
  assert.equal(flash.program(0xff, new Uint8Array(2)), 1.4);
  assert.equal(flash.eraseSector(0), 45);
  flash.program(0, new Uint8Array(1));
  assert.equal(flash.eraseBlock(0), 200);
  flash.program(0, new Uint8Array(1));
  assert.equal(flash.eraseChip(), 12_000);
});

test('addresses wrap at the size of the chip', () => {
  const flash = new FlashChip({ size: 0x100000 });
  flash.program(0x100010, Uint8Array.of(0x12));
  assert.equal(flash.read(0x10, 1)[0], 0x12);
  assert.equal(flash.read(0x200010, 1)[0], 0x12);
});

test('what the program shares is the NOT of each byte', () => {
  const flash = new FlashChip();
  const shared = new Uint8Array(flash.shared);
  assert.equal(shared[0], 0);
  shared[0] = (shared[0] ?? 0) | 0x0f;
  assert.equal(flash.read(0, 1)[0], 0xf0);
});

test('reading gives the same at every alignment', () => {
  const flash = new FlashChip({ size: 0x10000 });
  const content = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff);
  flash.preload(0xfff0, content);
  const expected = [...content, 255, 255, 255];
  for (let from = 0; from < 16; from++) {
    for (const length of [0, 1, 3, 4, 7, 16, 40]) {
      assert.deepEqual([...flash.read(0xfff0 + from, length)], expected.slice(from, from + length));
    }
  }
});
