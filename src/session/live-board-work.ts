import { aborted, EspwatchError, messageOf } from '../errors.js';
import type { FlashProgress } from '../flash/flash.js';
import { printable } from '../printable.js';
import type { Activity, Outcome } from './desk-types.js';
import type { Done } from './live-board-actions.js';
import { leftMs } from './live-board-flash.js';
import type { LogTone } from './log-store.js';

type Kind = Activity['kind'];

const DOING: Readonly<Record<Kind, string>> = {
  flash: 'is being flashed',
  detect: 'is being identified',
  reset: 'is being reset',
  bootloader: 'is being put into its bootloader',
  switch: 'is switching its mode',
  request: 'is being asked',
  soak: 'is being soaked',
};

/** What is typed during these would not reach the sketch. */
const HOLDS_LINE: ReadonlySet<Kind> = new Set(['flash', 'reset', 'bootloader']);

export interface WorkOptions {
  /** Host time in ms since 1970. */
  readonly now: () => number;
  readonly note: (text: string, tone: LogTone) => void;
  readonly touched: () => void;
}

/** The long work on one board: one at a time, each with an outcome. */
export class BoardWork {
  readonly #options: WorkOptions;
  #activity: Activity | null = null;
  #outcome: Outcome | null = null;
  #control: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: WorkOptions) {
    this.#options = options;
  }

  get activity(): Activity | null {
    return this.#activity;
  }

  get outcome(): Outcome | null {
    return this.#outcome;
  }

  /** What keeps a line from being sent now, for people; null when nothing does. */
  get holdsLine(): string | null {
    return this.#activity !== null && HOLDS_LINE.has(this.#activity.kind) ? DOING[this.#activity.kind] : null;
  }

  /** Runs `work` unless something else is under way. `quiet`: an end without trouble needs no word. Never rejects. */
  async run(kind: Kind, what: string, work: (signal: AbortSignal) => Promise<Done>, quiet = false): Promise<void> {
    if (this.#activity !== null) {
      this.refuse(kind, `The board ${DOING[this.#activity.kind]}.`, 'Wait until that is over, or cancel it.');
      return;
    }
    const since = this.#options.now();
    this.#activity = kind === 'flash' ? { kind, since, what, progress: null, leftMs: null } : { kind, since, what };
    this.#control = new AbortController();
    this.#options.touched();
    this.#running = this.#carryOut(kind, work(this.#control.signal), quiet);
    await this.#running;
  }

  progress(progress: FlashProgress): void {
    if (this.#activity?.kind !== 'flash') return;
    this.#activity = { ...this.#activity, progress, leftMs: leftMs(progress) };
    this.#options.touched();
  }

  refuse(kind: Kind, text: string, hint: string): void {
    this.#outcome = { kind, t: this.#options.now(), ok: false, text, hint };
    this.#options.touched();
  }

  /** A failure outside of `run`. */
  failed(kind: Kind, error: unknown): void {
    this.#end(kind, doneOf(error));
  }

  cancel(): void {
    if (this.#activity !== null) this.#control?.abort(aborted(`The work under way (${this.#activity.what})`));
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#running;
  }

  async #carryOut(kind: Kind, work: Promise<Done>, quiet: boolean): Promise<void> {
    const done = await work.catch(doneOf);
    this.#activity = null;
    this.#control = null;
    if (done.ok && quiet) this.#options.touched();
    else this.#end(kind, done);
  }

  #end(kind: Kind, { ok, text, hint }: Done): void {
    const shown = printable(text, 1000);
    this.#outcome = {
      kind,
      t: this.#options.now(),
      ok,
      text: shown,
      hint: hint === null ? null : printable(hint, 500),
    };
    this.#options.note(shown, ok ? 'green' : 'red');
  }
}

function doneOf(error: unknown): Done {
  if (error instanceof EspwatchError) return { ok: false, text: error.message, hint: error.hint };
  return { ok: false, text: messageOf(error), hint: null };
}
