import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialLogPane } from './contract.js';
import { linesOf, numbered, propsOf, push, storeOf } from './log.test.kit.js';
import { paintFor } from './paint.js';
import { viewLog } from './view.js';

test('the time gives way to the text on narrow panes', () => {
  const store = storeOf(['text']);
  const row = (width: number): string | undefined => linesOf(propsOf({ store, width, showTime: true }))[1];
  assert.equal(row(80), '12:34:56.789 text');
  assert.equal(row(40), '12:34:56 text');
  assert.equal(row(30), 'text');
});

test('what a row is can be told without colours', () => {
  const store = storeOf([]);
  push(store, 'hello', 'line', 'sent');
  push(store, 'mode: web server', 'event', 'green');
  assert.deepEqual(linesOf(propsOf({ store })).slice(1, 3), ['> hello', '── mode: web server']);
});

test('plain: the text alone', () => {
  const store = storeOf(['line']);
  push(store, 'event', 'event');
  const state = { ...initialLogPane, plain: true, search: { pattern: 'line', regexp: false } };
  assert.deepEqual(linesOf(propsOf({ store, width: 80, showTime: true }, state)).slice(1, 3), ['line', 'event']);
});

test('wrapped rows go on under their text', () => {
  const store = storeOf(['x'.repeat(70)]);
  const state = { ...initialLogPane, wrap: true };
  assert.deepEqual(linesOf(propsOf({ store, width: 60, showTime: true }, state)).slice(1, 4), [
    `12:34:56.789 ${'x'.repeat(47)}`,
    `${' '.repeat(13)}${'x'.repeat(23)}`,
    '',
  ]);
});

test('colours: dim time, tones by meaning, what was found inverse, also across a line end', () => {
  const store = storeOf([]);
  push(store, 'crash', 'event', 'red');
  push(store, 'abcdefghijklmnopqrstuvwxyz');
  const state = { ...initialLogPane, wrap: true, search: { pattern: 'pqrst', regexp: false }, match: 2 };
  const { lines } = viewLog(propsOf({ store, width: 20, height: 5 }, state), paintFor('colour'));
  assert.equal(lines[1], '  \u001b[31m── crash\u001b[39m');
  assert.equal(lines[2], '▸ abcdefghijklmno\u001b[1;7mpqr\u001b[22;27m');
  assert.equal(lines[3], '  \u001b[1;7mst\u001b[22;27muvwxyz');
  const mono = viewLog(propsOf({ store, width: 20, height: 5 }, state), paintFor('mono')).lines;
  assert.deepEqual([mono[1], mono[2]], ['  ── crash', lines[2]]);
});

test('hostile text and label: only our own escape codes are left', () => {
  const store = storeOf(['\u001b]0;owned\u0007\u001b[2J\u009b31mx\u202e\u0008y']);
  const { lines } = viewLog({ ...propsOf({ store }), label: 'a\u001b[2Jb' }, paintFor('colour'));
  assert.match(lines[0] ?? '', /^\u001b\[2m {2}ab · following\u001b\[22m$/);
  assert.equal(lines[1], 'x\ufffd␈y');
});

test('a search is marked only where the search is found', () => {
  const store = storeOf(numbered(3));
  const state = { ...initialLogPane, search: { pattern: 'ROW', regexp: false } };
  assert.deepEqual(linesOf(propsOf({ store }, state)).slice(1, 4), ['  row 1', '  row 2', '  row 3']);
});
