import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../test/support/random.js';
import type { BoardLedger, ResetEntry, Series } from '../ledger-types.js';
import { heapTrend } from './heap-trend.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2024, 0, 1, 22);

const reset = (t: number, number: number): ResetEntry => ({
  number,
  t,
  cause: 'software-watchdog',
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
});

function board(heap: Series, facts: Partial<BoardLedger> = {}): BoardLedger {
  return {
    name: 'one',
    mac: null,
    mode: 'web-server',
    verdict: 'confirmed',
    watchedMs: 8 * HOUR,
    gaps: [],
    resets: [reset(START, 1)],
    loops: [],
    incidents: [],
    crashGroups: [],
    probes: { asked: 0, answered: 0, byOutcome: {}, rtt: null, longestFailureMs: 0 },
    series: { heap },
    modes: [],
    ...facts,
  };
}

/** A reading every ten seconds; `level` gets the time since START in ms. Pages that are served take heap for a moment. */
function readings(hours: number, level: (ms: number) => number): Series {
  const t: number[] = [];
  const v: number[] = [];
  for (let ms = 0; ms <= hours * HOUR; ms += 10_000) {
    t.push(START + ms);
    const busy = (ms / 10_000) % 7 === 0 ? 4_000 : 0;
    v.push(Math.round(level(ms)) - busy - (((ms / 10_000) * 7919) % 97));
  }
  return { t, v };
}

test('a leak of 40 B a minute, and when it will be used up', () => {
  const trend = heapTrend(board(readings(8, (ms) => 40_000 - (40 * ms) / MINUTE)));
  assert.ok(trend);
  assert.ok(Math.abs(trend.slope + 2400) < 10, `${trend.slope}`);
  assert.ok(trend.low <= -2400 && trend.high >= -2400 && trend.high < -2300, `${trend.low} ${trend.high}`);
  // 20,800 B are left, at 2400 B/h.
  assert.ok(Math.abs((trend.exhaustedInMs ?? 0) / HOUR - 20_800 / 2400) < 0.1, `${trend.exhaustedInMs}`);
  // Blocks of ten minutes.
  assert.equal(trend.samples, 47);
});

test('noise around a level is no leak', () => {
  const trend = heapTrend(board(readings(8, () => 40_000)));
  assert.ok(trend);
  assert.ok(trend.low <= 0 && trend.high >= 0, `${trend.low} ${trend.high}`);
  assert.equal(trend.exhaustedInMs, null);
});

test('a heap that resets refill falls as fast as between them', () => {
  const every = 90 * MINUTE;
  const resets = [0, 1, 2, 3, 4, 5].map((i) => reset(START + i * every, i + 1));
  const saw = readings(8, (ms) => 40_000 - (40 * (ms % every)) / MINUTE);
  const trend = heapTrend(board(saw, { resets }));
  assert.ok(trend && Math.abs(trend.slope + 2400) < 60, `${trend?.slope}`);
  assert.ok(trend.high < 0);
  // The last reset was at 7.5 h: 30 minutes have gone since.
  assert.ok(Math.abs((trend.exhaustedInMs ?? 0) / HOUR - 38_900 / 2400) < 0.6, `${trend.exhaustedInMs}`);
  // Without the resets the same readings show hardly any loss.
  const blind = heapTrend(board(saw));
  assert.ok(blind && blind.slope > -1200, `${blind?.slope}`);
});

test('what happens in the first minute after a reset does not count', () => {
  const resets = Array.from({ length: 16 }, (_, i) => reset(START + i * 30 * MINUTE, i + 1));
  const filling = readings(8, (ms) => (ms % (30 * MINUTE) < MINUTE ? 50_000 : 30_000));
  const trend = heapTrend(board(filling, { resets }));
  assert.ok(trend && trend.low <= 0 && trend.high >= 0, `${trend?.slope} ${trend?.low} ${trend?.high}`);
});

