import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ErrorCode } from '../errors.js';
import { crc32Mpeg2 } from './crc32.js';
import { describeImage, parseImage } from './image.js';
import { arduinoImage, codeLike, esp32Image, v1Image, virtualImage } from './image.test.helper.js';

function changed(image: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(image);
  copy[at] = value;
  return copy;
}

describe('images that are taken', () => {
  test('Arduino: eboot, application, length and CRC', () => {
    const info = parseImage(arduinoImage());
    assert.equal(info.kind, 'arduino');
    assert.equal(info.segments, 4);
    assert.deepEqual(info.header, { mode: 'DIO', size: '4 MB', frequency: '40 MHz', entry: 0x4010f000 });
    assert.match(
      describeImage(info),
      /^Arduino image, \d+ bytes, DIO 40 MHz 4 MB, entry 0x4010f000, 4 segments, CRC 0x[0-9a-f]{8} ok$/,
    );
  });

  test('Arduino of an old core: no length, no CRC, but a checksum', () => {
    const image = arduinoImage();
    image.writeUInt32LE(0, 0x1010);
    image.writeUInt32LE(0, 0x1014);
    assert.deepEqual([parseImage(image).kind, parseImage(image).crc], ['arduino', null]);
  });

  test('Arduino read back from a board, with flash behind it', () => {
    assert.equal(parseImage(Buffer.concat([arduinoImage(), Buffer.alloc(4096, 0xff)])).kind, 'arduino');
  });

  test('the virtual board', () => {
    assert.equal(parseImage(virtualImage()).kind, 'virtual');
  });

  test('one plain image', () => {
    const info = parseImage(v1Image([{ address: 0x40100000, data: codeLike(27188) }]));
    assert.deepEqual([info.kind, info.segments], ['esp8266', 1]);
  });

  test('a checksum that needs a block of its own', () => {
    // 8 + 8 + 32 bytes: the image ends on a multiple of 16 before its checksum.
    assert.equal(parseImage(v1Image([{ address: 0x40100000, data: codeLike(32) }])).kind, 'esp8266');
  });

  for (const [what, bytes] of [
    ['a settings sector', Buffer.alloc(4096, 0x41)],
    ['erased flash', Buffer.alloc(64, 0xff)],
    ['data that merely begins with E9', Buffer.from([0xe9, 0xe9, 0xe9, 0xe9, ...codeLike(60)])],
    ['a packed file', gzipSync('x')],
  ] as const) {
    test(`${what} away from 0x0`, () => {
      assert.equal(parseImage(bytes, 0x300000).kind, 'raw');
    });
  }
});

describe('files that are refused', () => {
  const arduino = arduinoImage();
  const plain = v1Image([{ address: 0x40100000, data: codeLike(64) }]);
  const virtual = virtualImage();
  const cases: readonly (readonly [what: string, bytes: Buffer, code: ErrorCode, offset?: number])[] = [
    ['an empty file', Buffer.alloc(0), 'IMAGE_NOT_ESP'],
    ['text', Buffer.from('<!doctype html><title>404</title>'), 'IMAGE_NOT_ESP'],
    ['a gzip', gzipSync(arduino), 'IMAGE_NOT_ESP'],
    ['an ELF', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(64)]), 'IMAGE_NOT_ESP'],
    ['a version 2 image at 0x0', changed(plain, 0, 0xea), 'IMAGE_NOT_ESP'],
    ['erased flash at 0x0', Buffer.alloc(64, 0xff), 'IMAGE_NOT_ESP'],
    ['no segments', changed(plain, 1, 0), 'IMAGE_NOT_ESP'],
    ['17 segments', changed(plain, 1, 17), 'IMAGE_NOT_ESP'],
    ['a segment outside of memory', v1Image([{ address: 0x10000000, data: codeLike(64) }]), 'IMAGE_NOT_ESP'],
    ['a flipped bit in a plain image', changed(plain, 40, (plain[40] ?? 0) ^ 1), 'IMAGE_CHECKSUM'],
    ['a flipped bit in the application', changed(arduino, 0x1100, (arduino[0x1100] ?? 0) ^ 1), 'IMAGE_CHECKSUM'],
    ['a flipped bit in the padding', changed(arduino, 0xf00, 0xab), 'IMAGE_CHECKSUM'],
    ['a flipped bit in eboot', changed(arduino, 40, (arduino[40] ?? 0) ^ 1), 'IMAGE_CHECKSUM'],
    ['a wrong length for the virtual board', changed(virtual, 0x1010, 1), 'IMAGE_CHECKSUM'],
    ['an Arduino image cut in its application', arduino.subarray(0, 0x1400), 'IMAGE_CHECKSUM'],
    ['an Arduino image cut in eboot', arduino.subarray(0, 100), 'IMAGE_CHECKSUM'],
    ['an image without its last byte', plain.subarray(0, plain.length - 1), 'IMAGE_CHECKSUM'],
    ['a broken image elsewhere', changed(plain, 40, (plain[40] ?? 0) ^ 1), 'IMAGE_CHECKSUM', 0x100000],
    ['an ESP32 image', esp32Image(0), 'IMAGE_OTHER_CHIP'],
    ['an ESP32-C3 image', esp32Image(5, 0x42000020), 'IMAGE_OTHER_CHIP'],
    ['an ESP32-S3 application elsewhere', esp32Image(9, 0x3c030020), 'IMAGE_OTHER_CHIP', 0x10000],
    ['a broken ESP32 image', changed(esp32Image(0), 60, 0xff), 'IMAGE_OTHER_CHIP'],
  ];
  for (const [what, bytes, code, offset] of cases) {
    test(`${what}: ${code}`, () => {
      assert.throws(() => parseImage(bytes, offset), { code });
    });
  }

  test('every cut of an Arduino image', () => {
    for (let length = 0; length < arduino.length; length++) {
      // Exactly eboot and its padding is an image in itself: the ROM starts it.
      const alone = length >= 336 && length <= 0x1000 + 15;
      const parse = (): unknown => parseImage(arduino.subarray(0, length));
      if (alone) assert.doesNotThrow(parse, `${length} bytes`);
      else assert.throws(parse, /./, `${length} bytes`);
    }
  });

  test('the name of the other chip', () => {
    assert.throws(() => parseImage(esp32Image(13, 0x42000020), 0, 'fw.bin'), {
      message: /^fw\.bin was built for ESP32-C6,/,
    });
  });
});

test('CRC-32/MPEG-2 of the check string', () => {
  assert.equal(crc32Mpeg2(Buffer.from('123456789')), 0x0376e6e7);
});
