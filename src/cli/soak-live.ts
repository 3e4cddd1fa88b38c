import { realpath } from 'node:fs/promises';
import { uptime } from 'node:os';
import { causeInWords } from '../board/wording.js';
import type { RunFolder } from '../journal/run-folder.js';
import { TimeBase } from '../journal/time-base.js';
import type { LendingDesk, LentBoard } from '../session/desk-types.js';
import { crossCheck } from '../session/detect.js';
import type { Ledger } from '../soak/ledger-types.js';
import { SoakRun } from '../soak/run.js';
import type { WatchedBoard } from '../soak/watch.js';
import type { SoakStart } from './soak-start.js';

/** The time of a run on this computer. */
export function hostTime(notBefore?: number): TimeBase {
  return new TimeBase(
    { wall: Date.now, mono: () => performance.now(), boot: () => uptime() * 1000 },
    notBefore === undefined ? {} : { notBefore },
  );
}

export interface LiveSoak {
  readonly desk: LendingDesk;
  readonly names: readonly string[];
  readonly folder: RunFolder;
  readonly start: SoakStart;
  /** The desk tells the time by it as well. */
  readonly time: TimeBase;
  readonly signal: AbortSignal;
  /** Once the watch has begun. */
  readonly onRun: (run: SoakRun) => void;
  /** Of the run itself: the disk is full. */
  readonly onNews: (news: string) => void;
  /** A board's own reset, for those who want to be woken. */
  readonly onReset: (board: string, cause: string, text: string) => void;
}

/** Watches boards of the desk until the plan's time is over or `signal` aborts. The folder stays open. */
export async function soakBoards(live: LiveSoak): Promise<Ledger> {
  const { desk, names, folder, start, time, signal } = live;
  let ledger = start.fold.ledger();
  await desk.lend(names, async (lent, cancelled) => {
    const boards = await Promise.all(
      lent.map(async (board) => ({ name: board.name, session: board.session, ...(await asking(board, time)) })),
    );
    const run = new SoakRun({
      plan: start.record.plan,
      boards,
      store: folder,
      time,
      part: start.part,
      earlier: start.fold,
      onEntry: (entry) => {
        if (entry.kind === 'storage') live.onNews(entry.detail);
        else if (entry.kind === 'event') tell(entry.board);
      },
    });
    const seen = boards.map(({ session }) => session.state.resets.own);
    const tell = (board: number): void => {
      const { name, session } = boards[board] ?? {};
      const own = session?.state.resets.own ?? 0;
      if (name === undefined || session === undefined || own <= (seen[board] ?? 0)) return;
      seen[board] = own;
      const cause = session.state.lastReset?.cause ?? 'unknown';
      live.onReset(name, cause, `${name} was reset: ${causeInWords(cause)}`);
    };
    const stops = [
      folder.onStatus((status) => run.note({ kind: 'storage', t: time.now(), ...status })),
      ...(await Promise.all(lent.map((board, i) => followName(board, i, run, time)))),
    ];
    live.onRun(run);
    try {
      ledger = await run.run(AbortSignal.any([signal, cancelled]));
    } finally {
      for (const stop of stops) stop();
    }
  });
  await folder.flush();
  return ledger;
}

/** As a soak asks: what the board answers shows on the desk as well. */
async function asking(board: LentBoard, time: TimeBase): Promise<Pick<WatchedBoard, 'network' | 'ask'>> {
  const network = await board.network();
  return {
    network,
    ask: async (session, known, signal) => {
      const found = await crossCheck(session, network, signal, known);
      board.checked({ t: time.now(), ...found });
      return found.checks;
    },
  };
}

/** A port that comes back under another name is told, as the system names it: `/dev/serial/by-id/...` is a link. */
async function followName(board: LentBoard, number: number, run: SoakRun, time: TimeBase): Promise<() => void> {
  const first = board.device();
  if (first === null) return () => undefined;
  let now = await realpath(first).catch(() => first);
  return board.session.link.onBack(() => {
    const device = board.device();
    if (device === null) return;
    void realpath(device)
      .catch(() => device)
      .then((port) => {
        if (port === now) return;
        now = port;
        run.note({ kind: 'renumbered', t: time.now(), board: number, port });
      });
  });
}

/** `soak-2026-11-23-213000`, by the local clock. */
export function folderName(now: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `soak-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
