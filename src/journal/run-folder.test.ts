import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { VirtualClock } from '../clock.js';
import { alive, bytes, bytesOf, captureIn, emptyFolder, entriesIn, FaultyDisk } from './bench.test.helper.js';
import type { JournalEntry } from './entry.js';
import { RunFolder } from './run-folder.js';

const LIMIT = { timeout: 60_000 };

const unparsed: JournalEntry = {
  kind: 'event',
  board: 1,
  event: { type: 'unparsed', bytes: Uint8Array.of(0, 255, 10, 13), seq: 7, t: 12.25, source: 'serial' },
};
const text: JournalEntry = {
  kind: 'event',
  board: 0,
  event: { type: 'text', text: 'Grüße \u2028 "\\ \n', ended: true, seq: 8, t: 1e12 + 0.1, source: 'serial' },
};

test('what goes in comes out, in order', LIMIT, async (t) => {
  const path = `${await emptyFolder(t)}/night/one`;
  const folder = await RunFolder.create(path, { plan: { hours: 8 } });
  const entries: JournalEntry[] = [
    {
      kind: 'begin',
      t: 1.5,
      part: 1,
      boards: [
        { name: 'sim:', seq: 0 },
        { name: '/dev/ttyUSB0', seq: 0 },
      ],
    },
    unparsed,
    text,
    { kind: 'end', t: 9, why: 'done' },
  ];
  for (const entry of entries) folder.append(entry);
  folder.capture(0).add({ t: 1.125, baud: 74_880, bytes: bytes('ets Jan') });
  folder.capture(0).step({ t: 2, do: 'flush-lines' });
  folder.capture(1).add({ t: 2.5, baud: 115_200, bytes: bytes('\x00\xff\n') });
  folder.capture(0).add({ t: 3, baud: 115_200, bytes: bytes(' 8 2013\r\n') });
  folder.capture(0).step({ t: 4, do: 'flush' });
  await folder.close();

  assert.deepEqual(await entriesIn(path), { items: entries, damage: [] });
  assert.deepEqual(await captureIn(path, 0), {
    items: [
      { t: 1.125, baud: 74_880, bytes: Buffer.from('ets Jan') },
      { t: 2, do: 'flush-lines' },
      { t: 3, baud: 115_200, bytes: Buffer.from(' 8 2013\r\n') },
      { t: 4, do: 'flush' },
    ],
    damage: [],
  });
  assert.equal(bytesOf((await captureIn(path, 1)).items), '\x00\xff\n');
  assert.deepEqual((await captureIn(path, 2)).items, []);
  assert.deepEqual(JSON.parse(await readFile(`${path}/run.json`, 'utf8')), { plan: { hours: 8 } });
  assert.deepEqual((await readdir(path)).sort(), [
    'capture-0-0001.bin',
    'capture-0-0001.ndjson',
    'capture-1-0001.bin',
    'capture-1-0001.ndjson',
    'events-0001.ndjson',
    'run.copy.json',
    'run.json',
  ]);
});

test('bytes are copied: the caller may use its buffer again', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const folder = await RunFolder.create(path, null);
  const buffer = bytes('abc');
  folder.capture(0).add({ t: 1, baud: 9600, bytes: buffer });
  buffer.fill(0);
  await folder.close();
  assert.equal(bytesOf((await captureIn(path, 0)).items), 'abc');
});

test('segments are rotated by size and compressed, and read as one', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const folder = await RunFolder.create(path, null, { captureSegmentBytes: 2000, eventSegmentBytes: 500 });
  let sent = '';
  for (let i = 0; i < 200; i++) {
    const line = `line ${i} of a board that talks ${'.'.repeat(i % 40)}\r\n`;
    sent += line;
    folder.capture(3).add({ t: i, baud: 115_200, bytes: bytes(line) });
    folder.append(alive(i));
    if (i % 10 === 9) await folder.drained();
  }
  await folder.close();

  const names = await readdir(path);
  const zipped = names.filter((name) => name.endsWith('.gz'));
  assert.ok(zipped.filter((name) => /^capture-3-\d{4}\.bin\.gz$/.test(name)).length > 3, names.join(' '));
  assert.ok(zipped.filter((name) => /^capture-3-\d{4}\.ndjson\.gz$/.test(name)).length > 3);
  assert.ok(zipped.filter((name) => /^events-\d{4}\.ndjson\.gz$/.test(name)).length > 3);
  for (const name of zipped) assert.ok(!names.includes(name.slice(0, -3)), `${name} beside its original`);
  assert.ok(!names.some((name) => name.endsWith('.tmp')));
  // Any gunzip reads them.
  assert.match(gunzipSync(await readFile(`${path}/capture-3-0001.bin.gz`)).toString(), /^line 0 of .*\n$/s);

  const capture = await captureIn(path, 3);
  assert.equal(bytesOf(capture.items), sent);
  assert.deepEqual(capture.damage, []);
  assert.deepEqual(
    capture.items.map(({ t }) => t),
    Array.from({ length: 200 }, (_, i) => i),
  );
  assert.deepEqual(
    (await entriesIn(path)).items,
    Array.from({ length: 200 }, (_, i) => alive(i)),
  );
});

