/** Whatever the disk does, at whichever call: nothing is thrown, and what was not reported lost can be read. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { atEnd } from '../../test/support/cleanup.js';
import { seeded } from '../../test/support/random.js';
import { VirtualClock } from '../clock.js';
import {
  alive,
  bytes,
  bytesOf,
  type Call,
  captureIn,
  emptyFolder,
  entriesIn,
  type Fault,
  FaultyDisk,
} from './bench.test.helper.js';
import type { CaptureItem } from './capture-record.js';
import { RunFolder } from './run-folder.js';
import type { StorageStatus } from './storage-state.js';

const LIMIT = { timeout: 120_000 };
const SIZES = { captureSegmentBytes: 1500, eventSegmentBytes: 400, reserveBytes: 1000 };

/** One run against a disk: `rounds` lines to two boards and the journal. Resolves to what was told and sent. */
async function run(
  path: string,
  disk: FaultyDisk,
  rounds: number,
  each: (i: number) => void = () => {},
): Promise<{ status: StorageStatus[]; sent: string[]; lostBytes: number }> {
  const clock = new VirtualClock();
  const folder = await RunFolder.create(path, null, { ...SIZES, clock, disk });
  const status: StorageStatus[] = [];
  folder.onStatus((now) => status.push(now));
  const sent = ['', ''];
  for (let i = 0; i < rounds; i++) {
    each(i);
    for (const board of [0, 1]) {
      const line = `<${i} of ${board}>`;
      sent[board] += line;
      folder.capture(board).add({ t: i, baud: 9600, bytes: bytes(line) });
      folder.capture(board).step({ t: i, do: 'flush-lines' });
    }
    folder.append(alive(i));
    await folder.flush();
    if (i % 5 === 4) await clock.advance(5_000);
  }
  disk.fault = () => null;
  await clock.advance(5_000);
  await folder.flush();
  await folder.close();
  assert.equal(disk.open.size, 0, 'a file was left open');
  return { status, sent, lostBytes: folder.lostBytes };
}

const CALLS: readonly Call[] = ['create', 'write', 'sync', 'truncate', 'close', 'rename', 'remove', 'syncFolder'];

test('one failure at any call loses nothing and doubles nothing', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const healthy = new FaultyDisk();
  let setUp = 0;
  await run(`${path}/healthy`, healthy, 30, (i) => {
    if (i === 0) setUp = healthy.calls;
  });
  for (let k = setUp + 1; k < healthy.calls; k += 5) {
    for (const code of ['ENOSPC', 'EIO']) {
      const disk = new FaultyDisk();
      disk.fault = () => (disk.calls === k ? code : null);
      const where = `${path}/${code}-${k}`;
      const { status, sent } = await run(where, disk, 30);
      assert.deepEqual(
        (await entriesIn(where)).items,
        Array.from({ length: 30 }, (_, i) => alive(i)),
        `${code} at call ${k}`,
      );
      for (const board of [0, 1]) assert.equal(bytesOf((await captureIn(where, board)).items), sent[board]);
      if (status.length > 0) assert.deepEqual([status.at(-1)?.state, status.at(-1)?.lostBytes], ['restored', 0]);
    }
  }
});

test(
  'a disk at random odds with itself: every byte is read or reported lost, every entry is there',
  LIMIT,
  async (t) => {
    const path = await emptyFolder(t);
    const seed = Math.floor(Math.random() * 2 ** 31);
    for (let round = 0; round < 20; round++) {
      const random = seeded(seed + round);
      const disk = new FaultyDisk();
      const odds = random() * 0.5;
      let failing = false;
      const fault = (call: Call): Fault => {
        if (!CALLS.includes(call)) return null;
        if (call === 'write' && random() < 0.3) return { take: Math.floor(random() * 12) };
        return failing && random() < odds ? (random() < 0.5 ? 'ENOSPC' : 'EIO') : null;
      };
      const where = `${path}/${round}`;
      const { sent } = await run(where, disk, 40, (i) => {
        disk.fault = fault;
        failing = i % 10 >= 3;
      });
      const hint = `seed ${seed}, round ${round}`;
      const { items } = await entriesIn(where);
      assert.deepEqual(
        items,
        Array.from({ length: 40 }, (_, i) => alive(i)),
        hint,
      );
      for (const board of [0, 1]) assert.equal(bytesOf((await captureIn(where, board)).items), sent[board], hint);
    }
  },
);

