import { claimedVias } from '../board/crosscheck.js';
import type { BoardEvent, ProbeResult } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import { type Clock, type Timer, untilAborted, wait } from '../clock.js';
import { isEspwatchError, messageOf } from '../errors.js';
import { printable } from '../printable.js';
import { withoutSecrets } from '../secrets.js';
import { crossCheck, identify, type NetworkAccess, NOWHERE, type Reachable, reachableBy } from '../session/detect.js';
import type { BoardSession } from '../session/session.js';
import { switchMode } from '../session/switch-mode.js';

export interface WatchedBoard {
  /** As the user named its port. */
  readonly name: string;
  /** Its port may be open already, or not yet. */
  readonly session: BoardSession;
  readonly network: NetworkAccess;
  /** Asks the board over the network and records the results; `crossCheck` where it is left out. */
  readonly ask?: (session: BoardSession, known: Reachable, signal: AbortSignal) => Promise<readonly ProbeResult[]>;
  /** Tells the board to restart in its other mode and records the command; `switchMode` where it is left out. */
  readonly switchTo?: (
    session: BoardSession,
    to: SwitchMode,
    known: Reachable,
    signal: AbortSignal,
  ) => Promise<unknown>;
}

export type SwitchMode = 'web-server' | 'mqtt-client';

export interface WatchPlan {
  readonly probeEveryMs: number | null;
  readonly cycleModesMs: number | null;
  /** Null: the board may be silent. */
  readonly silenceMs: number | null;
  readonly telemetry: 'auto' | 'expected' | 'none';
  /** Resets the board first, to know its mode and where its uptime begins. */
  readonly reset: boolean;
}

/** For a mode to come up, ms. */
const IDENTIFY_MS = 30_000;
/** An outage is measured more finely than the interval between probes, ms. */
const RETRY_MS = 10_000;
/** A port that is not there when the watch begins is tried again, ms. */
const REOPEN_MS = 2_000;

/** Watches one board: probes, silence, scheduled changes of mode. What it sees it records in the board's session. */
export class Watch {
  readonly #board: WatchedBoard;
  readonly #plan: WatchPlan;
  readonly #clock: Clock;
  readonly #random: () => number;
  #known = NOWHERE;
  #heardAt: number;
  #telemetry: boolean;
  #silence: Timer | null = null;
  #silent = false;
  /** One thing at a time: a probe during a change of mode would find neither. */
  #busy: Promise<unknown> = Promise.resolve();

  /** @param random from 0 to 1, for the jitter of the probes. */
  constructor(board: WatchedBoard, plan: WatchPlan, clock: Clock, random: () => number) {
    this.#board = board;
    this.#plan = plan;
    this.#clock = clock;
    this.#random = random;
    this.#heardAt = clock.now();
    // A run that goes on expects what the board did before: it may have gone quiet meanwhile.
    this.#telemetry = !plan.reset && Object.keys(board.session.state.telemetry).length > 0;
  }

