import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogStore } from '../../session/log-store.js';
import { numbered, push, random, storeOf } from './log.test.kit.js';
import { filterMatcher, isProblem, type Matcher } from './matcher.js';
import { RowIndex } from './row-index.js';

function sevens(): Matcher {
  const matcher = filterMatcher({ kind: 'text', pattern: '7' });
  if (matcher === null || isProblem(matcher)) assert.fail('no matcher');
  return matcher;
}

function numbersIn(index: RowIndex): number[] {
  return Array.from({ length: index.size }, (_, i) => index.at(i));
}

function expected(store: LogStore): number[] {
  const found: number[] = [];
  for (let n = store.first; n <= store.last; n++) if (store.at(n)?.text.includes('7') === true) found.push(n);
  return found;
}

/** A clock on which every look takes a millisecond. */
function counter(): () => number {
  let t = 0;
  return () => t++;
}

test('the newest rows are known first, then all of them', () => {
  const store = storeOf(numbered(10_000));
  const index = new RowIndex(store, sevens());
  index.advance(0, counter());
  assert.ok(!index.complete && index.progress > 0 && index.progress < 0.1);
  assert.equal(index.at(index.size - 1), 9997);
  let slices = 1;
  for (; !index.complete; slices++) index.advance(0, counter());
  assert.equal(slices, Math.ceil(10_000 / 256));
  assert.deepEqual(numbersIn(index), expected(store));
  assert.equal(index.progress, 1);
});

test('whatever comes, is dropped and is looked at in whichever order: complete means right', () => {
  const next = random(3);
  for (let round = 0; round < 20; round++) {
    const store = new LogStore(1 + next(3000));
    const index = new RowIndex(store, sevens());
    for (let step = 0; step < 30; step++) {
      for (let i = next(500); i > 0; i--) push(store, `row ${next(1000)}`);
      if (next(3) > 0) index.advance(next(4), counter());
    }
    index.advance(Number.POSITIVE_INFINITY);
    assert.ok(index.complete);
    assert.deepEqual(numbersIn(index), expected(store));
    const n = store.first + next(store.capacity);
    assert.equal(index.countBelow(n), expected(store).filter((m) => m < n).length);
    assert.equal(index.has(n), expected(store).includes(n));
  }
});

test('an index that was left behind by a whole log begins again', () => {
  const store = storeOf(numbered(100), 100);
  const index = new RowIndex(store, sevens());
  index.advance(Number.POSITIVE_INFINITY);
  for (const text of numbered(1000)) push(store, text);
  index.advance(Number.POSITIVE_INFINITY);
  assert.deepEqual(numbersIn(index), expected(store));
});

test('a matcher that gives up ends it', () => {
  const index = new RowIndex(storeOf(numbered(10)), { test: () => null, ranges: () => [] });
  index.advance(1);
  assert.ok(index.complete && index.tooSlow);
});
