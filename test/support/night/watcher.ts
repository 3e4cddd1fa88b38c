import { type BoardState, initialState } from '../../../src/board/board-state.js';
import { reduce } from '../../../src/board/state.js';
import { EspwatchError } from '../../../src/errors.js';
import type { JournalEntry } from '../../../src/journal/entry.js';
import { readEntries } from '../../../src/journal/read-entries.js';
import { RunFolder, type RunFolderOptions } from '../../../src/journal/run-folder.js';
import { TimeBase } from '../../../src/journal/time-base.js';
import { PortLink } from '../../../src/serial/port-link.js';
import { keepOpen } from '../../../src/serial/reconnect.js';
import { BoardSession } from '../../../src/session/session.js';
import { LedgerFold } from '../../../src/soak/ledger.js';
import type { Ledger } from '../../../src/soak/ledger-types.js';
import type { SoakPlan } from '../../../src/soak/plan.js';
import { SoakRun } from '../../../src/soak/run.js';
import type { NightBoard } from './board.js';
import { type HostClock, ProcessClock } from './host-clock.js';
import type { MemoryDisk } from './memory-disk.js';

export const BAUD = 115_200;

export interface WatcherOptions {
  readonly folder: string;
  readonly disk: MemoryDisk;
  readonly plan: SoakPlan;
  readonly boards: readonly NightBoard[];
  readonly host: HostClock;
  /** Number of the process: a killed one's lock does not count. */
  readonly pid: number;
  readonly random: () => number;
}

/** One process that watches: `espwatch soak`, as far as it is not made of options and screens. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #clock: ProcessClock;
  readonly #folder: RunFolder;
  readonly #stop = new AbortController();
  readonly #done: Promise<Ledger>;
  readonly #sessions: readonly BoardSession[];
  #ended = false;

  /** A new run. */
  static async start(options: WatcherOptions): Promise<Watcher> {
    const clock = new ProcessClock(options.host);
    const folder = await RunFolder.create(options.folder, options.plan, folderOptions(options, clock));
    const time = new TimeBase(options.host.clocks);
    return new Watcher(options, clock, folder, time, 1, null);
  }

  /** The run goes on after a process that was killed. */
  static async resume(options: WatcherOptions): Promise<Watcher> {
    const clock = new ProcessClock(options.host);
    const { folder } = await RunFolder.resume(options.folder, folderOptions(options, clock));
    const earlier = await readBack(options.folder, options.boards.length);
    const time = new TimeBase(options.host.clocks, { notBefore: earlier.last });
    return new Watcher(options, clock, folder, time, earlier.parts + 1, earlier);
  }

  private constructor(
    options: WatcherOptions,
    clock: ProcessClock,
    folder: RunFolder,
    time: TimeBase,
    part: number,
    earlier: Earlier | null,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#folder = folder;
    const { plan, boards, random } = options;
    const watched = boards.map((board, number) => {
      const bindingPath = earlier?.ports.get(number) ?? board.name;
      const link = new PortLink({
        path: board.name,
        bindingPath,
        binding: board.port.binding,
        clock,
        atomicLines: true,
      });
      const resume = earlier?.states[number];
      const session = new BoardSession({
        link,
        appBaud: BAUD,
        clock,
        now: () => time.now(),
        ...(resume === undefined ? {} : { resume }),
      });
      return { board, link, session, number };
    });
    this.#sessions = watched.map(({ session }) => session);
    const run = new SoakRun({
      plan,
      boards: watched.map(({ board, session }) => ({
        name: board.name,
        session,
        network: NO_NETWORK,
        ask: async (_session, _known, signal) => {
          const results = await board.ask(clock, signal);
          for (const result of results) session.record({ type: 'probe', result }, result.via);
          return results;
        },
        switchTo: async (_session, to) => {
          session.record({ type: 'switch-commanded', to }, 'tool');
          if (!board.switchTo(to)) throw new EspwatchError('NET_NOT_ASKED', 'Nobody answered.', 'Look at the board.');
        },
      })),
      store: folder,
      time,
      part,
      ...(earlier === null ? {} : { earlier: earlier.fold }),
      clock,
      random,
    });
    folder.onStatus((status) => run.note({ kind: 'storage', t: time.now(), ...status }));
    for (const { board, link, number } of watched) {
      let path = board.port.path;
      keepOpen(link, {
        clock,
        signal: this.#stop.signal,
        find: async () => {
          if (!board.port.isIn || !board.board.isPlugged) return null;
          return board.port.path;
        },
      });
      link.onBack(() => {
        if (board.port.path === path) return;
        path = board.port.path;
        run.note({ kind: 'renumbered', t: time.now(), board: number, port: path });
      });
    }
    this.#done = run.run(this.#stop.signal).finally(() => {
      this.#ended = true;
    });
    this.#done.catch(() => undefined);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** After the end of the run: its ledger, everything written. */
  async finish(): Promise<Ledger> {
    const ledger = await this.#done;
    this.#stop.abort();
    await Promise.all(this.#sessions.map((session) => session.close()));
    await this.#folder.close();
    return ledger;
  }

  /** Gone in the middle of whatever it does. With `loss` the power goes, too. */
  async kill(loss: () => number): Promise<void> {
    this.#clock.kill();
    for (const board of this.#options.boards) board.port.close();
    this.#options.disk.cutOff(loss);
    await this.#options.disk.spill();
  }
}

interface Earlier {
  readonly fold: LedgerFold;
  readonly states: readonly BoardState[];
  readonly parts: number;
  readonly last: number;
  /** Names of ports by board, where they changed. */
  readonly ports: ReadonlyMap<number, string>;
}

async function readBack(folder: string, boards: number): Promise<Earlier> {
  const fold = new LedgerFold();
  const states: BoardState[] = Array.from({ length: boards }, () => initialState);
  const ports = new Map<number, string>();
  let parts = 0;
  let last = 0;
  for await (const entry of readEntries(folder)) {
    fold.push(entry);
    if (entry.kind === 'begin') parts += 1;
    if (entry.kind === 'renumbered') ports.set(entry.board, entry.port);
    last = Math.max(last, timeOf(entry));
    if (entry.kind === 'event') states[entry.board] = reduce(states[entry.board] ?? initialState, entry.event);
  }
  return { fold, states, parts, last, ports };
}

function timeOf(entry: JournalEntry): number {
  return entry.kind === 'event' ? entry.event.t : entry.t;
}

function folderOptions({ disk, pid }: WatcherOptions, clock: ProcessClock): RunFolderOptions {
  const processes = {
    pid,
    host: 'night',
    isAlive: (other: number) => other === pid,
    startOf: async () => `start ${pid}`,
  };
  return { clock, disk: disk.mount(), processes, reserveBytes: 4096 };
}

const NO_NETWORK = {
  allowPublic: false,
  host: null,
  broker: null,
  configPassword: null,
  timeoutMs: 3_000,
} as const;
