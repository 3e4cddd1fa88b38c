import { spawn } from 'node:child_process';
import { type Clock, realClock } from '../clock.js';
import { EspwatchError } from '../errors.js';
import { printable } from '../printable.js';

/** What whoever is to be woken is told. */
export interface WakeCall {
  readonly board: string;
  readonly cause: string;
  /** ISO 8601. */
  readonly time: string;
  readonly text: string;
  /** Resets since the last call that rate limiting kept back. */
  readonly heldBack: number;
}

export interface HookOptions {
  /** A shell command; what happened is in `ESPWATCH_*` variables, never in the command line. */
  readonly command: string | null;
  /** Gets a POST with a JSON body. */
  readonly url: string | null;
  readonly clock?: Clock;
  /** Told when a call fails; a soak goes on without it. */
  readonly onFailure: (message: string) => void;
  readonly fetch?: typeof fetch;
  /** For a command or a server to take it, ms. */
  readonly timeoutMs?: number;
}

/** At most one call in this time, ms. */
const EVERY_MS = 60_000;
const TIMEOUT_MS = 30_000;

/** Throws USAGE for what is no http(s) URL; it does not repeat the URL, which may hold a token. */
export function checkNotifyUrl(text: string): void {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return;
  throw new EspwatchError('USAGE', '--notify takes an http or https URL.', 'Give it whole, such as https://host/path.');
}

/** Calls out on resets, not more often than once a minute; what is held back is counted and told with the next call. */
export class Hooks {
  readonly #options: HookOptions;
  readonly #clock: Clock;
  #last = Number.NEGATIVE_INFINITY;
  #held = 0;
  #latest: Omit<WakeCall, 'heldBack'> | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: HookOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
  }

  reset(call: Omit<WakeCall, 'heldBack'>): void {
    const { command, url } = this.#options;
    if (command === null && url === null) return;
    if (this.#clock.now() - this.#last < EVERY_MS) {
      this.#held += 1;
      this.#latest = call;
      return;
    }
    this.#call(call);
  }

  #call(call: Omit<WakeCall, 'heldBack'>): void {
    const { command, url } = this.#options;
    this.#last = this.#clock.now();
    const safe: WakeCall = {
      ...call,
      text: printable(call.text, 300),
      board: printable(call.board, 100),
      heldBack: this.#held,
    };
    this.#held = 0;
    this.#latest = null;
    this.#running = Promise.all([
      command === null ? null : this.#run(command, safe),
      url === null ? null : this.#post(url, safe),
    ]).then(() => undefined);
  }

  /** Resolves when the last call has ended. */
  done(): Promise<void> {
    return this.#running;
  }

  /** As `done`; what was held back until now is told first. */
  async close(): Promise<void> {
    await this.#running;
    const latest = this.#latest;
    if (latest === null) return;
    // The one that is told is not held back.
    this.#held -= 1;
    this.#call(latest);
    await this.#running;
  }

  #run(command: string, call: WakeCall): Promise<void> {
    return new Promise((resolve) => {
      const child = spawn(command, {
        shell: true,
        stdio: 'ignore',
        timeout: this.#options.timeoutMs ?? TIMEOUT_MS,
        // One that does not listen must not hold back the report.
        killSignal: 'SIGKILL',
        env: {
          ...process.env,
          ESPWATCH_BOARD: call.board,
          ESPWATCH_CAUSE: call.cause,
          ESPWATCH_TIME: call.time,
          ESPWATCH_TEXT: call.text,
          ESPWATCH_HELD_BACK: String(call.heldBack),
        },
      });
      child.once('error', () => {
        this.#options.onFailure('The command of --on-reset could not be started.');
        resolve();
      });
      child.once('exit', (code, signal) => {
        if (code !== 0) this.#options.onFailure(`The command of --on-reset ended with ${signal ?? code}.`);
        resolve();
      });
    });
  }

  async #post(url: string, call: WakeCall): Promise<void> {
    try {
      const response = await (this.#options.fetch ?? fetch)(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ schema: 'espwatch.wake/1', ...call }),
        redirect: 'error',
        signal: AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) this.#options.onFailure(`--notify was answered with status ${response.status}.`);
    } catch {
      this.#options.onFailure('--notify could not be delivered.');
    }
  }
}
