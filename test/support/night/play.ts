import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@serialport/stream';
import { VirtualClock } from '../../../src/clock.js';
import type { Ledger } from '../../../src/soak/ledger-types.js';
import type { SoakPlan } from '../../../src/soak/plan.js';
import { DEFAULT_THRESHOLDS } from '../../../src/soak/verdict.js';
import { seeded } from '../random.js';
import { NightBoard, portName } from './board.js';
import type { Seen } from './expect.js';
import { HostClock } from './host-clock.js';
import { MemoryDisk } from './memory-disk.js';
import { type BoardEvent, type HostEvent, MINUTE, type Night, SECOND } from './script.js';
import { BAUD, Watcher, type WatcherOptions } from './watcher.js';

/** 22:00 of some evening. */
const EPOCH = Date.UTC(2026, 2, 14, 22);
/** The boards have been running for a while, ms. */
const BEFORE_MS = 90 * SECOND;
const STEP_MS = 10 * MINUTE;

export interface Played {
  readonly ledger: Ledger;
  /** Where the run is kept; gone after `dispose`. */
  readonly folder: string;
  /** The run's own time at the begin of the run: scripts count from it. */
  readonly origin: number;
  readonly boards: readonly (Seen & { readonly name: string })[];
  dispose(): Promise<void>;
}

/** Lives through a night, in seconds. */
export async function play(night: Night): Promise<Played> {
  const clock = new VirtualClock(1);
  const random = seeded(night.seed ^ 0x5eed);
  const boards = night.boards.map((script, number) => new NightBoard(number, script, clock, random));
  await clock.advance(BEFORE_MS);
  const start = clock.now();
  const host = new HostClock(clock, EPOCH);
  const disk = new MemoryDisk();
  const folder = await mkdtemp(join(tmpdir(), 'night-'));
  const options: WatcherOptions = { folder, disk, plan: planOf(night), boards, host, pid: 1, random };
  let watcher = await Watcher.start(options);
  schedule(night, boards, host, disk, clock, start);
  const until = async (at: number): Promise<void> => clock.advance(Math.max(0, start + at - clock.now()));
  let pid = 1;
  for (const event of night.host) {
    if (event.do !== 'kill') continue;
    await until(event.at);
    await watcher.kill(event.how === 'power-cut' ? random : () => 0);
    await until(event.at + event.forMs);
    pid += 1;
    watcher = await Watcher.resume({ ...options, pid });
  }
  for (let steps = 0; !watcher.ended; steps++) {
    if (steps > 200) throw new Error('the night does not end');
    await clock.advance(STEP_MS);
  }
  const ledger = await settled(clock, watcher.finish());
  await disk.spill();
  await Promise.all(boards.map((board) => settled(clock, board.dispose())));
  return {
    ledger,
    folder,
    origin: EPOCH,
    boards: boards.map(({ name, asked, switched, port }) => ({
      name,
      asked: asked.map(({ from, to, ...rest }) => ({ from: from - start, to: to - start, ...rest })),
      switched: switched.map(({ at, ...rest }) => ({ at: at - start, ...rest })),
      deliveries: port.deliveries.map(({ t, bytes }) => ({ t: t - start, bytes })),
    })),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `work`, with time going on for it. */
async function settled<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  done.catch(() => undefined);
  while (!over) await clock.advance(SECOND);
  return done;
}

export function planOf(night: Night): SoakPlan {
  return {
    schema: 'espwatch.soak-plan/1',
    ports: night.boards.map((_board, number) => portName(number)),
    baud: BAUD,
    durationMs: night.durationMs,
    probeEveryMs: MINUTE,
    cycleModesMs: night.cycleModesMs,
    telemetry: 'auto',
    thresholds: DEFAULT_THRESHOLDS,
    targetMtbfHours: null,
  };
}

/** Everything of the script but kills, which the night itself sees to. */
function schedule(
  night: Night,
  boards: readonly NightBoard[],
  host: HostClock,
  disk: MemoryDisk,
  clock: VirtualClock,
  start: number,
): void {
  const at = (ms: number, run: () => void): void => {
    clock.after(start + ms - clock.now(), run);
  };
  night.boards.forEach(({ events }, number) => {
    const board = boards[number];
    for (const event of events) if (board !== undefined) scheduleBoard(event, board, at);
  });
  for (const event of night.host) scheduleHost(event, boards, host, disk, at);
}

type At = (ms: number, run: () => void) => void;

function scheduleBoard(event: BoardEvent, board: NightBoard, at: At): void {
  const { around } = board;
  const end = 'forMs' in event ? event.at + event.forMs : event.at;
  switch (event.do) {
    case 'reset':
      at(event.at, () => board.reset(event.kind, event.place));
      break;
    case 'boot-loop':
      at(event.at, () => board.bootLoop(event.kind, event.resets));
      break;
    case 'bootloader':
      at(event.at, () => board.intoBootloader());
      at(end, () => board.outOfBootloader());
      break;
    case 'mute':
      at(event.at, () => board.mute(true));
      at(end, () => board.mute(false));
      break;
    case 'wifi-away':
      at(event.at, () => around.set({ wifi: false }));
      at(end, () => around.set({ wifi: true }));
      break;
    case 'broker-away':
      at(event.at, () => around.set({ broker: false }));
      at(end, () => around.set({ broker: true }));
      break;
    case 'certificate':
      at(event.at, () => around.set({ certificate: false }));
      at(end, () => around.set({ certificate: true }));
      break;
    case 'cable':
      at(event.at, () => {
        board.port.pull();
        if (event.power === 'lost') board.board.unplug();
      });
      if (event.resetAt !== null) at(event.resetAt, () => board.reset('hardware-watchdog'));
      at(end, () => {
        board.port.plug(event.newName ? `${board.name}n${event.at}` : undefined);
        board.board.plug();
      });
      break;
  }
}

function scheduleHost(
  event: HostEvent,
  boards: readonly NightBoard[],
  host: HostClock,
  disk: MemoryDisk,
  at: At,
): void {
  const unseen = 'resetAt' in event ? event.resetAt : null;
  if (unseen !== null) at(unseen, () => boards[0]?.reset('hardware-watchdog'));
  switch (event.do) {
    case 'kill':
      break;
    case 'clock-step':
      at(event.at, () => host.stepWall(event.ms));
      break;
    case 'suspend':
      at(event.at, () => {
        for (const { port } of boards) port.sleep(true);
        host.sleep();
      });
      at(event.at + event.forMs, () => {
        for (const { port } of boards) port.sleep(false);
        host.wake();
      });
      break;
    case 'disk-full':
      at(event.at, () => {
        disk.full = true;
      });
      at(event.at + event.forMs, () => {
        disk.full = false;
      });
      break;
  }
}
