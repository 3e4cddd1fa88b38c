import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, cutStart, pad, shown, widthOf, wrapWords } from './text.js';

const HOSTILE = [
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007x',
  '\u001b]52;c;aGk=\u0007x',
  '\u009b2Jx',
  'a\rb\nc\bd\u0007e\u007f',
  '\u202eright to left\u202c',
  'e\u0301\u0301\u0301',
  '\u0301alone',
  '界界界',
  '👩‍👩‍👧‍👦 family',
  '👍🏽 tone',
  '🇩🇪🇫🇷 flags',
  '❤️ 1️⃣ keycap',
  '\ud800lone',
  'soft\u00adhyphen \u3164 filler',
  'क्षि กำ 각',
  '\u{e0041}tag',
];

test('no control byte, escape or override is shown, whatever comes', () => {
  for (const text of HOSTILE)
    assert.doesNotMatch(shown(text), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
});

test('every shown cluster has a width, so that a count of cells is a count of columns', () => {
  for (const text of HOSTILE) {
    const safe = shown(text);
    for (const { segment } of new Intl.Segmenter().segment(safe)) {
      assert.ok(widthOf(segment) > 0, JSON.stringify({ safe, segment }));
    }
  }
});

test('flags are letters, emoji lose what terminals disagree on', () => {
  assert.equal(shown('🇩🇪'), 'DE');
  assert.equal(shown('👍🏽❤️'), '👍❤');
  assert.equal(shown('e\u0301'), 'é');
});

test('cut and pad give exactly the columns asked for and split no cluster', () => {
  for (const text of HOSTILE.map((t) => shown(t))) {
    for (let columns = 0; columns < 24; columns++) {
      assert.equal(widthOf(pad(text, columns)), columns);
      assert.ok(widthOf(cut(text, columns)) <= columns);
      assert.ok(widthOf(cutStart(text, columns)) <= columns);
    }
  }
  assert.equal(cut('界界界', 4), '界…');
  assert.equal(cut('abc', 3), 'abc');
  assert.equal(cutStart('/dev/ttyUSB0', 8), '…ttyUSB0');
});

test('words wrap at spaces, and anywhere when they must', () => {
  assert.deepEqual(wrapWords('one two three', 8), ['one two', 'three']);
  assert.deepEqual(wrapWords('界界界界', 5), ['界界', '界界']);
  assert.deepEqual(wrapWords('界', 1), ['界']);
  assert.deepEqual(wrapWords('', 5), ['']);
});

test('cutting and wrapping agree with the width of the whole', () => {
  for (const text of [...HOSTILE.map((t) => shown(t)), 'plain words only', '界 a界b 界界 c']) {
    const width = widthOf(text);
    assert.equal(cut(text, width), text);
    if (width > 0) assert.match(cut(text, width - 1), width === 1 ? /^$/ : /…$/);
    for (let columns = 2; columns < 12; columns++) {
      const lines = wrapWords(text, columns);
      assert.ok(
        lines.every((line) => widthOf(line) <= columns),
        JSON.stringify({ lines, columns }),
      );
      assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
    }
  }
});

test('a text cannot pose as the place of a log line', () => {
  assert.equal(shown('a\ufdd0b\ufdef'), 'a\ufffdb\ufffd');
});
