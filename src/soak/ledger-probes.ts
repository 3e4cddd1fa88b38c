/** What the board answered over the network: counts, outages, contradictions. */
import { claimedVias, crosscheck } from '../board/crosscheck.js';
import type { BoardEvent, ProbeResult, Verdict } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import type { Incidents } from './ledger-incidents.js';
import type { ModeWatch } from './ledger-modes.js';
import { Quantiles, SeriesFold } from './ledger-series.js';
import type { ProbeCounts } from './ledger-types.js';

/** Serial line and network tell of different moments while a board changes its mode, ms. */
const SWITCH_MS = 30_000;

type Via = ProbeResult['via'];

interface Row {
  readonly first: number;
  readonly last: number;
  readonly probes: number;
}

/** A contradiction that the next probe may explain. */
interface Doubt {
  readonly t: number;
  readonly via: Via;
  readonly detail: string;
}

export class ProbeWatch {
  readonly rtt = new SeriesFold();
  readonly #incidents: Incidents;
  readonly #modes: ModeWatch;
  readonly #quantiles = new Quantiles();
  readonly #rows = new Map<Via, Row>();
  readonly #byOutcome = new Map<string, number>();
  #asked = 0;
  #answered = 0;
  #longest = 0;
  #verdict: Verdict = 'unknown';
  #doubt: Doubt | null = null;

  constructor(incidents: Incidents, modes: ModeWatch) {
    this.#incidents = incidents;
    this.#modes = modes;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  fold(event: BoardEvent, state: BoardState): void {
    this.tick(event.t);
    if (event.type !== 'probe') return;
    const { t, result } = event;
    if (result.outcome !== 'not-configured') this.#count(t, result);
    const checks = [state.probes.http, state.probes.mqtt].filter((check) => check !== null);
    const { verdict, reasons } = crosscheck(state, checks);
    this.#verdict = verdict;
    this.#weigh(t, result.via, verdict, reasons.join(' '));
  }

  /** Time passes: a doubt that nothing explains is a contradiction. */
  tick(t: number): void {
    const doubt = this.#doubt;
    if (doubt === null) return;
    // Whatever changed after it began a new claim.
    if (this.#modes.changedAt > doubt.t) this.#doubt = null;
    else if (t - doubt.t >= SWITCH_MS && doubt.t - this.#modes.changedAt >= SWITCH_MS) this.#contradict(doubt);
  }

  /** The board claims something else from now on. */
  changed(t: number): void {
    this.#doubt = null;
    this.#incidents.close('contradiction', t);
  }

  /** Nobody asks any more. */
  stop(t: number): void {
    for (const via of this.#rows.keys()) this.#endRow(via, t);
    this.changed(t);
  }

  counts(to: number): ProbeCounts {
    const open = [...this.#rows.values()].map(({ first, last }) => Math.max(to, last) - first);
    return {
      asked: this.#asked,
      answered: this.#answered,
      byOutcome: Object.fromEntries(this.#byOutcome),
      rtt: this.#quantiles.quantiles(),
      longestFailureMs: Math.max(this.#longest, ...open),
    };
  }

  #count(t: number, { via, outcome, rttMs, evidence }: ProbeResult): void {
    if (!this.#isDue(via)) {
      // What the board no longer offers may stay away.
      this.#endRow(via, t);
      return;
    }
    // A request of ours that failed is no consequence of the change that it asked for.
    if (outcome !== 'answered' && outcome !== 'error' && this.#modes.isExcused(t)) return;
    this.#asked += 1;
    this.#byOutcome.set(outcome, (this.#byOutcome.get(outcome) ?? 0) + 1);
    if (outcome === 'answered') {
      this.#answered += 1;
      this.#endRow(via, t);
      if (rttMs !== null) {
        this.#quantiles.push(rttMs);
        this.rtt.push(t, rttMs);
      }
      return;
    }
    const row = this.#rows.get(via) ?? { first: t, last: t, probes: 0 };
    this.#rows.set(via, { first: row.first, last: t, probes: row.probes + 1 });
    this.#incidents.open('probe-failed', t, `${via.toUpperCase()}: ${outcome}. ${evidence}`, `probe-failed/${via}`);
  }

  /** By the mode in which the board last served: one that never came up again has to answer all the same. */
  #isDue(via: Via): boolean {
    const { serving } = this.#modes;
    if (serving === null) return true;
    return claimedVias(serving)?.includes(via) ?? true;
  }

  #endRow(via: Via, t: number): void {
    const row = this.#rows.get(via);
    if (row === undefined) return;
    this.#rows.delete(via);
    this.#longest = Math.max(this.#longest, t - row.first);
    const probes = row.probes === 1 ? '' : `${row.probes} probes in a row.`;
    this.#incidents.close(`probe-failed/${via}`, t, probes);
  }

  #weigh(t: number, via: Via, verdict: Verdict, detail: string): void {
    if (verdict !== 'contradicted') {
      this.changed(t);
      return;
    }
    if (this.#incidents.isOpen('contradiction')) return;
    if (this.#doubt === null) this.#doubt = { t, via, detail };
    else if (this.#doubt.via === via && t > this.#doubt.t) this.#contradict(this.#doubt);
  }

  #contradict(doubt: Doubt): void {
    this.#doubt = null;
    this.#incidents.open('contradiction', doubt.t, doubt.detail);
  }
}
