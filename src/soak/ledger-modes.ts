/** The modes a board was in, and the changes of mode that nobody asked for. */
import { claimedVias } from '../board/crosscheck.js';
import type { BoardEvent, Mode } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import { modeInWords } from '../board/wording.js';
import type { Incidents } from './ledger-incidents.js';
import { Kept } from './ledger-kept.js';
import type { Span } from './ledger-types.js';

const SPANS = 2000;
/** A board told to do something restarts and comes up again within this time, ms. */
const COMMAND_MS = 30_000;
/** A probe sent before the board was up may fail this long after, ms. */
const PROBE_MS = 5_000;

/** Modes in which a board stays; the others have entries of their own. */
const SETTLED: ReadonlySet<Mode> = new Set([
  'web-server',
  'mqtt-client',
  'web-server+mqtt-client',
  'access-point',
  'no-firmware',
  'bootloader',
]);

type ModeSpan = Span & { readonly mode: Mode };

export class ModeWatch {
  readonly #incidents: Incidents;
  readonly #spans = new Kept<ModeSpan>(SPANS);
  #current: { readonly from: number; readonly mode: Mode } | null = null;
  #settled: Mode | null = null;
  #serving: Mode | null = null;
  /** Modes that a command of ours leads to. */
  #expected: readonly Mode[] = [];
  #excusedUntil = Number.NEGATIVE_INFINITY;
  #changedAt = Number.NEGATIVE_INFINITY;
  /** The mode that was left without a command, while the incident lasts. */
  #left: Mode | null = null;

  constructor(incidents: Incidents) {
    this.#incidents = incidents;
  }

  /** The mode in which the board last offered something that can be asked; null before the first. */
  get serving(): Mode | null {
    return this.#serving;
  }

  /** The latest change of mode, command or reset. */
  get changedAt(): number {
    return this.#changedAt;
  }

  /** Whether a command of ours explains that the board does not answer. */
  isExcused(t: number): boolean {
    return t < this.#excusedUntil;
  }

  begin(t: number, mode: Mode): void {
    this.#current = { from: t, mode };
  }

  stop(t: number): void {
    this.#end(t);
    this.#current = null;
  }

  reset(t: number): void {
    this.#changedAt = Math.max(t, this.#changedAt);
  }

  fold(event: BoardEvent, state: BoardState): void {
    if (event.type === 'reset-commanded' || event.type === 'switch-commanded') {
      this.#excusedUntil = event.t + COMMAND_MS;
      this.#changedAt = event.t;
      if (event.type === 'switch-commanded') this.#expected = [event.to, 'web-server+mqtt-client'];
      else if (event.into === 'uart-download') this.#expected = ['bootloader'];
    } else if (event.type === 'mode') this.#excusedUntil = Math.min(this.#excusedUntil, event.t + PROBE_MS);
    // Another firmware may do something else.
    else if (event.type === 'flash') {
      this.#settled = null;
      this.#serving = null;
    }
    this.#mode(event.t, state.mode);
  }

  spans(to: number): readonly ModeSpan[] {
    const current = this.#current;
    if (current === null || to <= current.from) return this.#spans.all();
    return [...this.#spans.all(), { from: current.from, to, mode: current.mode }];
  }

  get leftOut(): number {
    return this.#spans.leftOut;
  }

  #mode(t: number, mode: Mode): void {
    if (this.#current?.mode === mode) return;
    this.#end(t);
    this.#current = { from: Math.max(t, this.#current?.from ?? t), mode };
    if (SETTLED.has(mode)) this.#settle(t, mode);
  }

  #settle(t: number, mode: Mode): void {
    const before = this.#settled;
    this.#settled = mode;
    if (claimedVias(mode) !== null) this.#serving = mode;
    if (before === null || before === mode) return;
    this.#changedAt = t;
    if (mode === this.#left || this.#expected.includes(mode)) {
      this.#incidents.close('mode-changed', t);
      this.#left = null;
      if (this.#expected.includes(mode)) this.#expected = [];
      return;
    }
    // Its MQTT client connects after its web server is up.
    if (isBoth(before, mode)) return;
    this.#incidents.close('mode-changed', t);
    this.#left = before;
    this.#incidents.open('mode-changed', t, `From ${modeInWords(before)} to ${modeInWords(mode)}, without a command.`);
  }

  #end(t: number): void {
    const current = this.#current;
    if (current !== null && t > current.from) this.#spans.push({ from: current.from, to: t, mode: current.mode });
  }
}

function isBoth(a: Mode, b: Mode): boolean {
  const both: Mode = 'web-server+mqtt-client';
  return (a === 'web-server' && b === both) || (a === both && b === 'web-server');
}
