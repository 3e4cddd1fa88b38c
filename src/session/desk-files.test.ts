import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { browse, saveLog } from './desk-files.js';
import { LogStore } from './log-store.js';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'espwatch-desk-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('the chooser shows folders, then images in the order of people; nothing hidden, nothing else', async (t) => {
  const root = await folder(t);
  for (const name of ['b', '.git']) await mkdir(join(root, name));
  for (const name of ['fw10.bin', 'fw9.BIN', 'notes.txt', '.secret.bin']) await writeFile(join(root, name), '');
  await symlink(join(root, 'gone.bin'), join(root, 'dangling.bin'));
  await symlink(join(root, 'b'), join(root, 'a'));
  assert.deepEqual(
    (await browse(root)).map(({ name, folder: isFolder, path }) => [name, isFolder, path]),
    [
      ['a', true, join(root, 'a')],
      ['b', true, join(root, 'b')],
      ['fw9.BIN', false, join(root, 'fw9.BIN')],
      ['fw10.bin', false, join(root, 'fw10.bin')],
    ],
  );
  assert.deepEqual(await browse(join(root, 'nothing here')), []);
});

test('the log is saved with times and marks, and never over another file', async (t) => {
  const root = await folder(t);
  const log = new LogStore(2000);
  for (let i = 0; i < 2500; i++) log.push({ t: 0, kind: 'line', text: `line ${i}`, tone: 'plain' });
  log.push({ t: 0, kind: 'event', text: 'reset', tone: 'red' });
  log.push({ t: 0, kind: 'line', text: 'GetSensors', tone: 'sent' });
  const file = join(root, 'board.log');
  assert.deepEqual(await saveLog(log, file), { ok: true, text: `The log is in ${file}: 2000 lines.` });
  const lines = (await readFile(file, 'utf8')).split('\n');
  assert.equal(lines.length, 2001);
  assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d\.\d{3} line 502$/);
  assert.match(lines.at(-3) ?? '', / ── reset$/);
  assert.match(lines.at(-2) ?? '', / > GetSensors$/);
  const again = await saveLog(new LogStore(), file);
  assert.equal(again.ok, false);
  assert.match(again.text, /is there already: choose another name\.$/);
  assert.equal((await readFile(file, 'utf8')).split('\n').length, 2001);
  const nowhere = await saveLog(log, join(root, 'no', 'such', 'folder'));
  assert.equal(nowhere.ok, false);
  assert.match(nowhere.text, /could not be written/);
});
