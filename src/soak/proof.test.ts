import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gap, Ledger } from './ledger-types.js';
import { proofInWords } from './proof.js';
import { rateEstimate } from './stats/poisson.js';
import { resetRate } from './stats/resets.js';

const HOUR = 3_600_000;

/** A run with as many boards as lists of gaps; what is proven depends on nothing else but the rate. */
const run = (...gaps: readonly (readonly Gap[])[]): Ledger => ({
  from: 0,
  to: 8 * HOUR,
  parts: 1,
  ended: 'done',
  boards: gaps.map((some, i) => ({
    name: `board ${i + 1}`,
    mac: null,
    mode: 'web-server',
    verdict: 'confirmed',
    watchedMs: 8 * HOUR,
    gaps: some,
    resets: [],
    loops: [],
    incidents: [],
    crashGroups: [],
    probes: { asked: 0, answered: 0, byOutcome: {}, rtt: null, longestFailureMs: 0 },
    series: {},
    modes: [],
  })),
  host: [],
  storage: [],
});

const ONE = run([]);
const FOUR = run([], [], [], []);

test('no reset in 31.6 board-hours: fewer than one in 10.5 h', () => {
  const proven = proofInWords(FOUR, rateEstimate(0, 31.6), null);
  assert.equal(proven, 'No reset in 31.6 board-hours shows, at 95 %, fewer than one in 10.5 h.');
});

test('half an hour proves ten minutes', () => {
  const proven = proofInWords(ONE, rateEstimate(0, 0.5), null);
  assert.equal(proven, 'No reset in 30 m 0 s shows, at 95 %, fewer than one in 10 m 0 s.');
});

test('a target that takes longer, one that is shown, one that is ruled out', () => {
  assert.match(
    proofInWords(FOUR, rateEstimate(0, 31.6), 168),
    / To show one in 168 h or fewer takes 504 board-hours without a reset\.$/,
  );
  assert.match(proofInWords(FOUR, rateEstimate(0, 31.6), 10), / One in 10\.0 h or fewer is shown\.$/);
  assert.match(proofInWords(FOUR, rateEstimate(0, 31.6), 11), / takes 33\.0 board-hours without a reset\.$/);
  assert.match(proofInWords(ONE, rateEstimate(5, 7.9), 168), / One in 168 h or fewer is ruled out\.$/);
});

test('with resets: how often, and between what', () => {
  // 7.9 h / 7.2247 = 1.093 h and 7.9 h / 0.24221 = 32.62 h.
  assert.equal(
    proofInWords(ONE, rateEstimate(2, 7.9), null),
    '2 uncommanded resets in 7.9 h: one in 4.0 h; at 95 % between one in 1.0 h and one in 32.7 h.',
  );
});

test('nothing watched proves nothing', () => {
  assert.equal(
    proofInWords(ONE, rateEstimate(0, 0), null),
    'Nothing was watched that could be heard, so the run shows nothing.',
  );
});

test('what was not watched is told with its reasons, overlaps once', () => {
  const gone: Gap = { from: 0, to: HOUR, reason: 'port-lost' };
  const slept: Gap = { from: 2 * HOUR, to: 3 * HOUR, reason: 'suspended' };
  const rate = rateEstimate(0, 6.9);
  assert.match(
    proofInWords(run([gone]), rate, null),
    /^No reset in 6\.9 h .* Not watched, and not counted: 1 h 0 m \(the port was gone\)\.$/,
  );
  assert.match(
    proofInWords(run([gone, slept], [slept]), rate, null),
    / Not watched, and not counted: 3 h 0 m of board time \(the computer slept 2 h 0 m, the port was gone 1 h 0 m\)\.$/,
  );
  const overlapping: Gap = { from: HOUR / 2, to: 2 * HOUR, reason: 'port-lost' };
  assert.match(proofInWords(run([gone, overlapping]), rate, null), / not counted: 2 h 0 m \(the port was gone\)\.$/);
});

test('a board that was never heard proves nothing, and the sentence says so', () => {
  const [board] = ONE.boards;
  assert.ok(board !== undefined);
  const mute = { ...board, name: 'mute', mode: 'silent', modes: [{ from: 0, to: 8 * HOUR, mode: 'silent' }] } as const;
  const stuck = { ...board, name: 'stuck', mode: 'bootloader' } as const;
  const ledger = { ...ONE, boards: [board, mute, stuck] };
  const rate = resetRate(ledger.boards);
  assert.equal(rate.hours, 8);
  assert.equal(
    proofInWords(ledger, rate, null),
    'No reset in 8.0 board-hours shows, at 95 %, fewer than one in 2.6 h. Never heard, and not counted: 2 boards, 16.0 h.',
  );
});
