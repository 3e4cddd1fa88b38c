import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROM_BAUD } from './follow.js';
import { lineText } from './line-text.js';

const line = (bytes: string | Uint8Array, baud = 115_200) => ({
  t: 0,
  baud,
  bytes: Buffer.from(bytes),
  ended: true,
});

test('a line is shown without its carriage return, and without anything a terminal obeys', () => {
  assert.deepEqual(lineText(line('hello\r')), { text: 'hello', tone: 'plain' });
  const { text } = lineText(line('\x1b]0;title\x07 \x9b31m\x08 red'));
  assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f]/);
});

test("the ROM's lines have a tone of their own", () => {
  assert.equal(lineText(line('load 0x4010f000', ROM_BAUD)).tone, 'rom');
});

test('what is no text is told as bytes', () => {
  assert.deepEqual(lineText(line(Uint8Array.of(0x8c, 0xfe, 0x00, 0x41))), {
    text: '(4 bytes that are no text, perhaps sent at another speed: 8c fe 00 41)',
    tone: 'noise',
  });
  assert.match(lineText(line(new Uint8Array(20))).text, /^\(20 bytes .* 00 …\)$/);
});