test('what comes is handed over within 250 ms, and synced within 2 s more', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const clock = new VirtualClock();
  const disk = new FaultyDisk();
  const seen: string[] = [];
  let heard = (): void => {};
  disk.fault = (call, name) => {
    if (call === 'write' || call === 'sync') seen.push(`${call} ${name}`);
    heard();
    return null;
  };
  const until = async (what: string): Promise<void> => {
    while (!seen.includes(what)) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  const folder = await RunFolder.create(path, null, { clock, disk });
  seen.length = 0;
  folder.capture(0).add({ t: 1, baud: 9600, bytes: bytes('a') });
  folder.append(alive(1));
  assert.deepEqual(seen, []);
  assert.ok((clock.nextDue() ?? Number.POSITIVE_INFINITY) <= 200);
  await clock.advance(200);
  await until('write events-0001.ndjson');
  assert.deepEqual(seen, ['write capture-0-0001.bin', 'write capture-0-0001.ndjson', 'write events-0001.ndjson']);
  await folder.drained();
  await clock.advance(2_000);
  await until('sync events-0001.ndjson');
  await folder.close();
});

test('an urgent entry does not wait', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const disk = new FaultyDisk();
  const folder = await RunFolder.create(path, null, { clock: new VirtualClock(), disk });
  const written = new Promise<void>((resolve) => {
    disk.fault = (call, name) => {
      if (call === 'write' && name === 'events-0001.ndjson') resolve();
      return null;
    };
  });
  folder.append(alive(1), { urgent: true });
  await written;
  await folder.close();
});

test('a run is read while it is being written: whole entries only, and no damage', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const folder = await RunFolder.create(path, null, { captureSegmentBytes: 3000, eventSegmentBytes: 700 });
  let sent = '';
  let seen = 0;
  const read = async (): Promise<void> => {
    const [entries, capture] = await Promise.all([entriesIn(path), captureIn(path, 0)]);
    assert.deepEqual([...entries.damage, ...capture.damage], []);
    assert.deepEqual(
      entries.items,
      entries.items.map((_, i) => alive(i)),
    );
    assert.ok(sent.startsWith(bytesOf(capture.items)));
    assert.ok(entries.items.length >= seen);
    seen = entries.items.length;
  };
  for (let i = 0; i < 60; i++) {
    const reading = read();
    for (let j = 0; j < 10; j++) {
      const line = `${i}.${j} some words of a board\n`;
      sent += line;
      folder.capture(0).add({ t: i, baud: 9600, bytes: bytes(line) });
      folder.append(alive(i * 10 + j));
      await folder.drained();
    }
    await reading;
  }
  assert.ok(seen > 0);
  await folder.close();
  await read();
  assert.equal(seen, 600);
});

test('a folder is written by one at a time, and holds one run', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  await assert.rejects(RunFolder.resume(path), { code: 'JOURNAL_MISSING' });
  await assert.rejects(RunFolder.resume(`${path}/none`), { code: 'JOURNAL_MISSING' });
  const folder = await RunFolder.create(path, { a: 1 });
  await assert.rejects(RunFolder.create(path, null), { code: 'JOURNAL_BUSY' });
  await assert.rejects(RunFolder.resume(path), { code: 'JOURNAL_BUSY' });
  await folder.close();
  await folder.close();
  await assert.rejects(RunFolder.create(path, null), { code: 'JOURNAL_EXISTS' });
  const { folder: again, run, damage } = await RunFolder.resume(path);
  assert.deepEqual([run, damage], [{ a: 1 }, []]);
  await again.close();
  await assert.rejects(RunFolder.create(`${path}/run.json/below`, null), { code: 'JOURNAL_WRITE' });
  await assert.rejects(RunFolder.resume(`${path}/run.json`), { code: 'JOURNAL_MISSING' });
});

test('a resumed run goes on in new segments', LIMIT, async (t) => {
  const path = await emptyFolder(t);
  const first = await RunFolder.create(path, null);
  first.append(alive(1));
  first.capture(0).add({ t: 1, baud: 9600, bytes: bytes('one ') });
  await first.close();
  const before = await readFile(`${path}/capture-0-0001.bin`);
  const { folder } = await RunFolder.resume(path);
  folder.append(alive(2));
  folder.capture(0).add({ t: 2, baud: 9600, bytes: bytes('two') });
  await folder.close();
  assert.equal(bytesOf((await captureIn(path, 0)).items), 'one two');
  assert.deepEqual((await entriesIn(path)).items, [alive(1), alive(2)]);
  // The old one was complete: it is compressed now.
  assert.deepEqual(gunzipSync(await readFile(`${path}/capture-0-0001.bin.gz`)), before);
  await stat(`${path}/capture-0-0002.bin`);
});
