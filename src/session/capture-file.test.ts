import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Capture } from './capture.js';
import { type CaptureRecord, readCaptureFile } from './capture-file.js';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'espwatch-capture-file-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

async function read(file: string): Promise<CaptureRecord[]> {
  const records: CaptureRecord[] = [];
  for await (const record of readCaptureFile(file, 115_200)) records.push(record);
  return records;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test('a capture comes back as it was kept: bytes, times, speeds, steps of the parser', async (t) => {
  const file = join(await folder(t), 'board.cap');
  const records: CaptureRecord[] = [
    { t: 1.5, baud: 74_880, bytes: bytes(1, 2, 3) },
    { t: 2, do: 'flush-lines' },
    { t: 3, baud: 115_200, bytes: bytes(0, 255) },
    { t: 4, do: 'flush' },
  ];
  const capture = await Capture.open(file);
  for (const record of records) 'do' in record ? capture.step(record) : capture.add(record);
  await capture.close();
  assert.deepEqual(await read(file), records);

  // The last line of the index is cut off: its bytes are there, with the time of those before.
  const index = `${file}.index.ndjson`;
  const text = await readFile(index, 'utf8');
  await truncate(index, text.indexOf('{"t":3') + 10);
  assert.deepEqual(await read(file), [...records.slice(0, 2), { t: 1.5, baud: 74_880, bytes: bytes(0, 255) }]);

  // The bytes are cut off: nothing is invented.
  await writeFile(index, text);
  await truncate(file, 4);
  assert.deepEqual(await read(file), [
    ...records.slice(0, 2),
    { t: 3, baud: 115_200, bytes: bytes(0) },
    { t: 4, do: 'flush' },
  ]);
});

test('any log is a capture without times, in pieces', async (t) => {
  const file = join(await folder(t), 'log.txt');
  await writeFile(file, 'x'.repeat(200_000));
  const records = await read(file);
  assert.ok(records.length > 1);
  assert.ok(records.every((record) => record.t === 0 && 'bytes' in record && record.baud === 115_200));
  assert.equal(
    records.reduce((sum, record) => sum + ('bytes' in record ? record.bytes.length : 0), 0),
    200_000,
  );
});

test('a file that is not there is a usage error', async (t) => {
  await assert.rejects(read(join(await folder(t), 'none')), { code: 'USAGE' });
});
