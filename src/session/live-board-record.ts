import { eventText } from '../board/event-text.js';
import type { BoardEvent, ProbeResult, Telemetry } from '../board/events.js';
import { type BoardState, initialState } from '../board/state.js';
import type { Unsubscribe } from '../serial/link.js';
import type { Alert, CrossCheck, Trend } from './desk-types.js';
import { NOWHERE, type Reachable, reachableBy } from './detect.js';
import { lineText } from './line-text.js';
import { alertFor } from './live-board-alerts.js';
import { LogStore, type LogTone } from './log-store.js';
import type { BoardSession } from './session.js';
import { TrendSeries } from './trend.js';

const ALERTS_KEPT = 24;

/** What is kept of a board beside its state: log, trends, alerts, where it was reached. Fed by the session's events. */
export class BoardRecord {
  readonly log: LogStore;
  readonly #now: () => number;
  readonly #touched: () => void;
  /** True while a probe is asked in the background: only what is new about its answer is told. */
  readonly #inBackground: () => boolean;
  readonly #trends = {
    heap: new TrendSeries('heap'),
    block: new TrendSeries('block'),
    rssi: new TrendSeries('rssi'),
    rtt: new TrendSeries('rtt'),
  };
  #trendViews: readonly Trend[] | null = [];
  #alerts: readonly Alert[] = [];
  #crossCheck: CrossCheck | null = null;
  #known = NOWHERE;
  #before: BoardState = initialState;
  #bytes = 0;
  #linkSince: number | null = null;
  #runningSince: number | null = null;
  /** The last outcome of each way to ask that the log has told. */
  #told: Partial<Record<ProbeResult['via'], ProbeResult['outcome']>> = {};

  constructor(options: {
    now: () => number;
    touched: () => void;
    inBackground: () => boolean;
    logRows?: number | undefined;
  }) {
    this.log = new LogStore(options.logRows);
    this.#now = options.now;
    this.#touched = options.touched;
    this.#inBackground = options.inBackground;
  }

  /** Since it was added. */
  get bytes(): number {
    return this.#bytes;
  }

  get alerts(): readonly Alert[] {
    return this.#alerts;
  }

  get crossCheck(): CrossCheck | null {
    return this.#crossCheck;
  }

  /** Where the board was reached, whatever mode it is in now. */
  get known(): Reachable {
    return this.#known;
  }

  /** Ms since 1970; null when neither a reset was seen nor the board says how long it has been up. */
  get runningSince(): number | null {
    return this.#runningSince;
  }

  /** The same list until a value comes. */
  get trends(): readonly Trend[] {
    this.#trendViews ??= Object.values(this.#trends)
      .map((series) => series.view())
      .filter((trend) => trend !== null);
    return this.#trendViews;
  }

  follow(session: BoardSession): Unsubscribe {
    this.#before = session.state;
    const ends = [
      session.link.onData(({ bytes }) => {
        this.#bytes += bytes.length;
        this.#touched();
      }),
      session.onLine((line) => this.log.push({ t: line.t, kind: 'line', ...lineText(line) })),
      session.onEvent((event, state) => this.#hear(event, state)),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** A row of our own; `text` must be printable. */
  note(text: string, tone: LogTone): void {
    this.log.push({ t: this.#now(), kind: tone === 'sent' ? 'line' : 'event', text, tone });
    this.#touched();
  }

  checked(check: CrossCheck): void {
    if (check.verdict === 'contradicted' && this.#crossCheck?.verdict !== 'contradicted') {
      this.#alert({
        t: check.t,
        kind: 'contradiction',
        text: check.reasons[0] ?? 'The network contradicts the board.',
      });
    }
    this.#crossCheck = check;
    this.#touched();
  }

  #hear(event: BoardEvent, state: BoardState): void {
    const before = this.#before;
    this.#before = state;
    const text = this.#isNews(event) ? eventText(event, state) : null;
    if (text !== null) this.log.push({ t: event.t, kind: 'event', text: text.text, tone: text.style });
    if (state.announced !== before.announced) this.#remember(state);
    if (event.type === 'telemetry') this.#measure(event.t, event.values);
    if (event.type === 'link') {
      this.#linkSince = event.t;
      // Most cables carry the power too.
      if (event.state === 'lost') this.#runningSince = null;
    }
    if (state.lastReset !== null && state.lastReset !== before.lastReset) this.#runningSince = state.lastReset.t;
    // What was asked holds for one run in one mode.
    if (state.lastReset?.t !== before.lastReset?.t || state.mode !== before.mode) this.#crossCheck = null;
    const alert = alertFor(event, before, state, this.#linkSince);
    if (alert !== null) this.#alert(alert);
    this.#touched();
  }

  #isNews(event: BoardEvent): boolean {
    if (event.type === 'rom-banner' || event.type === 'reset-commanded') this.#told = {};
    if (event.type !== 'probe') return true;
    const { via, outcome, rttMs } = event.result;
    if (outcome === 'answered' && rttMs !== null) this.#add('rtt', event.t, rttMs);
    const known = this.#told[via] === outcome || outcome === 'not-configured';
    this.#told[via] = outcome;
    return !known || !this.#inBackground();
  }

  #remember({ announced }: BoardState): void {
    this.#known = reachableBy(announced, this.#known);
  }

  #measure(t: number, { freeHeap, largestBlock, rssi, uptime }: Telemetry): void {
    if (freeHeap !== undefined) this.#add('heap', t, freeHeap);
    if (largestBlock !== undefined) this.#add('block', t, largestBlock);
    if (rssi !== undefined) this.#add('rssi', t, rssi);
    if (uptime !== undefined && uptime >= 0) this.#runningSince ??= t - uptime * 1000;
  }

  #add(name: Trend['name'], t: number, value: number): void {
    this.#trends[name].add(t, value);
    this.#trendViews = null;
  }

  #alert(alert: Alert): void {
    this.#alerts = [...this.#alerts, alert].slice(-ALERTS_KEPT);
  }
}
