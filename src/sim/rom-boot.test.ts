import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageV1, type Segment } from './bench.test.kit.js';
import { FlashChip } from './flash-chip.js';
import { banner, loadImage, romBoot } from './rom-boot.js';

/** Bytes whose XOR is `sum`, so that known checksums come out. */
function filled(length: number, sum: number): Uint8Array {
  const data = new Uint8Array(length);
  data[0] = sum;
  return data;
}

function flashed(image: Uint8Array): FlashChip {
  const flash = new FlashChip();
  flash.preload(0, image);
  return flash;
}

function lines(segments: readonly Segment[]): string[] {
  return loadImage(flashed(imageV1(0x4010f000, segments)))
    .text.trimEnd()
    .split('\r\n');
}

test('the banner is what the ROM prints, to the byte', () => {
  assert.equal(banner(2, 3), '\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n\r\n');
  assert.equal(banner(1, 3).length, 51);
});

test('core 3.1.2: two segments in one block boundary (ESP8266.md 1.10)', () => {
  const segments = [
    { address: 0x4010f000, data: filled(3424, 0x2e ^ 0xef) },
    { address: 0x3fff20b8, data: filled(40, 0x2e ^ 0x2b) },
  ];
  const { text, next } = romBoot(1, 3, flashed(imageV1(0x4010f000, segments)));
  assert.equal(
    text,
    '\r\n ets Jan  8 2013,rst cause:1, boot mode:(3,6)\r\n\r\n' +
      'load 0x4010f000, len 3424, room 16 \r\ntail 0\r\nchksum 0x2e\r\n' +
      'load 0x3fff20b8, len 40, room 8 \r\ntail 0\r\nchksum 0x2b\r\ncsum 0x2b\r\n',
  );
  assert.deepEqual(next, { kind: 'jump', entry: 0x4010f000 });
});

test('core 3.0: tails (ESP8266.md 1.10)', () => {
  assert.deepEqual(
    lines([
      { address: 0x4010f000, data: filled(3460, 0xcc ^ 0xef) },
      { address: 0x3fff20b8, data: filled(40, 0xcc ^ 0xc9) },
    ]),
    [
      'load 0x4010f000, len 3460, room 16 ',
      'tail 4',
      'chksum 0xcc',
      'load 0x3fff20b8, len 40, room 4 ',
      'tail 4',
      'chksum 0xc9',
      'csum 0xc9',
    ],
  );
});

test('core 2.4: one segment with a tail of 8 (ESP8266.md 1.10)', () => {
  assert.deepEqual(lines([{ address: 0x4010f000, data: filled(1384, 0x2d ^ 0xef) }]), [
    'load 0x4010f000, len 1384, room 16 ',
    'tail 8',
    'chksum 0x2d',
    'csum 0x2d',
  ]);
});

test('a segment header that straddles two blocks prints ho (ESP8266.md 1.8)', () => {
  const text = lines([
    { address: 0x40100000, data: new Uint8Array(28780) },
    { address: 0x3ffe8000, data: new Uint8Array(1580) },
    { address: 0x3ffe8800, data: new Uint8Array(15588) },
  ]);
  assert.deepEqual(
    text.filter((line) => !line.startsWith('chksum') && !line.startsWith('csum')),
    [
      'load 0x40100000, len 28780, room 16 ',
      'tail 12',
      'ho 0 tail 12 room 4',
      'load 0x3ffe8000, len 1580, room 12 ',
      'tail 0',
      'load 0x3ffe8800, len 15588, room 8 ',
      'tail 12',
    ],
  );
});

const HANG = { kind: 'hang' };

test('a blank flash: ets_main.c without a newline, then nothing (ESP8266.md 1.9)', () => {
  const { text, next } = loadImage(new FlashChip());
  assert.equal(text, 'ets_main.c ');
  assert.deepEqual(next, HANG);
});

test('a version 2 header at 0x0 is refused as a blank one', () => {
  const flash = flashed(Uint8Array.of(0xea, 4, 2, 0x40));
  assert.equal(loadImage(flash).text, 'ets_main.c ');
});

test('a wrong checksum: all load lines, csum err, hang', () => {
  const image = imageV1(0x4010f000, [{ address: 0x4010f000, data: new Uint8Array(64) }]);
  image[40] = 0x01;
  const { text, next } = loadImage(flashed(image));
  assert.equal(
    text,
    'load 0x4010f000, len 64, room 16 \r\ntail 0\r\nchksum 0xee\r\ncsum 0xee\r\ncsum err\r\nets_main.c ',
  );
  assert.deepEqual(next, HANG);
});

test('E9 and then nothing: the lengths of a blank flash, hang', () => {
  const { text, next } = loadImage(flashed(Uint8Array.of(0xe9)));
  assert.equal(text, 'load 0xffffffff, len -1, room 16 \r\n');
  assert.deepEqual(next, HANG);
});

test('a segment to where there is no RAM hangs after its load line', () => {
  const { text, next } = loadImage(flashed(imageV1(0, [{ address: 0x40210000, data: new Uint8Array(16) }])));
  assert.equal(text, 'load 0x40210000, len 16, room 16 \r\n');
  assert.deepEqual(next, HANG);
});

test('no segments: straight to the entry', () => {
  assert.deepEqual(loadImage(flashed(imageV1(0x40100123, []))), {
    text: '',
    next: { kind: 'jump', entry: 0x40100123 },
  });
});

test('causes and modes decide what follows the banner (ESP8266.md 1.3, 1.5)', () => {
  const blank = new FlashChip();
  const after = (cause: 0 | 1 | 2 | 3 | 4 | 5 | 6, mode: number): string =>
    romBoot(cause, mode, blank).text.slice(banner(cause, mode).length);
  assert.equal(after(0, 3), 'unknown reset\r\nets_main.c ');
  assert.equal(after(2, 1), '');
  assert.equal(romBoot(2, 1, blank).next.kind, 'download');
  assert.equal(after(3, 1), 'ets_main.c ', 'a software reset skips the loader');
  assert.equal(after(4, 3), 'wdt reset\r\nets_main.c ');
  assert.equal(after(4, 1), 'wdt reset\r\n');
  assert.equal(romBoot(4, 1, blank).next.kind, 'hang');
  assert.deepEqual(romBoot(1, 2, blank).next, { kind: 'jump', entry: 0x40100000 });
  assert.equal(after(1, 7), 'waiting for host\r\n');
});
