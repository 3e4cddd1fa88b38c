import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './plan.js';
import { durationOf, parsePlanFile } from './plan-file.js';

test('times as people write them', () => {
  const times: readonly (readonly [string, number | null])[] = [
    ['8h', 28_800_000],
    ['1h30m', 5_400_000],
    ['45', 45_000],
    ['1.5s', 1_500],
    ['250ms', 250],
    ['2d', 172_800_000],
    ['', null],
    ['8 h', null],
    ['h', null],
    ['-1s', null],
    ['1h30', null],
  ];
  for (const [text, ms] of times) assert.equal(parseDuration(text), ms, text);
});

test('"none" is no time at all, nothing is a usage error', () => {
  assert.equal(durationOf('--silence', 'none'), null);
  for (const text of ['0', '0s', 'soon']) assert.throws(() => durationOf('--silence', text), { code: 'USAGE' });
});

test('a plan file is held against its schema; the error names the place', () => {
  const plan = { ports: ['/dev/ttyUSB0'], for: '8h', thresholds: { resets: 1, silence: 'none', minFreeHeap: null } };
  assert.deepEqual(parsePlanFile(JSON.stringify(plan)), plan);
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['{', /no JSON/],
    ['{"ports":[]}', /ports must NOT have fewer than 1/],
    ['{"for":"8 hours"}', /for must match pattern/],
    ['{"treshold":{}}', /additional properties: treshold/],
    ['{"thresholds":{"probeFailures":2}}', /thresholds\.probeFailures must be <= 1/],
    ['[]', /it must be object/],
  ];
  for (const [text, message] of wrong) assert.throws(() => parsePlanFile(text), { code: 'USAGE', message }, text);
});
