/** A power cut: files end anywhere. What is there before the cut is read, and the run goes on. */
import assert from 'node:assert/strict';
import { cp, readdir, readFile, rename, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { seeded } from '../../test/support/random.js';
import { alive, bytes, bytesOf, captureIn, emptyFolder, entriesIn } from './bench.test.helper.js';
import { RunFolder } from './run-folder.js';

const LIMIT = { timeout: 120_000 };
const SIZES = { captureSegmentBytes: 1500, eventSegmentBytes: 400, reserveBytes: 1000 };

/** A run of some segments, the first of them compressed. Line `i` came at `t` = i. */
async function night(path: string): Promise<string> {
  const folder = await RunFolder.create(path, { plan: 1 }, SIZES);
  let sent = '';
  for (let i = 0; i < 118; i++) {
    const line = `<${i}>${'.'.repeat(i % 30)}`;
    sent += line;
    folder.capture(0).add({ t: i, baud: 9600, bytes: bytes(line) });
    folder.capture(0).step({ t: i, do: 'flush-lines' });
    folder.append(alive(i));
    if (i % 5 === 4) await folder.drained();
  }
  await folder.close();
  return sent;
}

/** Each line of `part` is one of `whole`, in order. Returns how many there are. */
function inOrder(part: readonly string[], whole: readonly string[], hint: string): number {
  let at = 0;
  for (const line of part) {
    const found = whole.indexOf(line, at);
    assert.ok(found >= 0, `${JSON.stringify(line)} is not in its place, ${hint}`);
    at = found + 1;
  }
  return part.length;
}

test('every file cut off at random bytes: what is before the cut is read, and the run goes on', LIMIT, async (t) => {
  const base = await emptyFolder(t);
  const sent = await night(`${base}/whole`);
  const lines = sent.match(/<\d+>\.*/g) ?? [];
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seeded(seed);
  const names = await readdir(`${base}/whole`);
  assert.ok(names.some((name) => name.endsWith('.bin.gz')) && names.some((name) => name.endsWith('.bin')));
  for (let round = 0; round < 60; round++) {
    const path = `${base}/${round}`;
    await cp(`${base}/whole`, path, { recursive: true });
    // Some rounds cut one file, others all of them.
    const cut = round < names.length ? [names[round] ?? ''] : names.filter(() => random() < 0.5);
    const sizes = new Map<string, number>();
    for (const name of cut) {
      const { size } = await stat(`${path}/${name}`);
      const length = Math.floor(random() * size);
      sizes.set(name, length);
      await truncate(`${path}/${name}`, length);
    }
    const hint = `seed ${seed}, round ${round}, cut ${JSON.stringify([...sizes])}`;

    const before = { capture: await captureIn(path, 0), entries: await entriesIn(path) };
    // Each plain file is read to its last byte, wherever it was cut.
    for (const name of names.filter((one) => one.endsWith('.bin'))) {
      const text = (await readFile(`${path}/${name}`)).toString('latin1');
      assert.ok(bytesOf(before.capture.items).includes(text), hint);
    }
    const whole = bytesOf(before.capture.items).match(/<\d+>\.*/g) ?? [];
    const known = before.capture.items.filter((item) => 'bytes' in item && item.timeUnknown !== true);
    for (const item of known) {
      const text = 'bytes' in item ? Buffer.from(item.bytes).toString() : '';
      assert.ok(lines[item.t]?.startsWith(text), `${text} is not of ${item.t}, ${hint}`);
    }
    if (sizes.size === 0) assert.deepEqual(whole, lines);
    const told = before.entries.items.map((entry) => JSON.stringify(entry));
    inOrder(
      told,
      Array.from({ length: 118 }, (_, i) => JSON.stringify(alive(i))),
      hint,
    );

    const { folder, run, damage } = await RunFolder.resume(path, SIZES);
    // A plain file that was cut between two lines looks as if no more had come.
    if (cut.some((name) => name.endsWith('.gz'))) assert.ok(damage.length > 0, hint);
    const planText = '{\n  "plan": 1\n}';
    const planIsGone = ['run.json', 'run.copy.json'].every((name) => (sizes.get(name) ?? 99) < planText.length);
    assert.deepEqual(run, planIsGone ? null : { plan: 1 }, hint);
    folder.append(alive(1000));
    folder.capture(0).add({ t: 1000, baud: 9600, bytes: bytes('<1000>') });
    await folder.close();
    // Nothing that could be read before is lost, also after the old segments were compressed.
    const after = { capture: await captureIn(path, 0), entries: await entriesIn(path) };
    assert.equal(bytesOf(after.capture.items), `${bytesOf(before.capture.items)}<1000>`, hint);
    assert.deepEqual(after.capture.items.slice(0, -1).length, before.capture.items.length, hint);
    assert.deepEqual(after.entries.items, [...before.entries.items, alive(1000)], hint);
  }
});

test('bytes beyond the index are kept, with the time of those before them', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const folder = await RunFolder.create(path, null);
  folder.capture(0).add({ t: 5, baud: 74_880, bytes: bytes('one') });
  folder.capture(0).add({ t: 6, baud: 115_200, bytes: bytes('two') });
  await folder.close();
  const index = await readFile(`${path}/capture-0-0001.ndjson`, 'utf8');
  await truncate(`${path}/capture-0-0001.ndjson`, index.indexOf('\n') + 5);
  const { items, damage } = await captureIn(path, 0);
  assert.deepEqual(items, [
    { t: 5, baud: 74_880, bytes: Buffer.from('one') },
    { t: 5, baud: 74_880, bytes: Buffer.from('two'), timeUnknown: true },
  ]);
  assert.deepEqual(
    damage.map(({ file, kind }) => [file, kind]),
    [
      ['capture-0-0001.ndjson', 'torn-line'],
      ['capture-0-0001.bin', 'time-unknown'],
    ],
  );
});

