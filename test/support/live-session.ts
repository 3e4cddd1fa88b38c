import type { TestContext } from 'node:test';
import type { BoardEvent, BoardFact } from '../../src/board/events.js';
import type { Line } from '../../src/serial/monitor-lines.js';
import { PortLink } from '../../src/serial/port-link.js';
import { BoardSession } from '../../src/session/session.js';
import { SimBinding } from '../../src/sim/index.js';
import type { SketchBoard } from './sketch-board.js';

export interface LiveSession {
  readonly session: BoardSession;
  readonly link: PortLink;
  readonly events: readonly BoardEvent[];
  readonly lines: readonly Line[];
  /** Everything that the host's end of the cable gave, whoever read it. */
  readonly atPort: () => Buffer;
  /** The events of one type, in order. */
  of<T extends BoardFact['type']>(type: T): Extract<BoardEvent, { type: T }>[];
}

export interface LiveOptions {
  readonly appBaud?: number;
  /** Default true. */
  readonly open?: boolean;
}

/** A session on a board of this process; closed when the test is over. */
export async function liveSession(
  t: TestContext,
  { board }: SketchBoard,
  options: LiveOptions = {},
): Promise<LiveSession> {
  const came: Uint8Array[] = [];
  const attach = board.attach.bind(board);
  board.attach = (baud, host) =>
    attach(baud, {
      onBytes: (bytes) => {
        came.push(Uint8Array.from(bytes));
        host.onBytes(bytes);
      },
      onUnplug: () => host.onUnplug(),
    });
  const link = new PortLink({ path: 'sim:', binding: new SimBinding(board, 'sim:'), atomicLines: true });
  const session = new BoardSession({ link, appBaud: options.appBaud ?? 115_200 });
  const events: BoardEvent[] = [];
  const lines: Line[] = [];
  session.onEvent((event) => events.push(event));
  session.onLine((line) => lines.push(line));
  t.after(() => session.close());
  if (options.open !== false) await session.open();
  return {
    session,
    link,
    events,
    lines,
    atPort: () => Buffer.concat(came),
    of: <T extends BoardFact['type']>(type: T) =>
      events.filter((event): event is Extract<BoardEvent, { type: T }> => event.type === type),
  };
}

/** Longer than anything here takes. */
export const LONG_MS = 20_000;

/** The board said that it serves the web. */
export function serves({ mode }: { readonly mode: string }): boolean {
  return mode === 'web-server';
}
