import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BoardLedger, Finding, IncidentEntry, Ledger, LoopEntry, ResetEntry, Thresholds } from './ledger-types.js';
import { DEFAULT_THRESHOLDS, judge } from './verdict.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2024, 0, 1, 22);
const END = START + 7.9 * HOUR;
const NO_TARGET = { targetMtbfHours: null };

const QUIET: BoardLedger = {
  name: 'one',
  mac: null,
  mode: 'web-server',
  verdict: 'confirmed',
  watchedMs: 7.9 * HOUR,
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
  to: END,
  parts: 1,
  ended: 'done',
  boards: boards.map((board, i) => ({ ...QUIET, name: `board ${i + 1}`, ...board })),
  host: [],
  storage: [],
});

const reset = (number: number, facts: Partial<ResetEntry> = {}): ResetEntry => ({
  number,
  t: START + number * HOUR,
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
  ...facts,
});

const incident = (kind: IncidentEntry['kind'], at: number, lengthMs: number | null): IncidentEntry => ({
  kind,
  t: START + at,
  until: lengthMs === null ? null : START + at + lengthMs,
  detail: '',
});

const loop = (number: number, resets: number): LoopEntry => ({
  number,
  from: START + HOUR,
  to: START + 2 * HOUR,
  resets,
  perMinute: 5,
  cause: 'exception',
  open: false,
});

function finding(ledger: Ledger, threshold: keyof Thresholds, limits: Partial<Thresholds> = {}): Finding {
  const { findings, passed } = judge(ledger, { ...DEFAULT_THRESHOLDS, ...limits }, NO_TARGET);
  assert.equal(
    passed,
    findings.every((one) => one.passed),
  );
  const found = findings.filter((one) => one.threshold === threshold);
  assert.equal(found.length, 1, `${found.length} findings about ${threshold}`);
  return found[0] as Finding;
}

test('a quiet night passes every threshold that was asked for', () => {
  const verdict = judge(run({}), DEFAULT_THRESHOLDS, NO_TARGET);
  assert.equal(verdict.passed, true);
  assert.deepEqual(
    verdict.findings.map(({ threshold }) => threshold),
    ['resets', 'silenceMs', 'probeFailures', 'heapLossPerHour', 'contradictions'],
  );
  assert.deepEqual(verdict.heap, [{ board: 'board 1', trend: null }]);
});

test('a threshold of null is not held against anything', () => {
  const asked: Thresholds = { ...DEFAULT_THRESHOLDS, silenceMs: null, probeFailures: null, heapLossPerHour: null };
  const { findings } = judge(run({ incidents: [incident('silence', HOUR, HOUR)] }), asked, NO_TARGET);
  assert.deepEqual(
    findings.map(({ threshold }) => threshold),
    ['resets', 'contradictions'],
  );
});

