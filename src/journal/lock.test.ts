import assert from 'node:assert/strict';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { emptyFolder } from './bench.test.helper.js';
import { isHeld, takeLock } from './lock.js';
import { type ProcessFacts, realProcesses } from './process-facts.js';

const LIMIT = { timeout: 20_000 };

/** A computer with these processes: number to start. */
function computer(pid: number, running: Record<number, string | null>, host = 'here'): ProcessFacts {
  return {
    pid,
    host,
    isAlive: (other) => other in running,
    startOf: (other) => Promise.resolve(running[other] ?? null),
  };
}

test('a lock is held until it is released', LIMIT, async (t) => {
  const folder = await emptyFolder(t);
  assert.equal(await isHeld(folder), false);
  const lock = await takeLock(folder);
  assert.equal(await isHeld(folder), true);
  await assert.rejects(takeLock(folder), { code: 'JOURNAL_BUSY' });
  await lock.release();
  assert.equal(await isHeld(folder), false);
  assert.deepEqual(await readdir(folder), []);
  await (await takeLock(folder)).release();
});

test('the lock of a process that is gone, or whose number another has now, does not count', LIMIT, async (t) => {
  const folder = await emptyFolder(t);
  await takeLock(folder, computer(10, { 10: 'monday' }));
  await assert.rejects(takeLock(folder, computer(11, { 10: 'monday', 11: 'monday' })), { code: 'JOURNAL_BUSY' });
  await assert.rejects(takeLock(folder, computer(11, { 10: null, 11: null })), { code: 'JOURNAL_BUSY' });
  await takeLock(folder, computer(11, { 10: 'tuesday', 11: 'tuesday' }));
  await takeLock(folder, computer(12, { 12: 'wednesday' }));
  assert.equal(await isHeld(folder, computer(1, { 12: 'wednesday' })), true);
  assert.equal(await isHeld(folder, computer(1, {})), false);
  assert.deepEqual(await readdir(folder), ['lock']);
});

test('the lock of another computer is believed', LIMIT, async (t) => {
  const folder = await emptyFolder(t);
  await takeLock(folder, computer(10, { 10: 'monday' }, 'there'));
  await assert.rejects(takeLock(folder, computer(11, { 11: 'x' })), { code: 'JOURNAL_BUSY', message: /there/ });
});

test('a lock that a power cut tore does not count', LIMIT, async (t) => {
  const folder = await emptyFolder(t);
  await takeLock(folder);
  await truncate(`${folder}/lock`, 9);
  await takeLock(folder);
  await writeFile(`${folder}/lock`, '');
  await (await takeLock(folder)).release();
});

test('a release leaves the lock of a successor', LIMIT, async (t) => {
  const folder = await emptyFolder(t);
  const first = await takeLock(folder, computer(10, { 10: 'a' }));
  await takeLock(folder, computer(11, { 11: 'b' }));
  await first.release();
  assert.equal(await isHeld(folder, computer(1, { 11: 'b' })), true);
});

test('of many that ask at once for a stale lock one gets it', LIMIT, async (t) => {
  const folder = await emptyFolder(t);
  for (let round = 0; round < 20; round++) {
    await takeLock(folder, computer(10, { 10: 'a' }));
    const running = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [20 + i, 'b']));
    const results = await Promise.allSettled(
      Object.keys(running).map((pid) => takeLock(folder, computer(Number(pid), running))),
    );
    const taken = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    assert.equal(taken.length, 1);
    await taken[0]?.release();
  }
});

test('this process is told from one that had its number before', LIMIT, async () => {
  const start = await realProcesses.startOf(process.pid);
  assert.equal(await realProcesses.startOf(process.pid), start);
  assert.equal(realProcesses.isAlive(process.pid), true);
  assert.notEqual(await realProcesses.startOf(process.ppid), start ?? 'unknown here');
});
