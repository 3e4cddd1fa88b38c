import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzyFilter } from './fuzzy.js';

const TITLES = ['Save the log to a file', 'Reset, then detect', 'Reset the board', 'Flash an image'];
const find = (typed: string): readonly string[] => fuzzyFilter(TITLES, typed, (t) => t);

test('letters in order find a title, in any case', () => {
  assert.deepEqual(find('FLA'), ['Flash an image']);
  assert.deepEqual(find('stl'), ['Save the log to a file']);
  assert.deepEqual(find('xyz'), []);
});

test('the best match comes first, of two alike the shorter', () => {
  assert.equal(find('reset')[0], 'Reset the board');
  assert.equal(find('detect')[0], 'Reset, then detect');
});

test('nothing typed finds everything', () => {
  assert.equal(find('').length, TITLES.length);
});
