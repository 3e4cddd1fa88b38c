/** What is done to which board, and when: at random, and the same for the same seed. */
import { seeded } from '../../test/support/random.js';

export type FaultName =
  | 'reset'
  | 'power-cycle'
  | 'brown-out'
  | 'exception'
  | 'exception-elsewhere'
  | 'abort'
  | 'watchdog'
  | 'hardware-watchdog'
  | 'wifi-away'
  | 'mute'
  | 'unplug'
  | 'boot-loop'
  | 'hang';

/** Times in ms since the soak began. */
export interface Planned {
  readonly board: number;
  readonly fault: FaultName;
  readonly at: number;
  /** How long it lasts; 0 for what is over at once. */
  readonly ms: number;
}

export interface ScheduleOptions {
  readonly boards: number;
  readonly durationMs: number;
  readonly seed: number;
  /** The soak is not running then: one board is reset in the middle of it, else nothing is done around it. */
  readonly away: { readonly from: number; readonly to: number } | null;
}

interface Task {
  readonly fault: FaultName;
  readonly ms: number;
  /** Until all of its consequences are told, ms. */
  readonly after: number;
  /** All on one board: crashes at one place are one group. */
  readonly together: boolean;
}

interface Bin {
  readonly board: number;
  readonly from: number;
  readonly tasks: Task[];
  left: number;
}

const SECOND = 1_000;
/** The boards come up and are asked for the first time. */
const START = 40 * SECOND;
/** What the last fault did is told before the end. */
const END = 15 * SECOND;
const BEFORE_AWAY = 20 * SECOND;
const AFTER_AWAY = 75 * SECOND;
/** Resets any closer together would be a boot loop. */
const SETTLE = 25 * SECOND;
/** The sketch prints its telemetry so often, which ends a silence and tells its uptime. */
const TELEMETRY = 65 * SECOND;
/** The sketch looks for its network so often. */
const REJOIN = 45 * SECOND;
/** Shorter runs have no room for a silence. */
const LONG = 8 * 60 * SECOND;

/** In the order of time. */
export function schedule(options: ScheduleOptions): readonly Planned[] {
  const random = seeded(options.seed);
  const bins = binsOf(options);
  const home = Math.floor(random() * options.boards);
  const wanted = tasks(options.durationMs >= LONG, random).sort((a, b) => length(b) - length(a));
  for (const task of wanted) put(task, bins, task.together ? home : null);
  const fillers: readonly FaultName[] = ['reset', 'brown-out', 'watchdog', 'hardware-watchdog', 'abort', 'power-cycle'];
  const more = options.durationMs >= LONG ? 12 : 0;
  for (let n = 0; n < more; n++) put(single(fillers[n % fillers.length] ?? 'reset'), bins, null);
  const planned = bins.flatMap((bin) => spread(bin, random));
  const { away } = options;
  if (away !== null) planned.push({ board: 1, fault: 'reset', at: (away.from + away.to) / 2, ms: 0 });
  return planned.sort((a, b) => a.at - b.at);
}

function single(fault: FaultName, together = false): Task {
  return { fault, ms: 0, after: SETTLE, together };
}

function tasks(long: boolean, random: () => number): Task[] {
  const between = (low: number, high: number): number => Math.round(low + random() * (high - low)) * SECOND;
  const lasting = (fault: FaultName, ms: number, after: number): Task => ({ fault, ms, after, together: false });
  const short = [
    ...(['reset', 'power-cycle', 'brown-out', 'watchdog', 'hardware-watchdog', 'abort'] as const).map((f) => single(f)),
    single('exception', true),
    lasting('boot-loop', between(12, 25), SETTLE),
  ];
  if (!long) return [...short, single('exception', true), lasting('unplug', between(14, 18), SETTLE)];
  return [
    ...short,
    ...(['reset', 'reset', 'brown-out', 'brown-out', 'watchdog', 'hardware-watchdog'] as const).map((f) => single(f)),
    ...[1, 2, 3].map(() => single('exception', true)),
    single('exception-elsewhere', true),
    ...[1, 2].map(() => lasting('wifi-away', between(60, 120), REJOIN)),
    ...[1, 2].map(() => lasting('unplug', between(55, 65), TELEMETRY)),
    lasting('mute', between(120, 140), TELEMETRY),
    lasting('hang', between(110, 130), SETTLE),
  ];
}

function length({ ms, after }: Task): number {
  return ms + after;
}

/** Stretches of time on each board. */
function binsOf({ boards, durationMs, away }: ScheduleOptions): Bin[] {
  const end = durationMs - END;
  const spans =
    away === null
      ? [{ from: START, to: end }]
      : [
          { from: START, to: away.from - BEFORE_AWAY },
          { from: away.to + AFTER_AWAY, to: end + away.to - away.from },
        ];
  return Array.from({ length: boards }, (_, board) =>
    spans.map(({ from, to }) => ({ board, from, tasks: [], left: to - from })),
  ).flat();
}

/** Into the emptiest stretch that has room; left out where none has. */
function put(task: Task, bins: readonly Bin[], board: number | null): void {
  const open = bins.filter((bin) => bin.left >= length(task) && (board === null || bin.board === board));
  const [emptiest] = open.sort((a, b) => b.left - a.left);
  if (emptiest === undefined) return;
  emptiest.tasks.push(task);
  emptiest.left -= length(task);
}

/** In any order, with the time that is left in any portions between them. */
function spread({ board, from, tasks, left }: Bin, random: () => number): Planned[] {
  const order = tasks.map((task) => ({ task, key: random() })).sort((a, b) => a.key - b.key);
  const pauses = order.map(() => random()).sort((a, b) => a - b);
  let passed = 0;
  return order.map(({ task }, i) => {
    const at = Math.round(from + (pauses[i] ?? 0) * left + passed);
    passed += length(task);
    return { board, fault: task.fault, at, ms: task.ms };
  });
}