  /** Runs until the signal aborts; what fails on the way is recorded, not thrown. */
  async run(signal: AbortSignal): Promise<void> {
    const { session } = this.#board;
    const ends = [
      session.link.onData(() => this.#heard()),
      session.link.onBack(() => this.#heard()),
      session.onEvent((event, state) => this.#saw(event, state)),
    ];
    try {
      await this.#begin(signal);
      await Promise.all([
        this.#every(this.#plan.probeEveryMs, signal, () => this.#probe(signal)),
        this.#every(this.#plan.cycleModesMs, signal, () => this.#cycle(signal)),
        // Silence is watched also where nothing is asked.
        untilAborted(signal),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#silence?.cancel();
      for (const end of ends) end();
    }
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { session } = this.#board;
    this.#remember(session.state);
    for (let told = false; !session.link.isOpen; told = true) {
      try {
        await session.open(signal);
      } catch (error) {
        if (signal.aborted || !isEspwatchError(error)) throw error;
        if (!told) session.record({ type: 'link', state: 'lost', detail: error.message }, 'link');
        await wait(this.#clock, REOPEN_MS, signal);
      }
    }
    this.#heard();
    try {
      if (this.#plan.reset) await session.resetAndFollow(signal);
      if (this.#plan.reset || session.state.mode === 'unknown') await identify(session, IDENTIFY_MS, signal);
    } catch (error) {
      // A port that is lost in the middle is in the journal already.
      if (signal.aborted || !isEspwatchError(error)) throw error;
    }
    await this.#probe(signal);
  }

  async #every(ms: number | null, signal: AbortSignal, work: () => Promise<boolean>): Promise<void> {
    if (ms === null) return;
    let well = true;
    for (;;) {
      const next = well ? ms * (0.9 + 0.2 * this.#random()) : Math.min(ms, RETRY_MS);
      await wait(this.#clock, next, signal);
      well = await this.#alone(work).catch((error: unknown) => {
        // What breaks on one board must not end the night of the others.
        if (!signal.aborted) this.#couldNotAsk(`The board could not be asked: ${messageOf(error)}`);
        return false;
      });
    }
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#busy.then(work);
    this.#busy = turn.catch(() => undefined);
    return turn;
  }

  /** False when the board should have answered and did not. */
  async #probe(signal: AbortSignal): Promise<boolean> {
    const { session, network, ask } = this.#board;
    const claimed = claimedVias(session.state.mode);
    if (this.#plan.probeEveryMs === null || !session.link.isOpen || claimed === null) return true;
    const results =
      ask === undefined
        ? (await crossCheck(session, network, signal, this.#known)).checks
        : await ask(session, this.#known, signal);
    return results.every(
      ({ via, outcome }) => outcome === 'answered' || outcome === 'not-configured' || !claimed.includes(via),
    );
  }

  async #cycle(signal: AbortSignal): Promise<boolean> {
    const { session, network, switchTo } = this.#board;
    const { mode } = session.state;
    if (!session.link.isOpen || (mode !== 'web-server' && mode !== 'mqtt-client')) return true;
    const to = mode === 'web-server' ? 'mqtt-client' : 'web-server';
    const resets = session.state.resets.commanded;
    try {
      if (switchTo !== undefined) await switchTo(session, to, this.#known, signal);
      else await switchMode(session, to, { network, known: this.#known, signal });
      const isThere = (state: BoardState): boolean => state.resets.commanded > resets && state.mode === to;
      if (await session.until(isThere, IDENTIFY_MS, signal)) return true;
      throw new Error('it did not come up in the other mode in time');
    } catch (error) {
      if (signal.aborted) throw error;
      this.#couldNotAsk(`The board did not change its mode: ${messageOf(error)}`);
      return true;
    }
  }

  #couldNotAsk(text: string): void {
    const { session } = this.#board;
    const via = session.state.mode === 'mqtt-client' ? 'mqtt' : 'http';
    const identity = { mac: null, chipId: null };
    const evidence = printable(withoutSecrets(text), 300);
    session.record(
      { type: 'probe', result: { via, target: null, outcome: 'error', rttMs: null, evidence, identity } },
      via,
    );
  }

  #saw(event: BoardEvent, state: BoardState): void {
    if (event.type === 'telemetry') this.#telemetry = true;
    if (event.type === 'mode' || event.type === 'topic' || event.type === 'ip') this.#remember(state);
  }

  #remember({ announced }: BoardState): void {
    this.#known = reachableBy(announced, this.#known);
  }

  #heard(): void {
    this.#heardAt = this.#clock.now();
    this.#silent = false;
    if (this.#silence === null) this.#arm();
  }

  /** One timer for the whole watch: it looks again when the limit would be reached, however much came meanwhile. */
  #arm(): void {
    const { silenceMs } = this.#plan;
    if (silenceMs === null) return;
    const left = this.#heardAt + silenceMs - this.#clock.now();
    this.#silence = this.#clock.after(Math.max(left, 1), () => {
      this.#silence = null;
      const { session } = this.#board;
      const quiet = this.#clock.now() - this.#heardAt;
      if (quiet < silenceMs) {
        this.#arm();
        return;
      }
      // Re-armed by the next byte.
      if (this.#silent || !session.link.isOpen || !this.#expectsOutput()) return;
      this.#silent = true;
      session.record({ type: 'silence', ms: Math.round(quiet) }, 'tool');
    });
  }

  #expectsOutput(): boolean {
    const { telemetry } = this.#plan;
    return telemetry === 'expected' || (telemetry === 'auto' && this.#telemetry);
  }
}