describe('resets', () => {
  test('two are two too many', () => {
    assert.deepEqual(finding(run({ resets: [reset(1), reset(2)] }), 'resets'), {
      board: 'board 1',
      threshold: 'resets',
      passed: false,
      text: '2 uncommanded resets in 7.9 h; allowed 0.',
    });
  });

  test('as many as are allowed pass, on each board by itself', () => {
    const ledger = run({ resets: [reset(1), reset(2)] }, { resets: [reset(1), reset(2), reset(3)] });
    const { findings, rate } = judge(ledger, { ...DEFAULT_THRESHOLDS, resets: 2 }, NO_TARGET);
    const passed = findings.filter(({ threshold }) => threshold === 'resets').map((one) => one.passed);
    assert.deepEqual(passed, [true, false]);
    assert.equal(rate.events, 5);
    assert.ok(Math.abs(rate.hours - 15.8) < 1e-9);
  });

  test('commanded ones do not count', () => {
    const found = finding(run({ resets: [reset(1, { commanded: true }), reset(2, { commanded: true })] }), 'resets');
    assert.equal(found.text, 'No uncommanded reset in 7.9 h; allowed 0.');
    assert.equal(found.passed, true);
  });

  test('a loop counts once, however many of its resets are listed', () => {
    const listed = [1, 2, 3].map((number) => reset(number, { loop: 1 }));
    for (const resets of [listed, listed.slice(0, 1), []]) {
      const found = finding(run({ resets: [...resets, reset(9)], loops: [loop(1, 214)] }), 'resets');
      assert.equal(found.text, '2 uncommanded resets (1 boot loop of 214 resets counted once) in 7.9 h; allowed 0.');
    }
    const commanded = listed.map((one) => ({ ...one, commanded: true }));
    assert.equal(finding(run({ resets: commanded, loops: [loop(1, 3)] }), 'resets').passed, true);
  });

  test('those that the ledger had no room for count', () => {
    const none = {
      resets: 0,
      commandedResets: 0,
      loopResets: 0,
      loops: 0,
      incidents: 0,
      gaps: 0,
      modes: 0,
      crashes: 0,
    };
    const ledger = run({
      resets: [reset(1)],
      leftOut: { ...none, resets: 5, commandedResets: 7, loopResets: 9, loops: 2 },
    });
    assert.equal(judge(ledger, DEFAULT_THRESHOLDS, NO_TARGET).rate.events, 8);
  });

  test('a board that was not watched fails, and nothing else is said of it', () => {
    const verdict = judge(run({ watchedMs: 0 }), DEFAULT_THRESHOLDS, NO_TARGET);
    assert.deepEqual(verdict.findings, [
      {
        board: 'board 1',
        threshold: 'resets',
        passed: false,
        text: 'Not watched at all: nothing shows that it did not reset.',
      },
    ]);
    assert.equal(verdict.proves, 'Nothing was watched that could be heard, so the run shows nothing.');
  });

  test('a board that was never heard fails, also without a threshold for silence', () => {
    const mute = { mode: 'silent', verdict: 'unknown', probes: { ...QUIET.probes, answered: 0 } } as const;
    const ledger = run({ ...mute, resets: [reset(1, { commanded: true })] });
    const found = finding(ledger, 'resets', { silenceMs: null });
    assert.equal(found.passed, false);
    assert.equal(found.text, 'Never heard in 7.9 h: nothing shows that it did not reset.');
    assert.equal(finding(ledger, 'silenceMs').passed, false);
    // One sign of life is enough.
    const signs: readonly Partial<BoardLedger>[] = [
      { series: { rssi: { t: [START], v: [-60] } } },
      { probes: { ...QUIET.probes, answered: 1 } },
      { modes: [{ from: START, to: END, mode: 'access-point' }] },
    ];
    for (const sign of signs) assert.equal(finding(run({ ...mute, ...sign }), 'resets').passed, true);
  });

  test('a run without a board does not pass', () => {
    assert.equal(judge(run(), DEFAULT_THRESHOLDS, NO_TARGET).passed, false);
  });
});

describe('silence', () => {
  test('longer than allowed fails, shorter does not', () => {
    const long = finding(run({ incidents: [incident('silence', HOUR, 12 * MINUTE)] }), 'silenceMs');
    assert.equal(long.passed, false);
    assert.equal(long.text, 'Silent for 12 m 0 s; allowed 5 m 0 s.');
    const short = finding(run({ incidents: [incident('silence', HOUR, 4 * MINUTE)] }), 'silenceMs');
    assert.equal(short.passed, true);
    assert.equal(short.text, 'Silent for 4 m 0 s; allowed 5 m 0 s.');
    assert.equal(
      finding(run({}), 'silenceMs').text,
      'No silence was seen, but no telemetry that could fall silent either; allowed 5 m 0 s.',
    );
  });

  test('one that lasts is counted to the end of the run', () => {
    const found = finding(run({ incidents: [incident('silence', 6.9 * HOUR, null)] }), 'silenceMs');
    assert.equal(found.text, 'Silent for 1 h 0 m; allowed 5 m 0 s.');
  });

  test('time that was not watched is no silence, overlapping gaps are taken out once', () => {
    const gaps = [
      { from: START + HOUR + 2 * MINUTE, to: START + HOUR + 10 * MINUTE, reason: 'port-lost' },
      { from: START + HOUR + 5 * MINUTE, to: START + 2 * HOUR, reason: 'suspended' },
    ] as const;
    const found = finding(run({ gaps, incidents: [incident('silence', HOUR, 61 * MINUTE)] }), 'silenceMs');
    assert.equal(found.text, 'Silent for 3 m 0 s; allowed 5 m 0 s.');
  });
});

