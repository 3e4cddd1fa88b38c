import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editField, emptyField, type Field, fieldOf, fieldSpans, fieldText, pasteInto } from './field.js';
import { plainText } from './lines.js';
import { widthOf } from './text.js';

function typed(field: Field, ...keys: readonly string[]): Field {
  return keys.reduce((f, name) => editField(f, { name, text: name.length === 1 ? name : '' }) ?? f, field);
}

test('characters go in at the cursor', () => {
  assert.equal(fieldText(typed(fieldOf('ac'), 'left', 'b')), 'abc');
  assert.equal(fieldText(typed(fieldOf('abc'), 'home', 'backspace', 'x')), 'xabc');
});

test('a character of several code points is removed as one', () => {
  assert.equal(fieldText(typed(fieldOf('a👩‍👩‍👧b'), 'left', 'backspace')), 'ab');
  assert.equal(fieldText(typed(fieldOf('e\u0301'), 'backspace')), '');
});

test('a mark typed alone joins the character before it', () => {
  const field = editField(fieldOf('e'), { name: '\u0301', text: '\u0301' });
  assert.deepEqual(field, { parts: ['e\u0301'], cursor: 1 });
});

test('the keys of a shell remove words and lines', () => {
  assert.equal(fieldText(typed(fieldOf('one two '), 'ctrl-w')), 'one ');
  assert.equal(fieldText(typed(fieldOf('abc'), 'left', 'ctrl-u')), 'c');
  assert.equal(fieldText(typed(fieldOf('abc'), 'ctrl-a', 'right', 'ctrl-k')), 'a');
});

test('a paste is one line without control characters', () => {
  assert.equal(fieldText(pasteInto(emptyField, 'one\r\ntwo\u0003\u001b[31m\tthree\n')), 'one two three');
});

test("other keys are not the field's", () => {
  assert.equal(editField(emptyField, { name: 'pageup', text: '' }), null);
});

test('the cursor is always in sight, and the row never too wide', () => {
  for (const text of ['', 'short', 'a long line that does not fit', '界界界界界界界界']) {
    const parts = fieldOf(text).parts;
    for (let cursor = 0; cursor <= parts.length; cursor++) {
      for (const columns of [4, 7, 12]) {
        const spans = fieldSpans({ parts, cursor }, columns);
        assert.ok(widthOf(plainText(spans)) <= columns, JSON.stringify({ text, cursor, columns, spans }));
        assert.equal(spans.filter((s) => s.inverse === true).length, 1);
      }
    }
  }
});
