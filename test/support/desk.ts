import type { BoardView, Desk, DeskView } from '../../src/session/desk-types.js';

/** Resolves with the first snapshot for which `found` gives something, also the present one. */
export function untilView<T>(
  desk: Desk,
  signal: AbortSignal,
  found: (view: DeskView) => T | null | undefined | false,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const value = found(desk.view());
      if (value === null || value === undefined || value === false) return;
      off();
      signal.removeEventListener('abort', onAbort);
      resolve(value);
    };
    const off = desk.onChange(look);
    const onAbort = (): void => {
      off();
      reject(new Error(`never seen; the desk is ${summary(desk.view())}`));
    };
    signal.addEventListener('abort', onAbort);
    look();
  });
}

/** The board on this port. */
export function boardOf(view: DeskView, name = 'sim:'): BoardView {
  const board = view.boards.find((one) => one.name === name);
  if (board === undefined) throw new Error(`there is no board ${name}: ${summary(view)}`);
  return board;
}

/** Every row of a board's log, oldest first. */
export function rowsOf({ log }: BoardView): string[] {
  const rows: string[] = [];
  for (let n = log.first; n <= log.last; n++) rows.push(log.at(n)?.text ?? '');
  return rows;
}

function summary({ boards }: DeskView): string {
  return JSON.stringify(
    boards.map(({ name, connection, problem, state: { mode }, activity, outcome, crossCheck, ...rest }) => [
      { name, connection, problem, mode, activity, outcome, crossCheck, alerts: rest.alerts },
      rowsOf({ log: rest.log } as BoardView).slice(-12),
    ]),
  );
}
