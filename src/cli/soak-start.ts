import { type BoardState, initialState, reduce } from '../board/state.js';
import { realClock, wait } from '../clock.js';
import { type ErrorCode, EspwatchError } from '../errors.js';
import { readEntries } from '../journal/read-entries.js';
import { printable } from '../printable.js';
import type { Desk } from '../session/desk-types.js';
import { LedgerFold } from '../soak/ledger.js';
import type { SoakPlan } from '../soak/plan.js';
import { parseRunRecord, type RunRecord } from '../soak/run-record.js';
import type { Output } from './output.js';
import { VERSION } from './soak-report.js';

/** What a run begins with, or goes on from. */
export interface SoakStart {
  readonly record: RunRecord;
  /** 1 for a new run. */
  readonly part: number;
  readonly fold: LedgerFold;
  /** What was known of each board when the part before ended. */
  readonly states: readonly (BoardState | undefined)[];
  /** What a board's port was called last, where that is not as in the plan. */
  readonly renamed: readonly (string | undefined)[];
  /** The run's time at its last entry; undefined for a new run. */
  readonly until: number | undefined;
}

export function newStart(plan: SoakPlan): SoakStart {
  const started = new Date().toISOString();
  const record: RunRecord = { schema: 'espwatch.soak-run/1', version: VERSION, started, plan };
  return { record, part: 1, fold: new LedgerFold(), states: [], renamed: [], until: undefined };
}

/** Where the run in `path` stands. Throws JOURNAL_MISSING when its plan can't be read. */
export async function startFrom(path: string, run: unknown): Promise<SoakStart> {
  const record = parseRunRecord(run);
  if (record === null) {
    throw new EspwatchError(
      'JOURNAL_MISSING',
      `The plan in ${path} can't be read, so the run can't go on.`,
      'See what there is with espwatch report, and begin a new run.',
    );
  }
  const fold = new LedgerFold();
  const states: (BoardState | undefined)[] = [];
  const renamed: (string | undefined)[] = [];
  for await (const entry of readEntries(path)) {
    fold.push(entry);
    if (entry.kind === 'renumbered') renamed[entry.board] = entry.port;
    if (entry.kind === 'event') states[entry.board] = reduce(states[entry.board] ?? initialState, entry.event);
  }
  const { parts, to } = fold.ledger();
  return { record, part: parts + 1, fold, states, renamed, until: to };
}

/** A port that is not there when a run is resumed is waited for, ms. */
const RETRY_MS = 2_000;

/**
 * Opens the boards in their order; resolves to their names on the desk. A new run fails with the error of the first
 * that can't be opened, a resumed one waits for it. `opening` is told before each.
 */
export async function openAll(
  desk: Desk,
  { record, part, renamed }: SoakStart,
  opening: (board: number) => void,
  output: Output,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [i, port] of record.plan.ports.entries()) {
    opening(i);
    const before = desk.view().boards.map(({ name }) => name);
    // The plan's name again, or what the port was called last: nobody knows under which the adapter is there now.
    const known = [port, renamed[i] ?? port];
    for (let tries = 0; ; tries++) {
      await desk.add(known[tries % known.length] ?? port);
      signal.throwIfAborted();
      const board = desk.view().boards.find((one) => !before.includes(one.name));
      if (board === undefined) {
        throw new EspwatchError('USAGE', `${port} was named twice.`, 'Name each board once.');
      }
      if (board.connection === 'open') {
        names.push(board.name);
        break;
      }
      const { code, message, hint } = board.problem ?? { code: 'PORT_MISSING', message: `No ${port}.`, hint: '' };
      if (part === 1) throw new EspwatchError(code as ErrorCode, message, hint);
      if (tries === 0) output.note(printable(`${message} Waiting for it.`));
      await desk.remove(board.name);
      await wait(realClock, tries % known.length === 0 ? 0 : RETRY_MS, signal);
    }
  }
  return names;
}