test(
  'a full disk: the capture is given up first, the reserve keeps the journal, and all of it is told',
  LIMIT,
  async (t) => {
    const path = await emptyFolder(t);
    const clock = new VirtualClock();
    const disk = new FaultyDisk();
    const folder = await RunFolder.create(path, null, { ...SIZES, clock, disk, bufferBytes: 200 });
    const status: StorageStatus[] = [];
    folder.onStatus((now) => status.push(now));
    const board = folder.capture(0);
    const send = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) {
        board.add({ t: i, baud: 9600, bytes: bytes('0123456789') });
        folder.append(alive(i));
        await folder.drained();
        if (i % 4 === 3) await clock.advance(5_000);
      }
      await folder.flush();
    };
    await send(0, 4);
    const reserveIsThere = async (): Promise<boolean> => (await readdir(path)).includes('reserve');
    // What room there is belongs to whoever comes first; the reserve's is there once the reserve is gone.
    disk.fault = (call, name) => {
      if (call !== 'write') return null;
      if (name.startsWith('events') && disk.open.has('reserve')) return null;
      return name.startsWith('events') && gone ? null : 'ENOSPC';
    };
    let gone = false;
    const { fault } = disk;
    disk.fault = (call, name) => {
      if (call === 'remove' && name === 'reserve') gone = true;
      return fault(call, name);
    };
    await send(4, 100);
    assert.equal(gone, true);
    assert.equal(await reserveIsThere(), false);
    assert.deepEqual([status[0]?.state, status[0]?.detail, status[0]?.lostBytes], ['degraded', 'The disk is full.', 0]);
    assert.ok(status.every(({ state }) => state === 'degraded'));
    // Once a minute while it gets worse.
    assert.ok(status.length >= 2 && status.length <= 4, `${status.length} reports in ${clock.now()} ms`);
    assert.deepEqual(
      (await entriesIn(path)).items,
      Array.from({ length: 100 }, (_, i) => alive(i)),
    );

    disk.fault = () => null;
    await send(100, 120);
    const end = status.at(-1);
    assert.equal(end?.state, 'restored');
    assert.ok((end?.lostBytes ?? 0) > 500);
    assert.equal(end?.lostBytes, folder.lostBytes);
    assert.equal(await reserveIsThere(), true);
    await folder.close();

    const { items } = await captureIn(path, 0);
    assert.equal(bytesOf(items).length + lostIn(items), 1200);
    assert.equal(lostIn(items), folder.lostBytes);
    // The gap is where the bytes would be.
    const gap = items.findIndex((item) => 'lost' in item);
    assert.ok(items.slice(0, gap).every(({ t }) => t < (items[gap]?.t ?? 0)));
    assert.ok(items.slice(gap + 1).every(({ t }) => t > (items[gap]?.t ?? 0)));
  },
);

function lostIn(items: readonly CaptureItem[]): number {
  return items.reduce((sum, item) => sum + ('lost' in item ? item.lost : 0), 0);
}

test(
  'a disk that hangs: memory stays bounded, the loss is told, and it ends when the disk goes on',
  LIMIT,
  async (t) => {
    const path = await emptyFolder(t);
    const clock = new VirtualClock();
    const disk = new FaultyDisk();
    const folder = await RunFolder.create(path, null, { clock, disk, bufferBytes: 10_000 });
    const status: StorageStatus[] = [];
    folder.onStatus((now) => status.push(now));
    // The first round is under way, and no other begins before it ends: to the writer, a disk that hangs.
    folder.append(alive(0), { urgent: true });
    const chunk = { t: 1, baud: 9600, bytes: new Uint8Array(1000).fill(65) };
    let room = 0;
    for (let i = 0; i < 50; i++) if (folder.capture(0).add(chunk)) room += 1;
    assert.equal(room, 4, 'a source that can wait is told at half of the buffer');
    assert.deepEqual(
      status.map(({ state }) => state),
      ['degraded'],
    );
    assert.equal(folder.lostBytes, 40_000);
    await folder.drained();
    await clock.advance(5_000);
    await folder.drained();
    // Not before a while without loss.
    await clock.advance(5_000);
    await folder.drained();
    assert.deepEqual(
      status.map(({ state, lostBytes }) => [state, lostBytes]),
      [
        ['degraded', 1000],
        ['restored', 40_000],
      ],
    );
    await folder.close();
  },
);

