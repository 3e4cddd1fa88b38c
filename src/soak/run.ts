import { type Clock, realClock, type Timer, wait } from '../clock.js';
import type { JournalEntry } from '../journal/entry.js';
import { isIncident, JournalFilter } from '../journal/filter.js';
import type { HostReport, TimeBase } from '../journal/time-base.js';
import type { Recorder } from '../session/recorder.js';
import type { BoardSession } from '../session/session.js';

import { LedgerFold } from './ledger.js';
import type { Ledger } from './ledger-types.js';
import type { SoakPlan } from './plan.js';
import { Watch, type WatchedBoard } from './watch.js';

/** Where a run is kept; `RunFolder` of journal/ is one. */
export interface SoakStore {
  append(entry: JournalEntry, options?: { readonly urgent?: boolean }): unknown;
  capture(board: number): { add: (...chunk: Parameters<Recorder['add']>) => unknown; step: Recorder['step'] };
}

export interface SoakRunOptions {
  readonly plan: SoakPlan;
  readonly boards: readonly WatchedBoard[];
  readonly store: SoakStore;
  /** The sessions must tell the time by it as well. */
  readonly time: Pick<TimeBase, 'now' | 'poll' | 'news'>;
  /** 1, or more when the run is resumed; then `earlier` holds what came before. */
  readonly part: number;
  readonly earlier?: LedgerFold;
  readonly clock?: Clock;
  /** From 0 to 1, for the jitter of the probes. */
  readonly random?: () => number;
  /** After each entry that is more than a sign of life. */
  readonly onEntry?: (entry: JournalEntry) => void;
}

type Note = Extract<JournalEntry, { kind: 'renumbered' | 'storage' }>;

/** Bounds what a killed process leaves in doubt, ms. */
const ALIVE_MS = 5_000;

/** A soak under way: it watches its boards, keeps all of it in the store, and folds the ledger. */
export class SoakRun {
  readonly #options: SoakRunOptions;
  readonly #clock: Clock;
  readonly #fold: LedgerFold;
  #alive: Timer | null = null;
  /** Before this part begins: an entry now would be a sign of life of the part before. */
  #early: Note[] | null = [];
  /** By the clock; null before it watches. */
  #endsAt: number | null = null;

  constructor(options: SoakRunOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#fold = options.earlier ?? new LedgerFold();
  }

  /** As it stands now. */
  ledger(): Ledger {
    return this.#fold.ledger(this.#options.time.now());
  }

  /** Until it ends, ms; before it watches the time that is still to be watched, of the board that was watched least. */
  remainingMs(): number {
    if (this.#endsAt !== null) return Math.max(0, this.#endsAt - this.#clock.now());
    // As of the last sign of life: nobody has watched since.
    const { boards } = this.#fold.ledger();
    const watched = Math.min(...boards.map(({ watchedMs }) => watchedMs), Number.POSITIVE_INFINITY);
    return Math.max(0, this.#options.plan.durationMs - (Number.isFinite(watched) ? watched : 0));
  }

  /** Watches for the plan's duration or until the signal aborts; resolves to the ledger either way. */
  async run(signal: AbortSignal): Promise<Ledger> {
    const { boards, plan, part, time } = this.#options;
    const remaining = part === 1 ? plan.durationMs : this.remainingMs();
    // What is pending in the parsers belongs to the time before.
    for (const { session } of boards) session.flush();
    const names = boards.map(({ name, session }) => ({ name, seq: session.state.seq }));
    this.#take({ kind: 'begin', t: time.now(), part, boards: names });
    for (const entry of this.#early?.splice(0) ?? []) this.#take(entry);
    this.#early = null;
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const ends = boards.flatMap(({ session }, board) => this.#record(session, board));
    this.#signOfLife();
    let why: 'done' | 'stopped' | 'failed' = 'failed';
    this.#endsAt = this.#clock.now() + remaining;
    try {
      const watching = Promise.all(boards.map((board) => this.#watch(board, part).run(stop)));
      watching.catch(() => over.abort());
      await wait(this.#clock, remaining, stop).catch(() => undefined);
      why = signal.aborted ? 'stopped' : 'failed';
      const inTime = !stop.aborted;
      over.abort();
      await watching;
      if (inTime) why = 'done';
      for (const { session } of boards) session.flush();
    } finally {
      over.abort();
      this.#alive?.cancel();
      for (const end of ends) end();
      this.#take({ kind: 'end', t: time.now(), why });
    }
    return this.ledger();
  }

  /** Something about the run that its boards do not say: a port renumbered, the disk full. */
  note(entry: Note): void {
    if (this.#early === null) this.#take(entry);
    else this.#early.push(entry);
  }

  #record(session: BoardSession, board: number): readonly (() => void)[] {
    const capture = this.#options.store.capture(board);
    const filter = new JournalFilter();
    capture.step({ t: this.#options.time.now(), do: 'begin' });
    return [
      session.captureTo({
        add: (chunk) => capture.add(chunk),
        step: (step) => capture.step(step),
        close: async () => undefined,
      }),
      session.onEvent((event) => {
        // A sleep that ends with this event comes before it.
        this.#host(this.#options.time.news());
        for (const kept of filter.take(event)) this.#take({ kind: 'event', board, event: kept });
      }),
    ];
  }

  #watch(board: WatchedBoard, part: number): Watch {
    const { probeEveryMs, cycleModesMs, telemetry, thresholds } = this.#options.plan;
    return new Watch(
      board,
      // A run that goes on asks what the board has been doing; a reset would wipe that out.
      { probeEveryMs, cycleModesMs, telemetry, silenceMs: thresholds.silenceMs, reset: part === 1 },
      this.#clock,
      this.#options.random ?? Math.random,
    );
  }

  #signOfLife(): void {
    this.#host(this.#options.time.poll());
    this.#take({ kind: 'alive', t: this.#options.time.now() });
    this.#alive = this.#clock.after(ALIVE_MS, () => this.#signOfLife());
  }

  #host(reports: readonly HostReport[]): void {
    for (const report of reports) this.#take({ kind: 'host', ...report });
  }

  #take(entry: JournalEntry): void {
    this.#options.store.append(entry, { urgent: isUrgent(entry) });
    this.#fold.push(entry);
    if (entry.kind !== 'alive') this.#options.onEntry?.(entry);
  }
}

function isUrgent(entry: JournalEntry): boolean {
  return entry.kind === 'event' ? isIncident(entry.event) : entry.kind !== 'alive';
}
