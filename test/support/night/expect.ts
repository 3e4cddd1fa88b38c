import type { LedgerCause } from '../../../src/soak/ledger-types.js';
import type { Asked, Switched } from './board.js';
import { failedProbes } from './expect-probes.js';
import type {
  ExpectedBoard,
  ExpectedGap,
  ExpectedHost,
  ExpectedIncident,
  ExpectedLedger,
  ExpectedLoop,
  ExpectedReset,
  Range,
} from './expected.js';
import type { Delivery } from './port.js';
import {
  type BoardEvent,
  type BoardScript,
  type HostEvent,
  MINUTE,
  type Night,
  type ResetKind,
  SECOND,
} from './script.js';

/** What the world saw of one board, times from the begin of the run. */
export interface Seen {
  readonly asked: readonly Asked[];
  readonly switched: readonly Switched[];
  readonly deliveries: readonly Delivery[];
}

/** The sketch's patience and what follows (sketch.ts). */
const PATIENCE = 20 * SECOND;
const REJOIN = 30 * SECOND;
/** From a reset to the announcement of its mode, at most: one that serves the web, and one that must connect first. */
const UP = 5 * SECOND;
const SILENCE = 5 * MINUTE;
/** The run looks at the clocks, and says that it lives, so often. */
const ALIVE = 5 * SECOND;
const REOPEN = 1_100;

const CAUSES: Readonly<Record<ResetKind, LedgerCause>> = {
  'soft-watchdog': 'software-watchdog',
  exception: 'exception',
  panic: 'panic',
  'out-of-memory': 'out-of-memory',
  'hardware-watchdog': 'hardware-watchdog',
  restart: 'software',
  button: 'external',
  power: 'power',
};
const REPORTED: readonly ResetKind[] = ['soft-watchdog', 'exception', 'panic', 'out-of-memory'];

export function expectedOf(night: Night, seen: readonly Seen[]): ExpectedLedger {
  const kills = night.host.filter((event) => event.do === 'kill');
  return {
    parts: 1 + kills.length,
    boards: night.boards.map((script, number) => {
      const told = seen[number];
      if (told === undefined) throw new Error('a board that nobody saw');
      // What the host's script does to a board it does to the first one.
      const host = number === 0 ? night.host : night.host.map(withoutReset);
      return new BoardNight(script, host, told).expected();
    }),
    host: night.host.flatMap(hostEntry),
    storage: night.host.flatMap((event) => {
      if (event.do !== 'disk-full') return [];
      const end = event.at + event.forMs;
      return [{ from: range(event.at, ALIVE + SECOND), to: range(end, 12 * SECOND) }];
    }),
  };
}

function hostEntry(event: HostEvent): readonly ExpectedHost[] {
  if (event.do === 'suspend') {
    const end = event.at + event.forMs;
    return [{ t: range(end, ALIVE + SECOND), what: 'suspended', ms: event.forMs }];
  }
  if (event.do !== 'clock-step') return [];
  return [{ t: range(event.at, ALIVE + SECOND), what: 'clock-stepped', ms: event.ms }];
}

function withoutReset(event: HostEvent): HostEvent {
  return 'resetAt' in event ? { ...event, resetAt: null } : event;
}

function range(from: number, length: number, before = 5): Range {
  return [from - before, from + length];
}

class BoardNight {
  readonly #script: BoardScript;
  readonly #host: readonly HostEvent[];
  readonly #seen: Seen;
  readonly #resets: ExpectedReset[] = [];
  readonly #loops: ExpectedLoop[] = [];
  readonly #incidents: ExpectedIncident[] = [];
  readonly #gaps: ExpectedGap[] = [];
  readonly #crashes = new Map<string, number>();

  constructor(script: BoardScript, host: readonly HostEvent[], seen: Seen) {
    this.#script = script;
    this.#host = host;
    this.#seen = seen;
  }

