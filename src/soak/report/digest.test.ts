import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleSoak } from '../../../test/report/sample-soak.js';
import { digest, happenings } from './digest.js';

const { ledger, verdict } = sampleSoak();

test('a loop counts as one reset of the board, commanded ones as none', () => {
  const numbers = ledger.boards
    .map((board) => digest(board, verdict))
    .map((d) => [d.ownResets, d.commanded, d.crashes, d.passed]);
  assert.deepEqual(numbers, [
    [0, 1, 0, true],
    [4, 1, 3, false],
    [2, 1, 1, false],
    [1, 16, 0, false],
  ]);
});

test('what the ledger had no room to list is counted as in the verdict', () => {
  const [, cellar] = ledger.boards;
  assert.ok(cellar !== undefined);
  const none = { resets: 0, commandedResets: 0, loopResets: 0, loops: 0, incidents: 0, gaps: 0, modes: 0, crashes: 0 };
  const full = { ...cellar, leftOut: { ...none, resets: 30, commandedResets: 20, crashes: 10 } };
  const { ownResets, commanded, crashes } = digest(full, verdict);
  assert.deepEqual([ownResets, commanded, crashes], [34, 21, 13]);
});

test('a loop is told by its first resets, the others are folded', () => {
  const { rows, omitted } = happenings(ledger, 1000);
  const attic = rows.filter(
    (row) =>
      row.board === 3 &&
      (row.kind === 'loop' || row.kind === 'folded' || (row.kind === 'reset' && row.reset.loop !== null)),
  );
  assert.deepEqual(
    attic.map((row) => row.kind),
    ['loop', 'reset', 'reset', 'reset', 'folded'],
  );
  assert.deepEqual(attic.at(-1), { kind: 'folded', board: 3, t: attic.at(-1)?.t, loop: 1, resets: 38 });
  assert.equal(omitted, 0);
});

test('when there is too much to tell, what was commanded goes first', () => {
  const all = happenings(ledger, 1000).rows;
  const { rows, omitted } = happenings(ledger, 20);
  assert.deepEqual([rows.length, omitted], [20, all.length - 20]);
  assert.ok(rows.every((row) => !(row.kind === 'reset' && row.reset.commanded)));
  assert.deepEqual(
    rows.map((row) => row.t),
    rows.map((row) => row.t).sort((a, b) => a - b),
  );
});

test('a night in a loop is told in a few rows, and in time', () => {
  const [board] = ledger.boards;
  const [reset] = board?.resets ?? [];
  assert.ok(board !== undefined && reset !== undefined);
  const resets = Array.from({ length: 100_000 }, (_, i) => ({
    ...reset,
    number: i + 1,
    t: ledger.from + i * 250,
    loop: 1,
  }));
  const loop = {
    number: 1,
    from: ledger.from,
    to: ledger.to,
    resets: resets.length,
    perMinute: 240,
    cause: 'unknown',
    open: true,
  } as const;
  const { rows } = happenings(
    { ...ledger, boards: [{ ...board, resets, loops: [loop] }], host: [], storage: [] },
    1000,
  );
  assert.equal(rows.length, 5);
});
