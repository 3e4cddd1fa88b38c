import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogStore } from './log-store.js';

const row = (text: string) => ({ t: 0, kind: 'line', text, tone: 'plain' }) as const;

test('an empty store has no rows', () => {
  const log = new LogStore(4);
  assert.deepEqual([log.first, log.last, log.at(0), log.at(1)], [1, 0, undefined, undefined]);
});

test('the newest rows are kept under their numbers; what was dropped is gone', () => {
  const log = new LogStore(4);
  for (let i = 1; i <= 11; i++) log.push(row(`row ${i}`));
  assert.deepEqual([log.first, log.last], [8, 11]);
  assert.equal(log.at(7), undefined);
  assert.equal(log.at(12), undefined);
  for (let n = 8; n <= 11; n++) assert.deepEqual([log.at(n)?.n, log.at(n)?.text], [n, `row ${n}`]);
});

test('the number of dropped rows does not matter: after a million there are as many as fit', () => {
  const log = new LogStore();
  for (let i = 1; i <= 1_000_000; i++) log.push(row('x'));
  assert.deepEqual([log.first, log.last, log.capacity], [900_001, 1_000_000, 100_000]);
  assert.equal(log.at(900_001)?.n, 900_001);
  assert.equal(log.at(900_000), undefined);
});

test('very long rows make the scroll-back shorter, not larger', () => {
  const store = new LogStore();
  const text = 'x'.repeat(4000);
  for (let i = 0; i < 20_000; i++) store.push({ t: i, kind: 'line', text, tone: 'plain' });
  assert.deepEqual([store.first, store.last], [12_001, 20_000]);
  assert.equal(store.at(12_000), undefined);
  assert.equal(store.at(12_001)?.t, 12_000);
  for (let i = 0; i < 100_000; i++) store.push({ t: i, kind: 'line', text: 'y', tone: 'plain' });
  assert.deepEqual([store.first, store.last], [20_001, 120_000]);
});
