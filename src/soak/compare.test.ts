import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRuns } from './compare.js';
import type { BoardLedger, CrashGroup, Ledger, ResetEntry } from './ledger-types.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2024, 0, 1, 22);

const BOARD: BoardLedger = {
  name: 'one',
  mac: null,
  mode: 'web-server',
  verdict: 'confirmed',
  watchedMs: 8 * HOUR,
  gaps: [],
  resets: [],
  loops: [],
  incidents: [],
  crashGroups: [],
  probes: { asked: 480, answered: 480, byOutcome: { answered: 480 }, rtt: null, longestFailureMs: 0 },
  series: {},
  modes: [],
};

const run = (...boards: readonly Partial<BoardLedger>[]): Ledger => ({
  from: START,
  to: START + 8 * HOUR,
  parts: 1,
  ended: 'done',
  boards: boards.map((board) => ({ ...BOARD, ...board })),
  host: [],
  storage: [],
});

const resets = (count: number): ResetEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    number: i + 1,
    t: START + (i + 1) * MINUTE,
    cause: 'exception',
    confidence: 1,
    commanded: false,
    uptimeMs: null,
    evidence: [],
    crash: null,
    signature: null,
    loop: null,
    mode: 'web-server',
    before: [],
    after: [],
  }));

const heap = (perHour: number): Partial<BoardLedger> => {
  const t = Array.from({ length: 480 }, (_, i) => START + i * MINUTE);
  return {
    series: { heap: { t, v: t.map((time, i) => 40_000 - (perHour * (time - START)) / HOUR - ((i * 7919) % 101)) } },
  };
};

const crash = (signature: string, count: number): CrashGroup => ({
  signature,
  title: `crash ${signature}`,
  count,
  first: START,
  last: START,
  example: {
    kind: 'exception',
    exception: null,
    registers: null,
    detail: null,
    stack: null,
    otherStacks: [],
    failedAlloc: null,
    complete: true,
  },
});

test('the same run twice cannot be told apart', () => {
  const ledger = run({ resets: resets(3), crashGroups: [crash('a', 3)], ...heap(100) });
  const comparison = compareRuns(ledger, ledger);
  assert.equal(comparison.overall, 'not-distinguishable');
  assert.equal(comparison.text, 'The two runs cannot be told apart.');
  assert.equal(comparison.resets.pValue, 1);
  assert.equal(comparison.resets.ratio.value, 1);
  assert.equal(comparison.probes.pValue, 1);
  assert.deepEqual(
    comparison.crashes.map(({ change, pValue }) => [change, pValue]),
    [['both', 1]],
  );
});

test('six resets in a night, then none: better, p = 2 / 64', () => {
  const { overall, text, resets: found } = compareRuns(run({ resets: resets(6) }), run({}));
  assert.equal(found.outcome, 'better');
  assert.ok(Math.abs(found.pValue - 2 / 64) < 1e-12);
  assert.equal(found.ratio.value, 0);
  // Closed form: with none of six, p < 1 - 0.025^(1/6).
  const share = 1 - 0.025 ** (1 / 6);
  assert.ok(Math.abs((found.ratio.high ?? 0) - share / (1 - share)) < 1e-9);
  assert.equal(
    found.text,
    'Uncommanded resets: 6 in 8.0 h before, 0 in 8.0 h now: better (p = 0.031; rate ratio 0, 95 %: 0 to 0.85).',
  );
  assert.equal(overall, 'better');
  assert.equal(text, 'The second run is better: resets better.');
});

test('five resets, then none: not distinguishable, p = 2 / 32', () => {
  const { resets: found } = compareRuns(run({ resets: resets(5) }), run({}));
  assert.equal(found.outcome, 'not-distinguishable');
  assert.ok(Math.abs(found.pValue - 2 / 32) < 1e-12);
});

test('it is the watched time that counts', () => {
  const found = compareRuns(run({ resets: resets(2) }), run({ resets: resets(8), watchedMs: 80 * HOUR })).resets;
  assert.equal(found.outcome, 'not-distinguishable');
  assert.ok(Math.abs((found.ratio.value ?? 0) - 0.4) < 1e-12);
  const worse = compareRuns(run({ resets: resets(2), watchedMs: 80 * HOUR }), run({ resets: resets(8) })).resets;
  assert.equal(worse.outcome, 'worse');
  assert.match(worse.text, /: worse \(p < 0\.001; rate ratio 40, /);
});

test('from none to six: the ratio has no upper end', () => {
  const found = compareRuns(run({}), run({ resets: resets(6) })).resets;
  assert.equal(found.outcome, 'worse');
  assert.equal(found.ratio.value, null);
  assert.match(found.text, /rate ratio 95 %: 1\.1\d to unlimited\)\.$/);
});