describe('probes', () => {
  const asked = (answered: number): Ledger => run({ probes: { ...QUIET.probes, answered } });

  test('a share of those asked', () => {
    assert.equal(finding(asked(476), 'probeFailures').passed, true);
    const over = finding(asked(468), 'probeFailures');
    assert.equal(over.passed, false);
    assert.equal(over.text, '12 of 480 probes without an answer (2.5 %); allowed 1 %.');
  });

  test('exactly the limit is allowed', () => {
    assert.equal(finding(asked(475), 'probeFailures', { probeFailures: 5 / 480 }).passed, true);
    assert.equal(finding(asked(474), 'probeFailures', { probeFailures: 5 / 480 }).passed, false);
  });

  test('none asked, none failed', () => {
    const none = run({ probes: { ...QUIET.probes, asked: 0, answered: 0 } });
    assert.equal(finding(none, 'probeFailures').text, 'No probe was asked, so none failed; allowed 1 %.');
    // A night of probes that were wanted and never possible shows nothing.
    const wanted = judge(none, DEFAULT_THRESHOLDS, { targetMtbfHours: null, probesWanted: true });
    assert.equal(wanted.passed, false);
    assert.match(
      wanted.findings.find((one) => one.threshold === 'probeFailures')?.text ?? '',
      /^No probe could be asked/,
    );
  });
});

describe('heap', () => {
  const falling = (perHour: number): Partial<BoardLedger> => {
    const t = Array.from({ length: 475 }, (_, i) => START + i * MINUTE);
    const v = t.map((time, i) => 40_000 - Math.round((perHour * (time - START)) / HOUR) - ((i * 7919) % 101));
    return { series: { heap: { t, v } } };
  };

  test('a loss beyond the limit fails with its interval and its end', () => {
    const found = finding(run(falling(2400)), 'heapLossPerHour');
    assert.equal(found.passed, false);
    assert.match(
      found.text,
      /^Free heap changes by -2\d{3} B\/h \(95 %: -2\d{3} to -2\d{3}\), used up in \d+ h \d+ m; allowed loss 500 B\/h\.$/,
    );
  });

  test('a loss within the limit passes, and its end is told', () => {
    const found = finding(run(falling(300)), 'heapLossPerHour');
    assert.equal(found.passed, true);
    assert.match(found.text, /used up in/);
  });

  test('without readings a trend is not held against the board, a wanted minimum is', () => {
    assert.equal(finding(run({}), 'heapLossPerHour').passed, true);
    const found = finding(run({}), 'minFreeHeap', { minFreeHeap: 20_000 });
    assert.equal(found.passed, false);
    assert.equal(found.text, 'No reading of the free heap; wanted at least 20000 B.');
  });

  test('the least reading counts', () => {
    const heap = { t: [START, START + 1, START + 2], v: [30_000, 18_240, 29_000] };
    const found = finding(run({ series: { heap } }), 'minFreeHeap', { minFreeHeap: 20_000 });
    assert.equal(found.passed, false);
    assert.equal(found.text, 'Least free heap 18240 B; wanted at least 20000 B.');
    assert.equal(finding(run({ series: { heap } }), 'minFreeHeap', { minFreeHeap: 18_240 }).passed, true);
  });
});

describe('contradictions', () => {
  test('each counts, resolved or not', () => {
    const incidents = [incident('contradiction', 2 * HOUR, 3 * MINUTE), incident('contradiction', 3 * HOUR, null)];
    const found = finding(run({ incidents }), 'contradictions');
    assert.equal(found.passed, false);
    assert.equal(found.text, '2 contradictions between serial output and network; allowed 0.');
    assert.equal(finding(run({ incidents }), 'contradictions', { contradictions: 2 }).passed, true);
    assert.equal(finding(run({}), 'contradictions').passed, true);
  });

  test('a board that ends contradicted counts once, with or without an incident', () => {
    for (const incidents of [[], [incident('contradiction', HOUR, null)]]) {
      const found = finding(run({ verdict: 'contradicted', incidents }), 'contradictions');
      assert.equal(found.text, '1 contradiction between serial output and network; allowed 0.');
    }
  });
});

test('rate, proof and hours for the target come with it', () => {
  const { proves, rate, hoursForTarget } = judge(run({}, {}, {}, {}), DEFAULT_THRESHOLDS, { targetMtbfHours: 168 });
  assert.match(proves, /^No reset in 31\.6 board-hours .* takes 504 board-hours without a reset\.$/);
  assert.ok(Math.abs(rate.high - 2.995732 / 31.6) < 1e-7);
  assert.ok(Math.abs((hoursForTarget ?? 0) - 503.283) < 0.001);
  assert.equal(judge(run({}), DEFAULT_THRESHOLDS, NO_TARGET).hoursForTarget, null);
});
