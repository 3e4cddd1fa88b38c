import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../../session/log-store.js';
import type { LogFilter } from './contract.js';
import { filterMatcher, isProblem, type Matcher, searchMatcher } from './matcher.js';

function row(text: string, kind: LogRecord['kind'] = 'line'): LogRecord {
  return { n: 1, t: 0, kind, text, tone: 'plain' };
}

function matcherOf(filter: LogFilter): Matcher {
  const matcher = filterMatcher(filter);
  if (matcher === null || isProblem(matcher)) assert.fail('no matcher');
  return matcher;
}

test('text matches in either case, unless the pattern has upper case', () => {
  const rows = ['heap 20', 'HEAP 20', 'none'].map((text) => row(text));
  assert.deepEqual(matcherOf({ kind: 'text', pattern: 'heap' }).test(rows), [true, true, false]);
  assert.deepEqual(matcherOf({ kind: 'text', pattern: 'HEAP' }).test(rows), [false, true, false]);
  assert.deepEqual(matcherOf({ kind: 'regexp', pattern: '^heap\\S?' }).test(rows), [true, true, false]);
  assert.deepEqual(matcherOf({ kind: 'regexp', pattern: '^Heap' }).test(rows), [false, false, false]);
});

test('text is taken as it is, not as a pattern', () => {
  const rows = ['a.b', 'axb', 'a\\b[', '(a+)+$'].map((text) => row(text));
  assert.deepEqual(matcherOf({ kind: 'text', pattern: 'a.b' }).test(rows), [true, false, false, false]);
  assert.deepEqual(matcherOf({ kind: 'text', pattern: '\\b[' }).test(rows), [false, false, true, false]);
  assert.deepEqual(matcherOf({ kind: 'text', pattern: '(a+)+$' }).test(rows), [false, false, false, true]);
});

test('events only', () => {
  assert.deepEqual(matcherOf({ kind: 'events' }).test([row('x'), row('x', 'event')]), [false, true]);
  assert.equal(filterMatcher({ kind: 'all' }), null);
  assert.equal(filterMatcher({ kind: 'text', pattern: '' }), null);
});

test('a pattern that is none is said to be', () => {
  const problem = filterMatcher({ kind: 'regexp', pattern: '(' });
  assert.ok(problem !== null && isProblem(problem));
  assert.equal(problem.problem, "the pattern can't be used: Unterminated group");
});

test('every place where a search is found, empty matches left out', () => {
  const search = searchMatcher({ pattern: 'a*', regexp: true });
  assert.ok(!isProblem(search));
  assert.deepEqual(search.ranges(['baab a', 'b']), [
    [
      [1, 3],
      [5, 6],
    ],
    [],
  ]);
});

test('a pattern that would take years is given up within a moment', () => {
  const matcher = matcherOf({ kind: 'regexp', pattern: '^(a+)+$' });
  const began = performance.now();
  assert.equal(matcher.test([row('aaa'), row(`${'a'.repeat(60)}!`)]), null);
  assert.deepEqual(matcher.ranges(['aa', `${'a'.repeat(60)}!`]), [[[0, 2]]]);
  assert.ok(performance.now() - began < 2_000);
  assert.deepEqual(matcher.test([row('aaa')]), [true]);
});
