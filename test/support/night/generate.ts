import { seeded } from '../random.js';
import {
  type BoardEvent,
  type BoardScript,
  HOUR,
  type HostEvent,
  MINUTE,
  NIGHT_MS,
  type Night,
  type ResetKind,
  SECOND,
  type SketchMode,
} from './script.js';

/**
 * Nights by chance. So that an observer can tell the events of a night apart, as the script does:
 * - Each board's events, and those of the computer, keep 6 minutes from each other: telemetry comes every minute, and
 *   one line after an event is what shows by its uptime whether there was a restart in it.
 * - Events with a length are longer than the two minutes in which a probe surely falls, and the longest silence that is
 *   allowed (5 minutes) is kept clear of by a minute.
 * - What nobody sees (a reset while the cable is out, while the computer sleeps, while nothing runs) is 30 s from both
 *   ends of the time in which nobody looked.
 * - Where modes are changed on schedule, a change may come before the board has told its uptime: nothing happens unseen.
 * - No step of the wall clock comes before a kill: a new process has nothing but the wall clock to tell how long the
 *   run was not running.
 */
const APART = 6 * MINUTE;
const LAST = NIGHT_MS - 15 * MINUTE;

type Random = () => number;
type Range = readonly [number, number];

const RESETS: readonly ResetKind[] = [
  'soft-watchdog',
  'exception',
  'panic',
  'out-of-memory',
  'hardware-watchdog',
  'restart',
  'button',
  'power',
];
const LOOPS: readonly ResetKind[] = ['exception', 'soft-watchdog', 'panic', 'hardware-watchdog'];

export function generate(seed: number): Night {
  const random = seeded(seed);
  const cycling = random() < 0.15;
  const host = hostEvents(random, cycling);
  const busy = host.map((event): Range => [event.at - APART, end(event) + APART]);
  const boards = Array.from({ length: random() < 0.15 ? 2 : 1 }, () => board(random, busy, cycling));
  return { seed, durationMs: NIGHT_MS, boards, host, cycleModesMs: cycling ? 40 * MINUTE : null };
}

function board(random: Random, busy: readonly Range[], cycling: boolean): BoardScript {
  const mode: SketchMode = random() < 0.6 ? 'web-server' : 'mqtt-client';
  const events: BoardEvent[] = [];
  const most = Math.floor(random() * 14);
  let at = uniform(random, 8 * MINUTE, HOUR);
  while (events.length < most) {
    const event: BoardEvent = seenOnly(boardEvent(random, at, mode), cycling);
    const to = end(event);
    const clash = busy.find(([from, until]) => event.at < until && to > from);
    if (clash !== undefined) {
      at = clash[1] + uniform(random, 0, 10 * MINUTE);
      if (at > LAST) break;
      continue;
    }
    if (to > LAST) break;
    events.push(event);
    at = to + APART + uniform(random, 0, 40 * MINUTE);
  }
  return { mode, leak: random() < 0.3 ? 40 : 0, events };
}

function boardEvent(random: Random, at: number, mode: SketchMode): BoardEvent {
  const forMs = uniform(random, 2.5 * MINUTE, 20 * MINUTE);
  const quiet = random() < 0.5 ? uniform(random, 2 * MINUTE, 3.5 * MINUTE) : uniform(random, 6.5 * MINUTE, 20 * MINUTE);
  const choice = random();
  if (choice < 0.45) return { do: 'reset', at, kind: pick(random, RESETS), place: Math.floor(random() * 3) };
  if (choice < 0.55) {
    const resets = 4 + Math.floor(random() * 30);
    return { do: 'boot-loop', at, resets, kind: pick(random, LOOPS) };
  }
  if (choice < 0.6) return { do: 'bootloader', at, forMs: quiet };
  if (choice < 0.67) return { do: 'mute', at, forMs: quiet };
  if (choice < 0.77) return { do: 'wifi-away', at, forMs: random() < 0.2 ? uniform(random, 3_000, 18_000) : forMs };
  if (choice < 0.87 && mode === 'mqtt-client') {
    return { do: random() < 0.5 ? 'broker-away' : 'certificate', at, forMs };
  }
  return cable(random, at, forMs);
}

function cable(random: Random, at: number, forMs: number): BoardEvent {
  const power = random() < 0.5 ? 'lost' : 'kept';
  const resetAt = power === 'kept' && random() < 0.5 ? unseen(random, at, at + forMs) : null;
  return { do: 'cable', at, forMs, power, resetAt, newName: random() < 0.3 };
}

function hostEvents(random: Random, cycling: boolean): HostEvent[] {
  const events: HostEvent[] = [];
  const most = Math.floor(random() * 4);
  let at = uniform(random, 10 * MINUTE, 3 * HOUR);
  let stepped = false;
  while (events.length < most) {
    const event: HostEvent = seenOnly(hostEvent(random, at, stepped), cycling);
    if (end(event) > LAST) break;
    stepped ||= event.do === 'clock-step';
    events.push(event);
    at = end(event) + APART + uniform(random, 0, 2 * HOUR);
  }
  return events;
}

function hostEvent(random: Random, at: number, stepped: boolean): HostEvent {
  const forMs = uniform(random, 2.5 * MINUTE, HOUR);
  const resetAt = random() < 0.3 ? unseen(random, at, at + forMs) : null;
  const choice = random();
  if (choice < 0.35) return { do: 'suspend', at, forMs, resetAt };
  if (choice < 0.55) {
    const ms = uniform(random, 5 * SECOND, 2 * HOUR) * (random() < 0.5 ? -1 : 1);
    return { do: 'clock-step', at, ms };
  }
  if (choice < 0.7 || stepped) return { do: 'disk-full', at, forMs };
  return { do: 'kill', at, forMs, how: random() < 0.5 ? 'kill' : 'power-cut', resetAt };
}

function seenOnly<T extends BoardEvent | HostEvent>(event: T, only: boolean): T {
  return only && 'resetAt' in event ? { ...event, resetAt: null } : event;
}

function unseen(random: Random, from: number, to: number): number {
  return uniform(random, from + 30 * SECOND, to - 30 * SECOND);
}

function end(event: BoardEvent | HostEvent): number {
  if (event.do === 'boot-loop') return event.at + event.resets * 1_200;
  return 'forMs' in event ? event.at + event.forMs : event.at;
}

function pick<T>(random: Random, list: readonly T[]): T {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new Error('an empty list');
  return item;
}

/** Whole milliseconds and a fraction that no timer of the run has. */
function uniform(random: Random, from: number, to: number): number {
  return Math.round(from + random() * (to - from)) + 0.25;
}
