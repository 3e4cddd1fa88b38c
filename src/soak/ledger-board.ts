/** One board's part of the ledger, folded from its events. */
import type { BoardEvent, Telemetry } from '../board/events.js';
import { type BoardState, initialState, reduce } from '../board/state.js';
import { isContext } from '../journal/filter.js';
import { ContextRing } from './ledger-context.js';
import { CrashGroups } from './ledger-crashes.js';
import { Incidents } from './ledger-incidents.js';
import { ModeWatch } from './ledger-modes.js';
import { NetworkWatch } from './ledger-network.js';
import { ProbeWatch } from './ledger-probes.js';
import { ResetWatch } from './ledger-resets.js';
import { SeriesFold } from './ledger-series.js';
import type { BoardLedger, LeftOut, Series, SeriesName } from './ledger-types.js';
import { UptimeWatch, uptimeOf } from './ledger-uptime.js';
import { Watched } from './ledger-watch.js';

/** Up to so many bytes say nothing: see `hear` of board/state. */
const HEARD = 5;
/** A heap printed so soon after a reset is that of a board that has not begun its work, ms. */
const BOOT_MS = 10_000;
/** Between the last byte and the event that it became, ms. */
const LINE_MS = 1_000;

export class BoardFold {
  name: string;
  #state: BoardState = initialState;
  /** In this part of the run, which began then. */
  #heardAt: number | null = null;
  #beganAt = 0;
  readonly #watched = new Watched();
  readonly #context = new ContextRing();
  readonly #incidents = new Incidents();
  readonly #crashes = new CrashGroups();
  readonly #uptime = new UptimeWatch();
  readonly #resets = new ResetWatch(this.#context);
  readonly #modes = new ModeWatch(this.#incidents);
  readonly #network = new NetworkWatch(this.#incidents);
  readonly #probes = new ProbeWatch(this.#incidents, this.#modes);
  readonly #series: Readonly<Record<Exclude<SeriesName, 'rtt'>, SeriesFold>> = {
    heap: new SeriesFold(),
    block: new SeriesFold(),
    rssi: new SeriesFold(),
  };

  constructor(name: string) {
    this.name = name;
  }

  /** A part begins; `last` is when the one before ended, null for the first. */
  begin(t: number, last: number | null): void {
    if (last !== null) {
      this.#watched.stop(last);
      this.#modes.stop(last);
      this.#probes.stop(last);
      this.#incidents.close('silence', last);
      this.#resets.unwatched(t, t);
      this.#context.clear();
      const { announced, memory, mode } = this.#state;
      // What the board announces now begins a new list, as after a cable that was out.
      this.#state = {
        ...this.#state,
        mode: mode === 'silent' ? 'unknown' : mode,
        silentMs: null,
        announced: { ...announced, stale: true },
        memory: { ...memory, heard: 0, pending: null },
      };
    }
    this.#beganAt = t;
    this.#heardAt = null;
    this.#watched.begin(t);
    this.#modes.begin(t, this.#state.mode);
  }

  suspended(from: number, to: number): void {
    this.#incidents.close('silence', from);
    this.#watched.suspended(from, to);
    this.#resets.unwatched(from, to);
  }

  renumbered(t: number, port: string): void {
    this.#incidents.note('port-renumbered', t, `The same adapter is ${port} now.`);
  }

  tick(t: number): void {
    this.#probes.tick(t);
  }

  event(event: BoardEvent): void {
    if (isContext(event)) {
      this.#output(event);
      return;
    }
    const before = this.#state;
    const state = reduce(before, event);
    this.#state = state;
    if (event.source === 'serial') this.#heard(event.t);
    if (event.type === 'link') this.#link(event);
    else this.#watched.heard();
    if (event.type === 'silence') this.#silence(event.t, event.ms);
    else if (event.type === 'crash') this.#crashes.add(event.t, event.report);
    const resets = this.#resets.count;
    this.#resets.fold(event, before, state);
    if (this.#resets.count > resets) this.#restarted(event.t);
    if (state.lastReset !== before.lastReset && state.lastReset?.cause === 'power-on') this.#watched.powered(event.t);
    this.#network.fold(event);
    if (event.type === 'telemetry') this.#telemetry(event.t, event.values, before);
    const changedAt = this.#modes.changedAt;
    this.#modes.fold(event, state);
    if (this.#modes.changedAt > changedAt) this.#probes.changed(event.t);
    this.#probes.fold(event, state);
  }

  ledger(to: number): BoardLedger {
    const series: Partial<Record<SeriesName, Series>> = {};
    for (const [name, fold] of Object.entries({ ...this.#series, rtt: this.#probes.rtt })) {
      if (!fold.isEmpty) series[name as SeriesName] = fold.series();
    }
    const leftOut: LeftOut = {
      ...this.#resets.leftOut,
      incidents: this.#incidents.leftOut,
      gaps: this.#watched.gapsLeftOut,
      modes: this.#modes.leftOut,
      crashes: this.#crashes.leftOut,
    };
    return {
      name: this.name,
      mac: this.#state.mac,
      mode: this.#state.mode,
      verdict: this.#probes.verdict,
      watchedMs: this.#watched.watchedMs(to),
      gaps: this.#watched.gaps(to),
      resets: this.#resets.all(),
      loops: this.#resets.loops(to),
      incidents: this.#incidents.all(),
      crashGroups: this.#crashes.all(),
      probes: this.#probes.counts(to),
      series,
      modes: this.#modes.spans(to),
      ...(Object.values(leftOut).some((n) => n > 0) ? { leftOut } : {}),
    };
  }

  /** The state needs the first few bytes only, which tell a board that talks from one that is silent. */
  #output(event: BoardEvent): void {
    const { memory, silentMs, t } = this.#state;
    if (memory.heard < HEARD || silentMs !== null) {
      // Not before its time nor after it: output moves no clock.
      this.#state = reduce(this.#state, { ...event, t: t ?? event.t });
    }
    this.#incidents.close('silence', event.t);
    this.#heardAt = Math.max(event.t, this.#heardAt ?? event.t);
    const text = event.type === 'text' ? event.text : null;
    this.#resets.output(event.t, text);
    if (text !== null) this.#network.text(event.t, text);
    this.#context.push(event.t, text);
  }

  #heard(t: number): void {
    this.#incidents.close('silence', t);
    this.#heardAt = Math.max(t, this.#heardAt ?? t);
  }

  #link({ t, state, detail }: Extract<BoardEvent, { type: 'link' }>): void {
    if (state === 'open' || state === 'back') {
      this.#watched.opened(t);
      this.#incidents.close('port-lost', t);
      return;
    }
    this.#watched.lost(t);
    this.#incidents.close('silence', t);
    this.#resets.unwatched(t + 1, t + 1);
    if (state === 'lost') this.#incidents.open('port-lost', t, detail ?? 'The port went away.');
  }

  #silence(t: number, ms: number): void {
    const since = Math.max(t - ms, this.#beganAt);
    // Time waited in vain for an announcement is no silence of a board that talks.
    if (this.#watched.state === 'lost' || (this.#heardAt !== null && this.#heardAt > since + LINE_MS)) return;
    this.#incidents.open('silence', since, 'Nothing came from the board.');
  }

  #restarted(t: number): void {
    this.#uptime.reset(this.#resets.lastT ?? t);
    this.#network.reset(t);
    this.#modes.reset(t);
    this.#probes.changed(t);
  }

  #telemetry(t: number, values: Telemetry, before: BoardState): void {
    const uptime = uptimeOf(values);
    if (uptime !== null) this.#told(t, uptime, before);
    const fresh = uptime === null && this.#resets.lastT !== null && t - this.#resets.lastT < BOOT_MS;
    const heap = values['freeHeap'] ?? values['heap'];
    const block = values['largestBlock'] ?? values['block'];
    const rssi = values['rssi'];
    if (heap !== undefined && !fresh) this.#series.heap.push(t, heap);
    if (block !== undefined && !fresh) this.#series.block.push(t, block);
    // Without a network the SDK gives 31.
    if (rssi !== undefined && rssi < 0) this.#series.rssi.push(t, rssi);
  }

  #told(t: number, uptime: { readonly s: number; readonly certain: boolean }, before: BoardState): void {
    const { lastGapEnd } = this.#watched;
    const found = this.#uptime.told(t, uptime, lastGapEnd);
    if (found === null) return;
    const { restartedAt, since } = found;
    if (restartedAt !== null) {
      const watched = !this.#watched.wasAway(restartedAt);
      this.#resets.unseen(restartedAt, before.mode, watched, uptime.s);
      this.#network.reset(restartedAt);
      this.#modes.reset(restartedAt);
      this.#probes.changed(t);
    } else if (lastGapEnd !== null && lastGapEnd > since) {
      this.#incidents.amendLast('port-lost', since, 'The board ran through it, by its uptime.');
    }
    this.#watched.judge(since, restartedAt);
  }
}
