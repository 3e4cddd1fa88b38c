import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ring, ringFree, ringPeek, ringRead, ringReset, ringSkip, ringUsed, ringWrite } from './ring.js';

function ring(capacity: number, counters = 0): Ring {
  const words = new Int32Array(new SharedArrayBuffer(8)).fill(counters);
  return { words, at: 0, bytes: new Uint8Array(capacity) };
}

function take(from: Ring, count: number): number[] {
  const into = new Uint8Array(count);
  return [...into.subarray(0, ringRead(from, into))];
}

test('gives bytes back in order, and nothing when empty', () => {
  const r = ring(8);
  assert.deepEqual(take(r, 4), []);
  assert.equal(ringWrite(r, Uint8Array.of(1, 2, 3)), 3);
  assert.equal(ringUsed(r), 3);
  assert.deepEqual(take(r, 2), [1, 2]);
  assert.deepEqual(take(r, 9), [3]);
});

test('takes what fits when full, down to the last byte', () => {
  const r = ring(4);
  assert.equal(ringWrite(r, Uint8Array.of(1, 2, 3, 4, 5, 6)), 4);
  assert.equal(ringFree(r), 0);
  assert.equal(ringWrite(r, Uint8Array.of(7)), 0);
  assert.deepEqual(take(r, 1), [1]);
  assert.equal(ringWrite(r, Uint8Array.of(8, 9)), 1);
  assert.deepEqual(take(r, 9), [2, 3, 4, 8]);
});

test('wraps at every offset, for every length', () => {
  for (let offset = 0; offset < 8; offset++) {
    for (let length = 0; length <= 8; length++) {
      const r = ring(8, offset);
      const data = Uint8Array.from({ length }, (_, i) => i + 1);
      assert.equal(ringWrite(r, data), length);
      assert.deepEqual(take(r, 8), [...data], `offset ${offset}, length ${length}`);
    }
  }
});

test('counts on when the counters pass 2^31 and 2^32', () => {
  for (const start of [0x7fff_fffe, -2]) {
    const r = ring(8, start);
    for (let round = 0; round < 4; round++) {
      assert.equal(ringWrite(r, Uint8Array.of(round, 10, 20)), 3);
      assert.equal(ringUsed(r), 3);
      assert.deepEqual(take(r, 3), [round, 10, 20]);
    }
  }
});

test('peek leaves the bytes, skip drops them, reset drops all', () => {
  const r = ring(4, 3);
  ringWrite(r, Uint8Array.of(1, 2, 3));
  const into = new Uint8Array(2);
  assert.equal(ringPeek(r, into), 2);
  assert.deepEqual([...into], [1, 2]);
  ringSkip(r, 1);
  assert.equal(ringUsed(r), 2);
  ringReset(r);
  assert.equal(ringUsed(r), 0);
});
