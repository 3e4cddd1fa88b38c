/** A night held against its script in every respect. */
import assert from 'node:assert/strict';
import { judge } from '../../../src/soak/verdict.js';
import { differences } from './compare.js';
import { assertCaptured, journalled, replayed } from './evidence.js';
import { expectedOf } from './expect.js';
import type { ExpectedLedger } from './expected.js';
import { type Played, planOf, play } from './play.js';
import type { Night } from './script.js';

/** Plays the night; rejects with what the ledger has otherwise than the script. `look` may look at more of it. */
export async function checkNight(night: Night, look: (played: Played) => void = () => undefined): Promise<void> {
  const played = await play(night);
  try {
    const { ledger, folder, origin, boards } = played;
    const expected = expectedOf(night, boards);
    assert.deepEqual(differences(ledger, expected, origin), []);
    assert.deepEqual(await journalled(folder), ledger);
    const again = await replayed(folder);
    assert.deepEqual(again.ledger, ledger);
    assert.deepEqual([again.tally.different, again.tally.notInCapture], [0, 0]);
    await assertCaptured(night, played);
    assertJudged(night, played, expected);
    look(played);
  } finally {
    await played.dispose();
  }
}

/** The verdict counts what the script has, loops once. */
function assertJudged(night: Night, { ledger }: Played, expected: ExpectedLedger): void {
  const { rate, findings, heap } = judge(ledger, planOf(night).thresholds, { targetMtbfHours: null });
  const counts = expected.boards.map(
    ({ resets, loops }) => resets.filter(({ commanded, loop }) => !commanded && loop === null).length + loops.length,
  );
  const sum = counts.reduce((a, b) => a + b, 0);
  assert.equal(rate.events, sum, 'resets that the verdict counts');
  const passed = findings.filter(({ threshold }) => threshold === 'resets').map((finding) => finding.passed);
  assert.deepEqual(
    passed,
    counts.map((count) => count === 0),
  );
  night.boards.forEach(({ leak }, number) => {
    const trend = heap[number]?.trend ?? null;
    assert.ok(trend !== null, 'no trend of the heap');
    const wanted = -60 * leak;
    // A 95 % interval misses one time in twenty: over hundreds of nights the truth lies within three times its width.
    const reach = 1.5 * (trend.high - trend.low);
    assert.ok(
      Math.abs(trend.slope - wanted) <= reach,
      `heap changes by ${trend.low} to ${trend.high} B/h, not ${wanted}`,
    );
    if (leak > 0) assert.ok(trend.high < -500, `a loss of ${trend.low} to ${trend.high} B/h passes`);
  });
}
