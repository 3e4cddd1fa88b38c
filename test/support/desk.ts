import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { EspwatchError } from '../../src/errors.js';
import { PortLink } from '../../src/serial/port-link.js';
import { createDesk, type DeskOptions } from '../../src/session/desk.js';
import type { BoardView, Desk, DeskView } from '../../src/session/desk-types.js';
import type { DeskWorld } from '../../src/session/desk-world.js';
import type { NetworkAccess } from '../../src/session/detect.js';
import { SimBinding } from '../../src/sim/index.js';
import { SKETCH_IMAGE, type SketchBoard } from './sketch-board.js';

/** Boards are found by their names; nothing is asked over the network but loopback. */
export const NETWORK: NetworkAccess = {
  allowPublic: false,
  host: null,
  broker: null,
  configPassword: null,
  timeoutMs: 5000,
};

/** A world of boards of this process, each behind the port of its name: for a desk they are real ones. */
export function worldOf(boards: Readonly<Record<string, SketchBoard>>, change: Partial<DeskWorld> = {}): DeskWorld {
  return {
    listPorts: async () => [],
    nameFor: (name) => name,
    open: async (name) => {
      const board = boards[name]?.board;
      if (board === undefined) throw new EspwatchError('PORT_MISSING', `There is no port ${name}.`, 'Plug it in.');
      const link = new PortLink({ path: name, binding: new SimBinding(board, name), atomicLines: true });
      return { link, device: null, kind: 'native', dispose: async () => undefined };
    },
    network: async () => NETWORK,
    capture: async () => null,
    readImage: async (image) => [{ name: image, offset: 0, bytes: readFileSync(SKETCH_IMAGE) }],
    recentImages: null,
    close: async () => undefined,
    ...change,
  };
}

/** A desk that is closed when the test is over. */
export function deskOn(t: TestContext, world: DeskWorld, options: DeskOptions = {}): Desk {
  const desk = createDesk(world, options);
  t.after(() => desk.close());
  return desk;
}

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

/** Resolves with the board once `found` holds for it. */
export function untilBoard(
  desk: Desk,
  signal: AbortSignal,
  found: (board: BoardView) => boolean,
  name?: string,
): Promise<BoardView> {
  return untilView(desk, signal, (view) => {
    const board = boardOf(view, name);
    return found(board) && board;
  });
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
