import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SAMPLE, sampleElf } from '../../test/symbols/elf-maker.js';
import type { CrashReport } from '../board/events.js';
import { believedLines } from './believed.js';
import type { Chosen, Standing } from './choose.js';
import { openSymbols } from './symbols.js';

const [first = 0, second = 0] = SAMPLE.returns;

const crashAt = (epc1: number, words: readonly number[]): CrashReport => ({
  kind: 'exception',
  exception: { number: 28, name: 'LoadProhibited' },
  registers: { epc1, epc2: 0, epc3: 0, excvaddr: 0, depc: 0 },
  detail: null,
  stack: { context: 'cont', sp: null, end: null, offset: null, words },
  otherStacks: [],
  failedAlloc: null,
  complete: true,
});

async function chosen(t: TestContext, standing: Standing): Promise<Chosen> {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'sketch.elf');
  await writeFile(file, sampleElf());
  const here = { env: {}, home: folder, platform: process.platform };
  return { symbols: await openSymbols(file, t.signal, here), standing, why: 'It was not proven.' };
}

test('symbols of another firmware are named as such, also where the board was flashed with them last', async (t) => {
  for (const standing of ['board', 'unproven'] as const) {
    const lines = await believedLines(crashAt(0x40208000, [first, second]), await chosen(t, standing));
    assert.deepEqual(
      lines.map((line) => line.slice(0, 61)),
      ['Not decoded: sketch.elf is not the firmware that crashed. epc'],
    );
  }
});

test('symbols that fit are used; what is not proven, or fits badly, is said first', async (t) => {
  const good = crashAt(SAMPLE.load, [first, second]);
  const [top = ''] = await believedLines(good, await chosen(t, 'image'));
  assert.match(top, /^epc1 0x/);
  const [why, next = ''] = await believedLines(good, await chosen(t, 'unproven'));
  assert.equal(why, 'It was not proven.');
  assert.match(next, /^epc1 0x/);
  const poor = crashAt(SAMPLE.load, [first, second, 0x40208000, 0x40208010]);
  const [doubt = '', place = ''] = await believedLines(poor, await chosen(t, 'board'));
  assert.match(doubt, /^These symbols fit badly: /);
  assert.match(place, /^epc1 0x/);
});