test('a compression that fails leaves the original, and is tried again', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const disk = new FaultyDisk();
  disk.fault = (call, name) => (call === 'write' && name.endsWith('.gz.tmp') ? 'ENOSPC' : null);
  const folder = await RunFolder.create(path, null, { ...SIZES, disk });
  folder.capture(0).add({ t: 1, baud: 9600, bytes: new Uint8Array(2000) });
  await folder.flush();
  await folder.close();
  assert.ok((await readdir(path)).includes('capture-0-0001.bin'));
  assert.ok(!(await readdir(path)).some((name) => name.includes('.gz')));
  disk.fault = () => null;
  const { folder: again, damage } = await RunFolder.resume(path, { disk });
  await again.close();
  assert.deepEqual(damage, []);
  assert.ok((await readdir(path)).includes('capture-0-0001.bin.gz'));
  assert.equal(bytesOf((await captureIn(path, 0)).items).length, 2000);
});

test('a folder that cannot be begun says why', LIMIT, async (t) => {
  for (const call of ['create', 'write', 'sync', 'rename'] as const) {
    const path = await emptyFolder(t);
    const disk = new FaultyDisk();
    disk.fault = (now) => (now === call ? 'ENOSPC' : null);
    await assert.rejects(RunFolder.create(path, null, { disk }), { code: 'JOURNAL_WRITE' });
    assert.deepEqual(disk.open.size, 0);
    disk.fault = () => null;
    await (await RunFolder.create(path, null, { disk })).close();
  }
});

/** Null where a disk of its own can be had: Linux, as root, allowed to mount. */
async function smallDisk(path: string): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root, to mount a disk of 3 MB';
  await mkdir(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', path], { stdio: 'pipe' });
    return null;
  } catch {
    return 'needs the right to mount a disk of 3 MB';
  }
}

test('a disk that is really full', LIMIT, async (t) => {
  const path = `${await emptyFolder(t)}/disk`;
  const reason = await smallDisk(path);
  if (reason !== null) {
    t.skip(reason);
    return;
  }
  atEnd(t, () => execFileSync('umount', [path]));
  const clock = new VirtualClock();
  const run = `${path}/run`;
  const folder = await RunFolder.create(run, null, { clock });
  const status: StorageStatus[] = [];
  folder.onStatus((now) => status.push(now));
  const block = { t: 1, baud: 9600, bytes: new Uint8Array(100_000).fill(46) };
  for (let i = 0; i < 40; i++) {
    folder.capture(0).add(block);
    folder.append(alive(i));
    await folder.flush();
  }
  assert.deepEqual([status[0]?.state, status[0]?.detail], ['degraded', 'The disk is full.']);
  // Another program takes what is left: the journal lives on the reserve.
  await writeFile(`${path}/other`, new Uint8Array(3_000_000)).catch(() => {});
  for (let i = 40; i < 1000; i++) folder.append(alive(i));
  await folder.flush();
  assert.equal((await entriesIn(run)).items.length, 1000);
  assert.ok(!(await readdir(run)).includes('reserve'));
  execFileSync('rm', [`${path}/other`]);
  await clock.advance(5_000);
  await folder.flush();
  execFileSync('mount', ['-o', 'remount,size=20m', path]);
  await clock.advance(5_000);
  await folder.flush();
  assert.equal(status.at(-1)?.state, 'restored');
  folder.capture(0).add(block);
  await folder.close();
  const { items, damage } = await captureIn(run, 0);
  assert.equal(bytesOf(items).length + folder.lostBytes, 4_100_000);
  assert.deepEqual(damage, []);
  assert.equal((await entriesIn(run)).items.length, 1000);
});
