import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import stringWidth from 'string-width';
import { loadReportAssets } from '../../src/soak/report/assets.js';
import { htmlReport } from '../../src/soak/report/html.js';
import { jsonReport } from '../../src/soak/report/json.js';
import { junitReport } from '../../src/soak/report/junit.js';
import { markdownReport } from '../../src/soak/report/markdown.js';
import { terminalReport } from '../../src/soak/report/terminal.js';
import { ROOT } from '../support/peers.js';
import { hostileSoak } from './hostile-soak.js';
import { sampleSoak } from './sample-soak.js';

const schema = JSON.parse(readFileSync(join(ROOT, 'docs/schemas/soak-report.schema.json'), 'utf8')) as object;
const valid = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);

/** As a program gets it: through text. */
function throughText(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('JSON: the report keeps to its published schema', () => {
  for (const soak of [sampleSoak(), hostileSoak(), { ...sampleSoak(), frames: null }]) {
    assert.ok(valid(throughText(jsonReport(soak))), JSON.stringify(valid.errors?.slice(0, 3)));
  }
});

test('JSON: a rate without upper bound is null, and keeps to the schema', () => {
  const soak = sampleSoak();
  const rate = { ...soak.verdict.rate, hours: 0, perHour: Number.NaN, high: Number.POSITIVE_INFINITY };
  const report = jsonReport({ ...soak, verdict: { ...soak.verdict, rate } });
  assert.deepEqual([report.verdict.rate.perHour, report.verdict.rate.high], [null, null]);
  assert.ok(valid(throughText(report)));
});

test('JSON: the schema refuses what is missing, unknown or of the wrong kind', () => {
  const report = throughText(jsonReport(sampleSoak())) as {
    ledger: { boards: Record<string, unknown>[] };
    [key: string]: unknown;
  };
  assert.ok(!valid({ ...report, schema: 'espwatch.soak/2' }));
  assert.ok(!valid({ ...report, extra: 1 }));
  assert.ok(!valid({ ...report, verdict: undefined }));
  const [board = {}] = report.ledger.boards;
  assert.ok(!valid({ ...report, ledger: { ...report.ledger, boards: [{ ...board, mode: 'asleep' }] } }));
});

test('terminal: verdict first, and no line is wider than 80 columns', () => {
  assert.match(terminalReport(sampleSoak()), /^FAILED {2}6 of 24 thresholds missed\n/);
  for (const soak of [sampleSoak(), hostileSoak()]) {
    const wide = terminalReport(soak)
      .split('\n')
      .filter((line) => stringWidth(line) > 80);
    assert.deepEqual(wide, []);
  }
});

test('terminal: colours change no text', () => {
  const painted = terminalReport(sampleSoak(), (style, text) => `{${style}:${text}}`);
  assert.equal(painted.replace(/\{\w+:/g, '').replace(/\}/g, ''), terminalReport(sampleSoak()));
  assert.match(painted, /^\{bold:\{red:FAILED\}\}/);
});

test('terminal: what was commanded is counted and not told one by one', () => {
  const text = terminalReport(sampleSoak());
  assert.match(text, /besides: 34 commanded resets and mode changes/);
  assert.doesNotMatch(text, /EN line/);
});

test('every format says what was not watched', () => {
  for (const text of [terminalReport(sampleSoak()), markdownReport(sampleSoak())]) {
    assert.match(text, /cellar\S*\s+03:00:00 to 03:20:00, 20 m 0 s: the port was gone/);
  }
});

test('a run that failed without a missed threshold says so', () => {
  const soak = sampleSoak();
  const verdict = { ...soak.verdict, findings: soak.verdict.findings.filter((f) => f.passed) };
  const ledger = { ...soak.ledger, ended: 'failed' as const };
  assert.match(
    terminalReport({ ...soak, verdict, ledger }),
    /^FAILED {2}the run failed, though no threshold of 18 was missed\n/,
  );
});

test('what passed until it was cut short is called not finished', () => {
  const soak = sampleSoak();
  const verdict = { ...soak.verdict, passed: true, findings: soak.verdict.findings.filter((f) => f.passed) };
  for (const ended of ['stopped', null] as const) {
    const input = { ...soak, verdict, ledger: { ...soak.ledger, ended } };
    assert.match(terminalReport(input), /^NOT FINISHED {2}every threshold holds/);
    assert.match(markdownReport(input), /^## Soak not finished: /);
    const page = htmlReport(input, loadReportAssets());
    assert.match(page, /<title>Not finished: /);
    assert.match(page, /<section class="verdict bad"/);
    assert.match(
      junitReport(input),
      /<testcase name="run"[^>]*>\s*<failure message="every threshold holds[^"]*; the run: /,
    );
  }
  const done = { ...soak, verdict };
  assert.match(terminalReport(done), /^PASSED /);
  assert.doesNotMatch(junitReport(done), /<failure/);
});

test('what a gap did to the board is told in every format', () => {
  const soak = sampleSoak();
  for (const [restarted, words] of [
    [true, 'the board restarted meanwhile'],
    [false, 'the board ran through it'],
  ] as const) {
    const boards = soak.ledger.boards.map((one) => ({ ...one, gaps: one.gaps.map((gap) => ({ ...gap, restarted })) }));
    const input = { ...soak, ledger: { ...soak.ledger, boards } };
    for (const text of [terminalReport(input), markdownReport(input), htmlReport(input, loadReportAssets())]) {
      assert.ok(text.replace(/\s+/g, ' ').includes(words), words);
    }
    for (const line of terminalReport(input).split('\n')) assert.ok(line.length <= 80, line);
  }
});

test('times are those of the named zone', () => {
  const soak = { ...sampleSoak(), timeZone: 'America/New_York' };
  assert.match(
    terminalReport(soak),
    /Tue 12 Mar 2024 17:00:00 to Wed 13 Mar 2024 01:00:00\s+\(America\/New_York,\s+UTC-04:00\)/,
  );
});
