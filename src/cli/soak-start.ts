import { type BoardState, initialState, reduce } from '../board/state.js';
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

/**
 * Opens the boards in their order; resolves to their names on the desk. A new run fails with the error of the first
 * that can't be opened; of a resumed one such a board is on the desk, lost (`patient`), and waited for as it is watched.
 * `opening` is told before each.
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
    // Nobody knows under which name the adapter is there now: the plan's, or what the port was called last.
    const wanted = [port, ...(renamed[i] === undefined ? [] : [renamed[i]])];
    for (const [n, candidate] of wanted.entries()) {
      await desk.add(candidate);
      signal.throwIfAborted();
      const board = desk.view().boards.find((one) => !before.includes(one.name));
      if (board === undefined) {
        throw new EspwatchError('USAGE', `${port} was named twice.`, 'Name each board once.');
      }
      const last = n === wanted.length - 1;
      if (board.connection !== 'open') {
        const { code, message, hint } = board.problem ?? { code: 'PORT_MISSING', message: `No ${port}.`, hint: '' };
        if (part === 1 || board.connection === 'failed') throw new EspwatchError(code as ErrorCode, message, hint);
        if (last) output.note(printable(`${message} Waiting for it; the others are watched.`));
      }
      if (board.connection === 'open' || last) {
        names.push(board.name);
        break;
      }
      await desk.remove(board.name);
    }
  }
  return names;
}
