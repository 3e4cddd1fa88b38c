import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { IROM, makeImage, SAMPLE, sampleElf } from '../../test/symbols/elf-maker.js';
import type { CrashReport } from '../board/events.js';
import { isEspwatchError } from '../errors.js';
import { chooseSymbols, type WantedSymbols } from './choose.js';
import { buildOfBoard, type KnownBuild, recallFirmware, rememberBuild, rememberFlash } from './known-builds.js';

const MAC = '18:fe:34:a2:66:29';
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const CRASH: CrashReport = {
  kind: 'exception',
  exception: { number: 28, name: 'LoadProhibited' },
  registers: { epc1: SAMPLE.load, epc2: 0, epc3: 0, excvaddr: 0, depc: 0 },
  detail: null,
  stack: null,
  otherStacks: [],
  failedAlloc: null,
  complete: true,
};

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with an ELF and its image, remembered. */
async function built(
  t: TestContext,
  elf = sampleElf(),
): Promise<{ wanted: WantedSymbols; build: KnownBuild; bin: string }> {
  const folder = await temporary(t);
  const symbols = join(folder, 'sketch.elf');
  const bin = join(folder, 'sketch.bin');
  const image = makeImage(SAMPLE.entry, [{ address: IROM, bytes: SAMPLE.code }]);
  await writeFile(symbols, elf);
  await writeFile(bin, image);
  const build = { image: hash(image), symbols, symbolsSha256: hash(elf) };
  await rememberBuild(folder, build);
  return { wanted: { folder, mac: MAC, reports: [CRASH], signal: t.signal }, build, bin };
}

test('the build of what a board was flashed with last', async (t) => {
  const folder = await temporary(t);
  assert.deepEqual(await recallFirmware(folder), { builds: [], boards: [] });
  const build = (image: string, symbols: string): KnownBuild => ({ image, symbols, symbolsSha256: 'x' });
  await rememberBuild(folder, build('one', '/a.elf'));
  await rememberBuild(folder, build('two', '/b.elf'));
  await rememberFlash(folder, { mac: MAC.toUpperCase(), image: 'one' });
  const before = await recallFirmware(folder);
  assert.equal(buildOfBoard(before, MAC)?.symbols, '/a.elf');
  assert.equal(buildOfBoard(before, '00:00:00:00:00:00'), null);
  await rememberBuild(folder, build('one', '/c.elf'));
  await rememberFlash(folder, { mac: MAC, image: 'unknown' });
  const after = await recallFirmware(folder);
  assert.deepEqual(
    after.builds.map(({ symbols }) => symbols),
    ['/b.elf', '/c.elf'],
  );
  assert.equal(buildOfBoard(after, MAC), null);
  assert.deepEqual(await readdir(folder), ['firmware.json']);
});

test('memory is bounded, and what cannot be read is none', async (t) => {
  const folder = await temporary(t);
  const path = join(folder, 'firmware.json');
  const builds = Array.from({ length: 500 }, (_, i) => ({ image: `${i}`, symbols: '/a.elf', symbolsSha256: 'x' }));
  await writeFile(path, JSON.stringify({ schema: 1, builds, boards: [{ mac: 1 }, null, 'x'] }));
  await rememberBuild(folder, { image: 'new', symbols: '/n.elf', symbolsSha256: 'x' });
  const { builds: kept, boards } = await recallFirmware(folder);
  assert.deepEqual([kept.length, kept.at(-1)?.image, boards], [100, 'new', []]);
  for (const text of ['', '{', '[]', 'null', '{"schema":2,"builds":[]}', '{"schema":1,"builds":7}']) {
    await writeFile(path, text);
    assert.deepEqual(await recallFirmware(folder), { builds: [], boards: [] }, text);
  }
  await rm(path);
  await mkdir(path);
  await assert.rejects(rememberFlash(folder, { mac: MAC, image: 'x' }), (error) =>
    isEspwatchError(error, 'SYMBOLS_STATE'),
  );
});

test('the board that speaks in the log leads to its symbols', async (t) => {
  const { wanted, build } = await built(t);
  await rememberFlash(wanted.folder, { mac: MAC, image: build.image });
  assert.equal((await chooseSymbols(wanted))?.standing, 'board');
  assert.equal((await chooseSymbols({ ...wanted, elf: build.symbols }))?.standing, 'board');
});

test('another board leads nowhere: the newest build that fits is named as unproven', async (t) => {
  const { wanted } = await built(t);
  const chosen = await chooseSymbols(wanted);
  assert.equal(chosen?.standing, 'unproven');
  assert.match(chosen?.why ?? '', /was not proven/);
  const elsewhere = { ...CRASH, registers: { epc1: 0x40280000, epc2: 0, epc3: 0, excvaddr: 0, depc: 0 } };
  assert.equal(await chooseSymbols({ ...wanted, reports: [CRASH, elsewhere] }), null);
});

test('an ELF that was named is unproven, unless the image is there', async (t) => {
  const { wanted, build, bin } = await built(t);
  assert.equal((await chooseSymbols({ ...wanted, elf: build.symbols }))?.standing, 'unproven');
  assert.equal((await chooseSymbols({ ...wanted, elf: build.symbols, image: bin }))?.standing, 'image');
  assert.equal((await chooseSymbols({ ...wanted, image: bin }))?.standing, 'image');
});

test('an ELF of another image, one that changed since the build, an image that nobody built', async (t) => {
  const { wanted, build, bin } = await built(t);
  await rememberFlash(wanted.folder, { mac: MAC, image: build.image });
  await writeFile(build.symbols, sampleElf({ entry: 0x40100010 }));
  const mismatch = (error: unknown): boolean => isEspwatchError(error, 'SYMBOLS_MISMATCH');
  await assert.rejects(chooseSymbols({ ...wanted, elf: build.symbols, image: bin }), mismatch);
  await assert.rejects(chooseSymbols(wanted), mismatch);
  assert.match((await chooseSymbols({ ...wanted, elf: build.symbols }))?.why ?? '', /last flashed with another build/);
  await writeFile(bin, 'something else');
  await assert.rejects(chooseSymbols({ ...wanted, image: bin }), (error) => isEspwatchError(error, 'USAGE'));
  await assert.rejects(chooseSymbols({ ...wanted, image: `${bin}.not` }), (error) =>
    isEspwatchError(error, 'IMAGE_MISSING'),
  );
});
