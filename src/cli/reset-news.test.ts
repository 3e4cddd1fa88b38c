import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResetNews } from './reset-news.js';

test('a boot loop is told by its first resets and one line more, and again after a pause', () => {
  const news = new ResetNews();
  const told = (from: number, n: number): (string | null)[] =>
    Array.from({ length: n }, (_, i) => news.line('a', from + i * 1_000, `reset ${i}`));
  assert.deepEqual(
    [...told(0, 3), ...told(3_000, 1), ...told(4_000, 30)].map((line) => line?.slice(0, 14) ?? null),
    ['reset 0', 'reset 1', 'reset 2', 'a resets again', ...Array.from({ length: 30 }, () => null)],
  );
  assert.equal(news.line('b', 34_000, 'of another board'), 'of another board');
  assert.equal(news.line('a', 33_000 + 15_001, 'after a pause'), 'after a pause');
});

test('resets that are not in quick succession are told each', () => {
  const news = new ResetNews();
  for (let n = 0; n < 20; n++) assert.equal(news.line('a', n * 15_001, String(n)), String(n));
});
