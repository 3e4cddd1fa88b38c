import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { printable } from '../../printable.js';
import { cellsOf, cleanStart, cleanText, cutCells, isSimple, wrapCells } from './cells.js';
import { random, wildText } from './log.test.kit.js';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

test('clean text is what terminals agree on', () => {
  assert.equal(cleanText('plain text'), 'plain text');
  assert.equal(cleanText('\u001b[31mred\u001b[0m \u001b]52;c;AA==\u0007after'), 'red after');
  assert.equal(cleanText('👍🏽 ❤️ 1️⃣ 🇩🇪'), '👍 ❤ 1 DE');
  assert.equal(cleanText('e\u0301'), 'é');
  assert.equal(cleanText('\u0301x\u3164'), '\ufffdx\ufffd');
  assert.equal(cleanText(`n${'\u0303'.repeat(200)}`).length, 4);
});

test('what is measured by its length takes one cell a character, alone and beside others', () => {
  const simple: string[] = [];
  for (let code = 0; code < 0x10000; code++)
    if (isSimple(String.fromCharCode(code))) simple.push(String.fromCharCode(code));
  for (const char of simple) {
    assert.equal(stringWidth(char), 1);
    assert.equal(printable(char).normalize('NFC'), char);
  }
  assert.ok(simple.length > 1000);
  for (const row of [simple, simple.toReversed()]) {
    assert.equal([...graphemes.segment(row.join(''))].length, simple.length);
  }
});

test('any text: nothing a terminal obeys, and every grapheme has a width that all agree on', () => {
  const next = random(1);
  for (let i = 0; i < 2000; i++) {
    const clean = cleanText(wildText(next, 12));
    assert.doesNotMatch(clean, /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/);
    let cells = 0;
    for (const { segment } of graphemes.segment(clean)) {
      assert.ok(stringWidth(segment) >= 1, JSON.stringify(segment));
      cells += stringWidth(segment);
    }
    assert.equal(cellsOf(clean), cells);
    assert.equal(cleanText(clean), clean);
  }
});

test('any text, any width: no line is wider, and wrapping loses nothing', () => {
  const next = random(2);
  for (let i = 0; i < 2000; i++) {
    const clean = cleanText(wildText(next, 12));
    const width = 2 + next(30);
    const pieces = wrapCells(clean, width);
    assert.equal(pieces.join(''), clean);
    for (const piece of pieces) assert.ok(stringWidth(piece) <= width && cellsOf(piece) <= width);
    const cut = cutCells(clean, width);
    assert.ok(stringWidth(cut) <= width && cellsOf(cut) <= width);
    if (cellsOf(clean) <= width) assert.equal(cut, clean);
    else assert.ok(cut.endsWith('…') && clean.startsWith(cut.slice(0, -1)));
  }
});

test('lines but the last are full, as far as wide characters let them', () => {
  assert.deepEqual(wrapCells('abcdefg', 3), ['abc', 'def', 'g']);
  assert.deepEqual(wrapCells('a你好b', 3), ['a你', '好b']);
  assert.deepEqual(wrapCells('你好', 1), ['\ufffd', '\ufffd']);
  assert.deepEqual(wrapCells('', 3), ['']);
  assert.equal(cutCells('你好世', 5), '你好…');
  assert.equal(cutCells('abc', 1), '…');
});

test('the start of a very long row shows the same as all of it', () => {
  const row = '你好abc'.repeat(500);
  assert.equal(cutCells(cleanStart(row, 20), 20), cutCells(cleanText(row), 20));
});
