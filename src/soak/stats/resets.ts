/** What counts as a reset of the board's own. */
import type { Mode } from '../../board/events.js';
import type { BoardLedger, RateEstimate } from '../ledger-types.js';
import { rateEstimate } from './poisson.js';

const HOUR = 3_600_000;
/** In these no sketch runs, or nothing is known: a board that was in no other has shown nothing. */
const WITHOUT_SKETCH: readonly Mode[] = ['no-firmware', 'bootloader', 'boot-loop', 'silent', 'unknown'];

/** Its sketch spoke or answered, or it reset by itself: what happens to it would have been seen. */
export function wasHeard(board: BoardLedger): boolean {
  const { modes, probes, resets, series } = board;
  return (
    probes.answered > 0 ||
    [board.mode, ...modes.map(({ mode }) => mode)].some((mode) => !WITHOUT_SKETCH.includes(mode)) ||
    resets.some(({ commanded }) => !commanded) ||
    Object.values(series).some(({ t }) => t.length > 0)
  );
}

export interface ResetCount {
  /** Single resets and loops. */
  readonly events: number;
  readonly loops: number;
  /** Resets inside those of the loops that the ledger lists. */
  readonly inLoops: number;
}

/**
 * Uncommanded resets, also those that the ledger had no room to list; a loop counts once, unless espwatch commanded
 * every reset of it that is listed.
 */
export function countResets(board: BoardLedger): ResetCount {
  const own = board.resets.filter(({ commanded }) => !commanded);
  const single = own.filter(({ loop }) => loop === null).length;
  const listed = new Set(board.resets.map(({ loop }) => loop));
  const owned = new Set(own.map(({ loop }) => loop));
  const loops = board.loops.filter(({ number }) => owned.has(number) || !listed.has(number));
  const looped = loops.length + (board.leftOut?.loops ?? 0);
  return {
    events: single + (board.leftOut?.resets ?? 0) + looped,
    loops: looped,
    inLoops: loops.reduce((sum, { resets }) => sum + resets, 0),
  };
}

export function watchedHours(boards: readonly BoardLedger[]): number {
  return boards.reduce((sum, { watchedMs }) => sum + watchedMs, 0) / HOUR;
}

/**
 * Rate over all boards together, per watched hour of one board. It takes the boards as equals of each other; hours of
 * a board that was never heard show nothing and are left out.
 */
export function resetRate(boards: readonly BoardLedger[]): RateEstimate {
  const events = boards.reduce((sum, board) => sum + countResets(board).events, 0);
  return rateEstimate(events, watchedHours(boards.filter(wasHeard)));
}