test('a time that was not watched may hide a reset: no slope across it', () => {
  const gaps = [{ from: START + 3 * HOUR, to: START + 5 * HOUR, reason: 'port-lost' }] as const;
  // Falls on both sides and starts anew in between.
  const whole = readings(8, (ms) => 40_000 - (30 * (ms < 4 * HOUR ? ms : ms - 4 * HOUR)) / MINUTE);
  const seen = whole.t.map((t) => t <= gaps[0].from || t >= gaps[0].to);
  const heap = { t: whole.t.filter((_, i) => seen[i]), v: whole.v.filter((_, i) => seen[i]) };
  const trend = heapTrend(board(heap, { gaps }));
  assert.ok(trend && Math.abs(trend.slope + 1800) < 60, `${trend?.slope}`);
  // Known to have run on: then the two halves belong together.
  const joined = heapTrend(board(heap, { gaps: [{ ...gaps[0], restarted: false }] }));
  assert.ok(joined && joined.slope > -1500, `${joined?.slope}`);
});

test('a boot loop is left out whole', () => {
  const loops = [
    {
      number: 1,
      from: START + 2 * HOUR,
      to: START + 3 * HOUR,
      resets: 700,
      perMinute: 12,
      cause: 'exception',
      open: false,
    },
  ] as const;
  const heap = readings(6, (ms) => (ms > 2 * HOUR && ms < 3 * HOUR ? 50_000 - ms / 200 : 40_000));
  const trend = heapTrend(board(heap, { loops }));
  assert.ok(trend && trend.low <= 0 && trend.high >= 0, `${trend?.slope} ${trend?.low} ${trend?.high}`);
});

test('twenty minutes are enough for a trend, three are not', () => {
  const leak = (ms: number): number => 40_000 - (40 * ms) / MINUTE;
  const short = heapTrend(board(readings(1 / 3, leak)));
  assert.ok(short && short.high < 0 && short.low <= -2400 && short.high >= -2400, `${short?.low} ${short?.high}`);
  assert.equal(heapTrend(board(readings(0.05, leak))), null);
});

test('no readings, no trend', () => {
  assert.equal(heapTrend(board({ t: [], v: [] })), null);
  assert.equal(heapTrend(board({ t: [], v: [] }, { series: {} })), null);
});

test('a month of readings stays within the bound of blocks', () => {
  const t = Array.from({ length: 4000 }, (_, i) => START + (i * 30 * 24 * HOUR) / 4000);
  const trend = heapTrend(board({ t, v: t.map((_, i) => 40_000 - i) }));
  assert.ok(trend && trend.samples <= 600, `${trend?.samples}`);
  assert.ok(Math.abs(trend.slope + 4000 / 720) < 0.1, `${trend.slope}`);
});

/** Gaussian noise that forgets itself within `minutes`. */
function drifting(random: () => number, hours: number, minutes: number): Series {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const keep = Math.exp(-1 / (6 * minutes));
  let drift = normal();
  return readings(hours, () => {
    drift = keep * drift + Math.sqrt(1 - keep * keep) * normal();
    return 40_000 + 1000 * drift;
  });
}

test('a heap that drifts to and fro is called a trend in 5 of 100 runs, not more', () => {
  const random = seeded(5);
  for (const [hours, minutes] of [
    [0.4, 5],
    [2, 5],
    [8, 20],
  ] as const) {
    const runs = 150;
    let called = 0;
    for (let run = 0; run < runs; run++) {
      const trend = heapTrend(board(drifting(random, hours, minutes)));
      if (trend && (trend.high < 0 || trend.low > 0)) called++;
    }
    assert.ok(called / runs <= 0.1, `${hours} h, ${minutes} min: ${called} of ${runs}`);
  }
});

test('a single drop is no leak, a staircase and a loss that slows down are', () => {
  const high = (level: (ms: number) => number): number => heapTrend(board(readings(8, level)))?.high ?? 0;
  assert.ok(high((ms) => (ms < 4 * HOUR ? 40_000 : 32_000)) >= 0);
  assert.ok(high((ms) => 40_000 - 4096 * Math.floor(ms / (2 * HOUR))) < 0);
  assert.ok(high((ms) => 40_000 - 8000 * (1 - Math.exp(-ms / (3 * HOUR)))) < 0);
});