test('a run that watched nothing tells nothing', () => {
  const found = compareRuns(run({ resets: resets(6) }), run({ watchedMs: 0 }));
  assert.equal(found.resets.outcome, 'not-distinguishable');
  assert.match(found.resets.text, /B watched nothing, so nothing can be told\.$/);
  assert.match(compareRuns(run({}), run({})).resets.text, /not distinguishable, as neither run had one\.$/);
});

test('heap: a leak that came, one that went, one that stayed', () => {
  const outcome = (before: number, now: number) => compareRuns(run(heap(before)), run(heap(now))).heap[0]?.outcome;
  assert.equal(outcome(0, 2400), 'worse');
  assert.equal(outcome(2400, 0), 'better');
  assert.equal(outcome(2400, 2401), 'not-distinguishable');
  const none = compareRuns(run(heap(0)), run({})).heap[0];
  assert.equal(none?.outcome, 'not-distinguishable');
  assert.equal(none?.text, 'Heap of one: too few readings in B to compare.');
});

test('boards are matched by MAC, then by name, and the only one is the same', () => {
  const [x, y] = ['5c:cf:7f:00:00:01', '5c:cf:7f:00:00:02'];
  const swapped = compareRuns(
    run({ name: 'p1', mac: x, ...heap(2400) }, { name: 'p2', mac: y, ...heap(0) }),
    run({ name: 'p1', mac: y, ...heap(0) }, { name: 'p2', mac: x, ...heap(2400) }),
  );
  assert.deepEqual(
    swapped.heap.map(({ outcome }) => outcome),
    ['not-distinguishable', 'not-distinguishable'],
  );
  const named = compareRuns(run({ name: 'p1' }, { name: 'p2' }), run({ name: 'p2' }, { name: 'p3' }));
  assert.deepEqual(
    named.heap.map(({ board }) => board),
    ['p2'],
  );
  assert.deepEqual([named.onlyInA, named.onlyInB], [['p1'], ['p3']]);
  const only = compareRuns(run({ name: 'p1' }), run({ name: 'p9' }));
  assert.deepEqual([only.heap.length, only.onlyInA, only.onlyInB], [1, [], []]);
});

test('probe failures: Fisher, over all boards', () => {
  const probes = (answered: number) => ({ probes: { ...BOARD.probes, answered } });
  const worse = compareRuns(run(probes(478)), run(probes(460)));
  assert.equal(worse.probes.outcome, 'worse');
  assert.match(worse.probes.text, /^Probe failures: 2 of 480 before, 20 of 480 now: worse \(p < 0\.001\)\.$/);
  assert.equal(compareRuns(run(probes(478)), run(probes(476))).probes.outcome, 'not-distinguishable');
  const none = compareRuns(run({ probes: { ...BOARD.probes, asked: 0, answered: 0 } }), run({}));
  assert.equal(none.probes.pValue, null);
  assert.equal(none.probes.text, 'Probe failures: no probe in A, nothing to compare.');
});

test('better in one respect and worse in another is mixed', () => {
  const { overall, text } = compareRuns(run({ resets: resets(8), ...heap(0) }), run(heap(2400)));
  assert.equal(overall, 'mixed');
  assert.equal(text, 'The second run is better and worse: resets better, heap worse on 1 board.');
});

test('crash signatures: new, in both, gone, added up over the boards', () => {
  const a = run(
    { crashGroups: [crash('old', 8), crash('stays', 1)] },
    { name: 'two', crashGroups: [crash('stays', 2)] },
  );
  const b = run({ crashGroups: [crash('stays', 4), crash('fresh', 1)] }, { name: 'two' });
  assert.deepEqual(
    compareRuns(a, b).crashes.map(({ signature, change, a: before, b: now }) => [signature, change, before, now]),
    [
      ['fresh', 'new', 0, 1],
      ['stays', 'both', 3, 4],
      ['old', 'gone', 8, 0],
    ],
  );
  assert.deepEqual(
    compareRuns(a, b).crashes.map(({ text }) => text),
    [
      'crash fresh: new, 0 before, 1 now (p = 1.00, may be chance).',
      'crash stays: in both runs, 3 before, 4 now (p = 1.00, may be chance).',
      'crash old: gone, 8 before, 0 now (p = 0.008).',
    ],
  );
});
