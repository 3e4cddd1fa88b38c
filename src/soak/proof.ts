/** What a run proves about the rate of resets, in words. */
import { durationText } from '../units.js';
import type { GapReason, Ledger, RateEstimate } from './ledger-types.js';
import { count, gapInWords, percent } from './report/words.js';
import { hoursWithoutEvent } from './stats/poisson.js';
import { wasHeard, watchedHours } from './stats/resets.js';
import { coveredMs } from './stats/spans.js';
import { hoursText } from './stats/wording.js';

const REASONS: readonly GapReason[] = ['not-running', 'suspended', 'port-lost'];
const EVER = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY } as const;

function shown(rate: RateEstimate, time: string): string {
  const sure = percent(rate.confidence);
  if (rate.hours <= 0) return 'Nothing was watched that could be heard, so the run shows nothing.';
  if (rate.events === 0) {
    return `No reset in ${time} shows, at ${sure}, fewer than one in ${hoursText(1 / rate.high, 'down')}.`;
  }
  const often = `${count(rate.events, 'uncommanded reset')} in ${time}: one in ${hoursText(1 / rate.perHour)}`;
  return `${often}; at ${sure} between one in ${hoursText(1 / rate.high, 'down')} and one in ${hoursText(1 / rate.low, 'up')}.`;
}

/** A target is met or missed only where the whole interval lies on that side of it. */
function againstTarget(rate: RateEstimate, target: number, unit: string): string {
  const wanted = hoursText(target);
  const needed = hoursText(hoursWithoutEvent(target), 'up', unit);
  if (rate.high * target <= 1 + 1e-9) return ` One in ${wanted} or fewer is shown.`;
  if (rate.low * target > 1) return ` One in ${wanted} or fewer is ruled out.`;
  return ` To show one in ${wanted} or fewer takes ${needed} without a reset.`;
}

/** Time not watched, over all boards, with the reasons; empty where there was none. */
function unwatched(ledger: Ledger): string {
  const lost = (reason?: GapReason): number =>
    ledger.boards.reduce(
      (sum, { gaps }) =>
        sum + coveredMs(reason === undefined ? gaps : gaps.filter((gap) => gap.reason === reason), EVER),
      0,
    );
  const all = lost();
  if (all === 0) return '';
  const reasons = REASONS.filter((reason) => lost(reason) > 0);
  const why = reasons
    .map((reason) => gapInWords(reason) + (reasons.length > 1 ? ` ${durationText(lost(reason))}` : ''))
    .join(', ');
  const least = ledger.boards.some(({ leftOut }) => (leftOut?.gaps ?? 0) > 0) ? 'at least ' : '';
  return ` Not watched, and not counted: ${least}${durationText(all)}${ledger.boards.length > 1 ? ' of board time' : ''} (${why}).`;
}

/** Hours in which a board would have been watched if it had said a word; empty where there were none. */
function unheard(ledger: Ledger): string {
  const mute = ledger.boards.filter((board) => board.watchedMs > 0 && !wasHeard(board));
  if (mute.length === 0) return '';
  return ` Never heard, and not counted: ${count(mute.length, 'board')}, ${hoursText(watchedHours(mute))}.`;
}

/** One to four sentences: what is shown, what that means for the target, what was not heard, what was not watched. */
export function proofInWords(ledger: Ledger, rate: RateEstimate, targetMtbfHours: number | null): string {
  const unit = ledger.boards.length > 1 ? 'board-hours' : 'h';
  const time = hoursText(rate.hours, 'near', unit);
  const target = targetMtbfHours === null ? '' : againstTarget(rate, targetMtbfHours, unit);
  return shown(rate, time) + target + unheard(ledger) + unwatched(ledger);
}