  expected(): ExpectedBoard {
    this.#reset(range(0, SECOND), ['external'], { commanded: true });
    for (const { at, done } of this.#seen.switched) {
      if (done) this.#reset(range(at + 500, SECOND), ['software'], { commanded: true });
    }
    for (const event of this.#script.events) this.#board(event);
    for (const event of this.#host) this.#hostEvent(event);
    const byTime = (a: { readonly t: Range }, b: { readonly t: Range }): number => a.t[0] - b.t[0];
    this.#incidents.push(...failedProbes(this.#script, this.#host, this.#seen));
    return {
      resets: this.#resets.sort(byTime),
      loops: this.#loops,
      incidents: this.#incidents.sort(byTime),
      gaps: this.#gaps.sort((a, b) => a.from[0] - b.from[0]),
      crashes: this.#crashes,
    };
  }

  #board(event: BoardEvent): void {
    const { at } = event;
    const end = 'forMs' in event ? at + event.forMs : at;
    switch (event.do) {
      case 'reset':
        this.#own(event.kind, event.place, range(at, SECOND), null);
        break;
      case 'boot-loop':
        this.#loop(event.kind, event.resets, at);
        break;
      case 'bootloader':
        this.#reset(range(at, SECOND), ['stuck-in-bootloader']);
        this.#reset(range(end, SECOND), ['external']);
        this.#incident('mode-changed', range(at, SECOND), range(end, UP), /bootloader/);
        this.#silence(end);
        break;
      case 'mute':
        this.#silence(end);
        break;
      case 'wifi-away':
        this.#wifiAway(at, end);
        break;
      case 'broker-away':
      case 'certificate':
        if (this.#modeAt(at) !== 'mqtt-client') break;
        this.#incident('broker-lost', range(at, SECOND), range(end, 32 * SECOND), /connection lost/);
        break;
      case 'cable':
        this.#cable(event, end);
        break;
    }
  }

  #hostEvent(event: HostEvent): void {
    if (event.do === 'clock-step' || event.do === 'disk-full') return;
    const end = event.at + event.forMs;
    const restarted = this.#told(end, event.resetAt !== null);
    if (event.resetAt !== null) this.#unseen(event.resetAt);
    if (event.do === 'suspend') {
      // The computer knows how long it slept, and when only as closely as it looks at its clocks.
      this.#gaps.push({ from: range(event.at, ALIVE), to: range(end, ALIVE), reason: 'suspended', restarted });
    } else {
      const lost = event.how === 'kill' ? ALIVE + 500 : ALIVE + 3 * SECOND;
      const from: Range = [event.at - lost, event.at];
      this.#gaps.push({ from, to: range(end, 500), reason: 'not-running', restarted });
    }
  }

  #cable({ at, power, resetAt, newName }: Extract<BoardEvent, { do: 'cable' }>, end: number): void {
    const restarted = power === 'lost' ? 'seen' : this.#told(end, resetAt !== null);
    const back = range(end, REOPEN);
    const detail = restarted !== false ? /./ : /ran through/;
    this.#incident('port-lost', range(at, 100), back, detail);
    this.#gaps.push({ from: range(at, 100), to: back, reason: 'port-lost', restarted });
    if (newName) this.#incident('port-renumbered', back, null, /n\d+/);
    if (power === 'lost') {
      // Whether the first lines are seen is a matter of how soon the port is open again.
      this.#reset([end - 2 * SECOND, end + UP], ['power', 'unknown'], { unseen: true });
    } else if (resetAt !== null) this.#unseen(resetAt);
  }

  /** A change of mode on schedule may come before the board has told its uptime. */
  #told(end: number, restarted: boolean): boolean | 'unknown' {
    const sooner = this.#seen.switched.some(({ at, done }) => done && at > end - ALIVE && at < end + MINUTE);
    return sooner ? 'unknown' : restarted;
  }

  /** Known by the uptime only, which comes in whole seconds. */
  #unseen(at: number): void {
    this.#reset(range(at, 2 * SECOND, 2 * SECOND), ['unknown'], { unseen: true });
  }

  #wifiAway(at: number, end: number): void {
    if (end - at < PATIENCE) {
      this.#incident('wifi-lost', range(at, SECOND), range(end, SECOND), /connection lost/);
      return;
    }
    const access = at + PATIENCE;
    const back = access + Math.ceil((end - access) / REJOIN) * REJOIN;
    this.#incident('wifi-lost', range(at, SECOND), range(back, SECOND), /connection lost/);
    this.#incident('mode-changed', range(access, SECOND), range(back, UP), /access point/);
  }

  #silence(end: number): void {
    const before = this.#seen.deliveries.filter(({ t }) => t < end).at(-1)?.t ?? 0;
    const after = this.#seen.deliveries.find(({ t }) => t >= end)?.t;
    if ((after ?? Number.POSITIVE_INFINITY) - before < SILENCE) return;
    const until = after === undefined ? null : range(after, SECOND);
    this.#incident('silence', range(before, 100, 1_100), until, /Nothing came/);
  }

  #loop(kind: ResetKind, resets: number, at: number): void {
    const spread = resets * 1_200;
    for (let n = 0; n < resets; n++) this.#own(kind, 0, [at + n * 300, at + n * 1_200 + SECOND], this.#loops.length);
    this.#loops.push({
      from: range(at, SECOND),
      to: [at + resets * 300, at + spread + SECOND],
      resets,
      cause: CAUSES[kind],
    });
  }

  #own(kind: ResetKind, place: number, t: Range, loop: number | null): void {
    const crash = REPORTED.includes(kind) ? `${kind}/${place}` : null;
    if (crash !== null) this.#crashes.set(crash, (this.#crashes.get(crash) ?? 0) + 1);
    this.#reset(t, [CAUSES[kind]], { crash, loop });
  }

  #reset(t: Range, causes: readonly LedgerCause[], more: Partial<ExpectedReset> = {}): void {
    this.#resets.push({ t, causes, commanded: false, unseen: false, crash: null, loop: null, ...more });
  }

  #incident(kind: ExpectedIncident['kind'], t: Range, until: Range | null, detail: RegExp): void {
    this.#incidents.push({ kind, t, until, detail });
  }

  #modeAt(t: number): BoardScript['mode'] {
    return this.#seen.switched.filter(({ at, done }) => done && at < t).at(-1)?.to ?? this.#script.mode;
  }
}
