/** kill -9: what was handed to the system is there, and the next process goes on. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seeded } from '../../test/support/random.js';
import { alive, bytesOf, captureIn, emptyFolder, entriesIn } from './bench.test.helper.js';
import { isHeld } from './lock.js';
import { RunFolder } from './run-folder.js';

const LIMIT = { timeout: 120_000 };
const writer = fileURLToPath(new URL('kill-writer.test.helper.js', import.meta.url));

/** Lets a writer write until it has said so often that it wrote, and kills it. Resolves to what it said last. */
async function killedAfter(path: string, reports: number): Promise<number> {
  const child = fork(writer, [path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let last = -1;
  let heard = 0;
  child.on('message', (i) => {
    last = Number(i);
    heard += 1;
    if (heard === reports) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  return last;
}

test(
  'killed at random points, resumed each time: nothing that was handed over is lost or doubled',
  LIMIT,
  async (t) => {
    const path = await emptyFolder(t);
    await (await RunFolder.create(path, { plan: 1 })).close();
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seeded(seed);
    const lasts: number[] = [];
    for (let part = 0; part < 6; part++) {
      lasts.push(await killedAfter(path, 1 + Math.floor(random() * 600)));
      assert.equal(await isHeld(path), false);
    }
    const { folder, run } = await RunFolder.resume(path);
    await folder.close();
    assert.deepEqual(run, { plan: 1 });

    const entries = (await entriesIn(path)).items.map((entry) => ('t' in entry ? entry.t : -1));
    const parts = (numbers: readonly number[]): number[][] => {
      const rows: number[][] = [];
      for (const n of numbers) {
        if (n === 0) rows.push([]);
        rows.at(-1)?.push(n);
      }
      return rows;
    };
    const lines = [...bytesOf((await captureIn(path, 0)).items).matchAll(/<(\d+)>\.*/g)].map(([, i]) => Number(i));
    for (const [what, rows] of [
      ['entries', parts(entries)],
      ['lines', parts(lines)],
    ] as const) {
      assert.equal(rows.length, lasts.length, `${what}, seed ${seed}`);
      for (const [i, row] of rows.entries()) {
        assert.deepEqual(
          row,
          Array.from({ length: row.length }, (_, n) => n),
          `${what} of part ${i}, seed ${seed}`,
        );
        assert.ok(row.length > (lasts[i] ?? 0), `${what} of part ${i} end at ${row.length}, seed ${seed}`);
      }
    }
    // The bytes of an event are never missing where the event is there.
    assert.ok(lines.length >= entries.length);
    assert.deepEqual((await entriesIn(path)).items[0], alive(0));
  },
);
