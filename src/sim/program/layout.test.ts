import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ACCEPT_QUEUE,
  createSharedBuffer,
  handleOf,
  pushAccepted,
  SLOT,
  SLOT_COUNT,
  sharedBoard,
  slotOf,
  takeAccepted,
  WORD,
} from './layout.js';

function firstOf<T>(items: readonly T[]): T {
  const [first] = items;
  assert.ok(first !== undefined);
  return first;
}

test('no two parts of the shared memory overlap, and nothing is left over', () => {
  const board = sharedBoard(createSharedBuffer());
  const areas = [board.uartTx.bytes, board.uartRx.bytes, board.error];
  for (const slot of board.slots) areas.push(slot.rx.bytes, slot.tx.bytes);
  areas.forEach((area, index) => {
    area.fill(index + 1);
  });
  areas.forEach((area, index) => {
    assert.ok(area.every((byte) => byte === index + 1));
  });
  assert.ok(board.words.every((word) => word === 0));
  const bytes = areas.reduce((sum, area) => sum + area.length, board.words.byteLength);
  assert.equal(bytes, board.buffer.byteLength);

  const used = [...Object.values(WORD), WORD.uartTx + 1, WORD.uartRx + 1];
  for (const { state, generation, rxWanted, rx, tx } of board.slots) {
    used.push(state, generation, rxWanted, rx.at, rx.at + 1, tx.at, tx.at + 1);
  }
  for (const { written, read, handles } of board.queues) {
    used.push(written, read, ...Array.from({ length: ACCEPT_QUEUE }, (_, i) => handles + i));
  }
  assert.equal(new Set(used).size, used.length);
  assert.ok(used.every((word) => word < board.words.length));
});

test('a handle is good for one connection only', () => {
  const board = sharedBoard(createSharedBuffer());
  const slot = firstOf(board.slots);
  const first = handleOf(board, slot);
  assert.equal(slotOf(board, first), undefined);
  Atomics.store(board.words, slot.state, SLOT.open);
  assert.equal(slotOf(board, first), slot);
  Atomics.add(board.words, slot.generation, 1);
  assert.equal(slotOf(board, first), undefined);
  assert.equal(slotOf(board, handleOf(board, slot)), slot);
  Atomics.store(board.words, slot.state, SLOT.closing);
  for (const handle of [handleOf(board, slot), -1, SLOT_COUNT * 5, 2 ** 31 - 1]) {
    assert.equal(slotOf(board, handle), undefined);
  }
});

test('the accept queue keeps its order, and makes no handle when it is full', () => {
  const board = sharedBoard(createSharedBuffer());
  const queue = firstOf(board.queues);
  let next = 100;
  const push = (): boolean => pushAccepted(board, queue, () => next++);
  assert.equal(takeAccepted(board, queue, false), -1);
  for (let round = 0; round < 3; round++) {
    const first = next;
    for (let i = 0; i < ACCEPT_QUEUE; i++) assert.ok(push());
    assert.equal(push(), false);
    assert.equal(takeAccepted(board, queue, true), first);
    for (let i = 0; i < ACCEPT_QUEUE; i++) assert.equal(takeAccepted(board, queue, false), first + i);
  }
});