test('a line of the index that is lost in the middle does not move what follows', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const folder = await RunFolder.create(path, null);
  for (const [i, word] of ['zero', 'one', 'two', 'three'].entries()) {
    folder.capture(0).add({ t: i, baud: 9600, bytes: bytes(word) });
  }
  await folder.close();
  const file = `${path}/capture-0-0001.ndjson`;
  const lines = (await readFile(file, 'utf8')).split('\n');
  // As a disk leaves blocks that it never wrote.
  lines[1] = '\0'.repeat(lines[1]?.length ?? 0);
  await writeFile(file, lines.join('\n'));
  assert.deepEqual((await captureIn(path, 0)).items, [
    { t: 0, baud: 9600, bytes: Buffer.from('zero') },
    { t: 0, baud: 9600, bytes: Buffer.from('one'), timeUnknown: true },
    { t: 2, baud: 9600, bytes: Buffer.from('two') },
    { t: 3, baud: 9600, bytes: Buffer.from('three') },
  ]);
});

test('an index that promises more than came gives what came', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const folder = await RunFolder.create(path, null);
  folder.capture(0).add({ t: 1, baud: 9600, bytes: bytes('abcdef') });
  folder.capture(0).add({ t: 2, baud: 9600, bytes: bytes('ghi') });
  folder.capture(0).step({ t: 3, do: 'flush' });
  await folder.close();
  await truncate(`${path}/capture-0-0001.bin`, 4);
  const { items, damage } = await captureIn(path, 0);
  assert.deepEqual(items, [{ t: 1, baud: 9600, bytes: Buffer.from('abcd') }]);
  assert.deepEqual(new Set(damage.map(({ kind }) => kind)), new Set(['bytes-missing']));
});

test('a line without an end, and numbers that lie, do not fill the memory', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const folder = await RunFolder.create(path, null);
  folder.append(alive(1));
  folder.capture(0).add({ t: 1, baud: 9600, bytes: bytes('abc') });
  await folder.close();
  await writeFile(`${path}/events-0002.ndjson`, Buffer.alloc(20_000_000, 'x'));
  await writeFile(
    `${path}/events-0003.ndjson`,
    `{"kind":"alive","t":"soon"}\n{"kind":"new","t":1}\n${JSON.stringify(alive(2))}\n`,
  );
  await writeFile(
    `${path}/capture-0-0002.ndjson`,
    '{"t":9,"baud":9600,"at":0,"bytes":9007199254740991}\n{"t":9,"at":-1,"do":"flush"}\n',
  );
  await writeFile(`${path}/capture-0-0002.bin`, 'def');
  assert.deepEqual((await entriesIn(path)).items, [alive(1), alive(2)]);
  assert.equal(bytesOf((await captureIn(path, 0)).items), 'abcdef');
});

test(
  'killed between the copy and the removal of its original: one is kept, the one that holds more',
  LIMIT,
  async (t) => {
    const base = await emptyFolder(t);
    const sent = await night(`${base}/whole`);
    const zipped = 'capture-0-0001.bin.gz';
    const original = 'capture-0-0001.bin';
    for (const half of ['none', 'copy', 'original', 'draft'] as const) {
      const path = `${base}/${half}`;
      await cp(`${base}/whole`, path, { recursive: true });
      const copy = await readFile(`${path}/${zipped}`);
      const whole = gunzipSync(copy);
      await writeFile(`${path}/${original}`, whole);
      if (half === 'copy') await truncate(`${path}/${zipped}`, copy.length >> 1);
      if (half === 'original') await truncate(`${path}/${original}`, whole.length >> 1);
      if (half === 'draft') await rename(`${path}/${zipped}`, `${path}/${zipped}.tmp`);
      const { folder, damage } = await RunFolder.resume(path, SIZES);
      await folder.close();
      assert.deepEqual(damage, [], half);
      const names = await readdir(path);
      assert.ok(
        names.includes(zipped) && !names.includes(original) && !names.some((name) => name.endsWith('.tmp')),
        half,
      );
      assert.equal(bytesOf((await captureIn(path, 0)).items), sent, half);
    }
  },
);

test('a folder without its plan, or without anything but one segment, is resumed', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  await night(path);
  await unlink(`${path}/run.json`);
  await unlink(`${path}/run.copy.json`);
  const { folder, run, damage } = await RunFolder.resume(path);
  await folder.close();
  assert.equal(run, null);
  assert.deepEqual(
    damage.map(({ kind }) => kind),
    ['run-unreadable', 'run-unreadable'],
  );
});
