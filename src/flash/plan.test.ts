import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arduinoImage, virtualImage } from './image.test.helper.js';
import { checkFits, parsePartArgument, planFlash } from './plan.js';

describe('IMAGE[@OFFSET]', () => {
  for (const [text, path, offset] of [
    ['fw.bin', 'fw.bin', 0],
    ['fw.bin@0x300000', 'fw.bin', 0x300000],
    ['fw.bin@0X1000', 'fw.bin', 0x1000],
    ['fw.bin@4096', 'fw.bin', 4096],
    ['me@home/fw.bin', 'me@home/fw.bin', 0],
    ['me@home/fw.bin@0x1000', 'me@home/fw.bin', 0x1000],
    ['logo@2x.bin', 'logo@2x.bin', 0],
    ['fw@v2', 'fw@v2', 0],
  ] as const) {
    test(text, () => assert.deepEqual(parsePartArgument(text), { path, offset }));
  }
  for (const text of ['', '@0x1000', 'fw.bin@0xZZ', 'fw.bin@12k', 'fw.bin@1e3']) {
    test(`"${text}" is refused`, () => assert.throws(() => parsePartArgument(text), { code: 'USAGE' }));
  }
});

describe('the plan', () => {
  const image = { name: 'fw.bin', offset: 0, bytes: arduinoImage() };
  const data = (offset: number, length = 4096): { name: string; offset: number; bytes: Uint8Array; role: 'data' } => ({
    name: 'settings',
    offset,
    bytes: new Uint8Array(length).fill(0xe9),
    role: 'data',
  });

  test('parts in the order of their addresses', () => {
    const plan = planFlash([data(0x3fb000), image]);
    assert.deepEqual(
      plan.parts.map(({ offset, info }) => [offset, info.kind]),
      [
        [0, 'arduino'],
        [0x3fb000, 'raw'],
      ],
    );
    assert.equal(plan.bytes, image.bytes.length + 4096);
    assert.equal(plan.forVirtualBoard, null);
  });

  test('an image for the virtual board is marked', () => {
    assert.equal(planFlash([{ name: 'sim.bin', offset: 0, bytes: virtualImage() }]).forVirtualBoard?.name, 'sim.bin');
  });

  test('neighbours that share a sector overlap, neighbours that do not are fine', () => {
    const end = Math.ceil(image.bytes.length / 4096) * 4096;
    assert.throws(() => planFlash([image, data(end - 4096)]), { code: 'IMAGE_OVERLAP' });
    assert.throws(() => planFlash([data(0x1000, 5000), data(0x2000)]), { code: 'IMAGE_OVERLAP' });
    assert.throws(() => planFlash([data(0x2000), data(0x2000)]), { code: 'IMAGE_OVERLAP' });
    assert.equal(planFlash([image, data(end)]).parts.length, 2);
  });

  test('too large for the flash, for the flasher, and just fitting', () => {
    const plan = planFlash([data(0xff000)]);
    assert.doesNotThrow(() => checkFits(plan, 0x100000));
    assert.throws(() => checkFits(plan, 0x80000), { code: 'IMAGE_TOO_LARGE', message: /the flash has 524288 bytes/ });
    assert.throws(() => planFlash([data(0x3ff000, 4097)]), { code: 'IMAGE_TOO_LARGE', message: /first 4194304 bytes/ });
    assert.throws(() => planFlash([data(0x80000)], 0x80000), { code: 'IMAGE_TOO_LARGE' });
  });

  test('an offset that no sector begins at, and nothing at all', () => {
    for (const offset of [1, 0x800, -4096, 0.5, Number.NaN]) {
      assert.throws(() => planFlash([data(offset)]), { code: 'USAGE' });
    }
    assert.throws(() => planFlash([]), { code: 'USAGE' });
  });

  test('data without a byte', () => {
    assert.throws(() => planFlash([data(0x1000, 0)]), { code: 'IMAGE_NOT_ESP' });
  });
});
