/** What a ledger has to say of what was done to its boards. */
import type { GapReason, IncidentKind, LedgerCause } from '../../src/soak/ledger-types.js';
import type { Injected } from './boards.js';
import type { FaultName } from './schedule.js';

/** Earliest and latest, ms since 1970. */
export type Range = readonly [number, number];

export type Expected =
  | {
      readonly entry: 'reset';
      readonly board: number;
      readonly t: Range;
      readonly causes: readonly LedgerCause[];
      readonly commanded: boolean;
    }
  | {
      readonly entry: 'loop';
      readonly board: number;
      readonly t: Range;
      readonly until: Range;
      readonly causes: readonly LedgerCause[];
    }
  | {
      readonly entry: 'incident';
      readonly board: number;
      readonly t: Range;
      readonly until: Range;
      readonly kind: IncidentKind;
      /** It depends on when the board was asked. */
      readonly maybe: boolean;
    }
  | {
      readonly entry: 'gap';
      readonly board: number;
      readonly t: Range;
      readonly until: Range;
      readonly reason: GapReason;
      readonly restarted: boolean;
    };

export interface Kill {
  readonly killed: number;
  /** When the soak said that it watches again. */
  readonly resumed: number;
}

export interface Done {
  readonly boards: number;
  /** The soak began to watch about then, ms since 1970. */
  readonly began: number;
  readonly injected: readonly Injected[];
  readonly kill: Kill | null;
  /** How often each board has started since the soak began, by its own log. */
  readonly boots: readonly number[];
  /** Between two probes, ms. */
  readonly probeEveryMs: number;
}

const SECOND = 1_000;
/** Clocks agree, for it is one; what the board prints takes its time. */
const LATE = 3 * SECOND;
/** The sketch prints its telemetry so often. */
const TELEMETRY = 60 * SECOND;
/** From the end of an outage until the sketch has found its network again. */
const REJOIN = 40 * SECOND;
/** From the cable until the port is open again and the board is up. */
const REOPEN = 8 * SECOND;
/** The run says so often that it lives. */
const ALIVE = 5 * SECOND;

const CAUSES: Readonly<Partial<Record<FaultName, LedgerCause>>> = {
  reset: 'external',
  'power-cycle': 'power',
  'brown-out': 'power',
  exception: 'exception',
  'exception-elsewhere': 'exception',
  abort: 'panic',
  watchdog: 'software-watchdog',
  'hardware-watchdog': 'hardware-watchdog',
};

export function expectedOf(done: Done): readonly Expected[] {
  const { boards, began, injected, kill } = done;
  const all: Expected[] = [];
  for (let board = 0; board < boards; board++) {
    all.push(reset(board, [began - LATE, began + 20 * SECOND], ['external'], true));
    if (kill === null) continue;
    const unseen = injected.filter((one) => one.board === board && isUnseen(one, kill));
    all.push({
      entry: 'gap',
      board,
      t: [kill.killed - ALIVE - SECOND, kill.killed + SECOND],
      until: [kill.killed, kill.resumed + 5 * SECOND],
      reason: 'not-running',
      restarted: unseen.length > 0,
    });
    // Known by the uptime that the board tells, which comes in whole seconds.
    for (const { began: t } of unseen) all.push(reset(board, [t - LATE, t + LATE], ['unknown'], false));
  }
  for (const one of injected) {
    if (kill === null || !isUnseen(one, kill)) all.push(...consequences(one, done));
  }
  return all;
}

function isUnseen({ began }: Injected, { killed, resumed }: Kill): boolean {
  return began > killed && began < resumed;
}

function reset(board: number, t: Range, causes: readonly LedgerCause[], commanded: boolean): Expected {
  return { entry: 'reset', board, t, causes, commanded };
}

function consequences({ board, fault, began, ended }: Injected, { probeEveryMs }: Done): readonly Expected[] {
  const incident = (kind: IncidentKind, t: Range, until: Range, maybe = false): Expected => ({
    entry: 'incident',
    board,
    t,
    until,
    kind,
    maybe,
  });
  const at: Range = [began - LATE, began + LATE];
  const end: Range = [ended - LATE, ended + LATE];
  // A probe is one request with its own patience, and its outage ends with the next.
  const unanswered = (from: number, to: number): Expected =>
    incident('probe-failed', [from - LATE, to + LATE], [from, to + probeEveryMs + 20 * SECOND], true);
  const silent = incident(
    'silence',
    [began - TELEMETRY - LATE, began + LATE],
    [ended - LATE, ended + TELEMETRY + LATE],
  );
  switch (fault) {
    case 'wifi-away':
      return [
        incident('wifi-lost', [began - LATE, began + 10 * SECOND], [ended - LATE, ended + REJOIN]),
        incident('mode-changed', [began, ended + REJOIN], [began, ended + REJOIN + 10 * SECOND], true),
        unanswered(began, ended + REJOIN),
      ];
    case 'mute':
      return [silent];
    case 'hang':
      return [silent, unanswered(began, ended + 5 * SECOND), reset(board, end, ['external'], false)];
    case 'unplug':
      return [
        incident('port-lost', at, [ended - LATE, ended + REOPEN]),
        { entry: 'gap', board, t: at, until: [ended - LATE, ended + REOPEN], reason: 'port-lost', restarted: true },
        // Whether the first lines are seen is a matter of how soon the port is open again.
        reset(board, [ended - LATE, ended + REOPEN], ['power', 'unknown'], false),
        unanswered(ended, ended + REOPEN),
      ];
    case 'boot-loop':
      return [
        { entry: 'loop', board, t: at, until: end, causes: ['exception'] },
        unanswered(began, ended + 5 * SECOND),
      ];
    default:
      return [reset(board, at, causesOf(fault), false), unanswered(began, ended + 10 * SECOND)];
  }
}

function causesOf(fault: FaultName): readonly LedgerCause[] {
  const cause = CAUSES[fault];
  return cause === undefined ? [] : [cause];
}
