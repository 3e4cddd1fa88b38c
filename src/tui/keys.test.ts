import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKeys } from './keys.js';

function names(input: string, key = {}): readonly string[] {
  return decodeKeys(input, key, false).map((typed) => (typed.type === 'key' ? typed.key.name : typed.type));
}

test('keys have names', () => {
  assert.deepEqual(names('q'), ['q']);
  assert.deepEqual(names(' '), ['space']);
  assert.deepEqual(names('\r', { return: true }), ['enter']);
  assert.deepEqual(names('', { delete: true }), ['backspace']);
  assert.deepEqual(names('d', { ctrl: true }), ['ctrl-d']);
  assert.deepEqual(names('', { tab: true, shift: true }), ['shift-tab']);
  assert.deepEqual(names('', { escape: true, meta: true }), ['escape']);
});

test('keys that came in one read are taken apart', () => {
  assert.deepEqual(names('jjk'), ['j', 'j', 'k']);
  assert.deepEqual(names('ls\r'), ['l', 's', 'enter']);
  assert.deepEqual(names('\u0003q'), ['ctrl-c', 'q']);
  assert.deepEqual(names('j'.repeat(40)).length, 40);
});

test('a read that nobody can have typed is a paste', () => {
  assert.deepEqual(names('quit everything\r'), ['paste']);
});

test('the marks of bracketed paste are told, and nothing between them is a key', () => {
  assert.deepEqual(names('[200~'), ['paste-start']);
  assert.deepEqual(decodeKeys('q\r', {}, true), [{ type: 'paste', text: 'q\r' }]);
  assert.deepEqual(decodeKeys('\r', { return: true }, true), [{ type: 'paste', text: '\r' }]);
  assert.deepEqual(decodeKeys('[201~', {}, true), [{ type: 'paste-end' }]);
});

test('sequences that mean nothing here do nothing', () => {
  assert.deepEqual(names('x', { meta: true }), []);
  assert.deepEqual(names(''), []);
  assert.deepEqual(names('\u0000'), []);
});
