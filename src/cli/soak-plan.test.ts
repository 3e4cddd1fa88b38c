import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_THRESHOLDS } from '../soak/verdict.js';
import { soakPlan } from './soak-plan.js';

const one = async (): Promise<readonly string[]> => ['/dev/ttyUSB0'];

test('without a word: the board that is plugged in, for a night, with the thresholds of the verdict', async () => {
  assert.deepEqual(await soakPlan({ port: [] }, one), {
    schema: 'espwatch.soak-plan/1',
    ports: ['/dev/ttyUSB0'],
    baud: 115_200,
    durationMs: 28_800_000,
    probeEveryMs: 60_000,
    cycleModesMs: null,
    telemetry: 'auto',
    thresholds: DEFAULT_THRESHOLDS,
    targetMtbfHours: null,
  });
});

test('options go before the file, the file before what is usual', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-plan-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'soak.json');
  await writeFile(
    file,
    JSON.stringify({
      ports: ['COM5', 'COM6'],
      for: '2h',
      probeEvery: 'none',
      targetMtbf: '7d',
      thresholds: { resets: 2, probeFailures: 0.2, heapLossPerHour: null, silence: '10m' },
    }),
  );
  const plan = await soakPlan({ port: [], plan: file, for: '90m', maxProbeFailures: 5, minHeap: 4096 }, one);
  assert.deepEqual(plan.ports, ['COM5', 'COM6']);
  assert.deepEqual([plan.durationMs, plan.probeEveryMs, plan.targetMtbfHours], [5_400_000, null, 168]);
  assert.deepEqual(plan.thresholds, {
    resets: 2,
    silenceMs: 600_000,
    probeFailures: 0.05,
    heapLossPerHour: null,
    minFreeHeap: 4096,
    contradictions: 0,
  });
  const named = await soakPlan({ port: ['sim:'], plan: file, silence: 'none' }, one);
  assert.deepEqual([named.ports, named.thresholds.silenceMs], [['sim:'], null]);
});

test('what cannot be is a usage error', async () => {
  for (const options of [{ for: 'none' }, { for: '30d' }, { probeEvery: 'often' }, { plan: '/nowhere/soak.json' }]) {
    await assert.rejects(soakPlan({ port: ['sim:'], ...options }, one), { code: 'USAGE' });
  }
});
