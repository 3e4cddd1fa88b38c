import type { ReadStream, WriteStream } from 'node:tty';

/** The alternate screen, empty, without a cursor; pasted text comes in brackets. */
const ENTER = '\x1b[?1049h\x1b[H\x1b[2J\x1b[?25l\x1b[?2004h';
/** Bracketed paste, mouse and colours are put back too: a view that broke may have left any of them on. */
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?2004l\x1b[?1000l\x1b[?1006l\x1b[?25h\x1b[?1049l';

/** A screen reader follows the cursor through plain text: what is said stays where it was said. */
const PLAIN = { enter: '', leave: '\x1b[0m\x1b[?25h\r\n' };
const WHOLE = { enter: ENTER, leave: LEAVE };

/** A process with no shell above it is not stopped by Ctrl-Z: then it goes on after this time, ms. */
const NOT_STOPPED_MS = 300;

/**
 * The alternate screen of a terminal, given back in whatever way the process ends (but SIGKILL): what was on the
 * screen before is there again, the cursor shows, and the shell reads whole lines.
 */
export class FullScreen {
  readonly #input: Pick<ReadStream, 'setRawMode'>;
  readonly #output: Pick<WriteStream, 'write'>;
  readonly #stopJob: () => void;
  readonly #modes: typeof PLAIN;
  #entered = false;
  #over = false;
  readonly #onExit = (): void => this.#giveBack();

  constructor(
    input: Pick<ReadStream, 'setRawMode'>,
    output: Pick<WriteStream, 'write'>,
    { stopJob = stopThisJob, plain = false }: { readonly stopJob?: () => void; readonly plain?: boolean } = {},
  ) {
    this.#input = input;
    this.#output = output;
    this.#stopJob = stopJob;
    this.#modes = plain ? PLAIN : WHOLE;
  }

  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    process.on('exit', this.#onExit);
    // From here on keys are for the program: one typed before the first frame is neither echoed nor a signal.
    this.#input.setRawMode(true);
    this.#output.write(this.#modes.enter);
  }

  /** For good. Safe to call twice. */
  leave(): void {
    this.#over = true;
    this.#giveBack();
  }

  /**
   * Ctrl-Z: the shell gets its terminal, `fg` brings this program back. Resolves when it is back: to false when the
   * screen was left meanwhile, as a signal that came while the program stood still makes it.
   */
  async suspend(): Promise<boolean> {
    this.#giveBack();
    await new Promise<void>((resolve) => {
      const back = (): void => {
        clearTimeout(timer);
        process.off('SIGCONT', back);
        resolve();
      };
      const timer = setTimeout(back, NOT_STOPPED_MS);
      process.on('SIGCONT', back);
      this.#stopJob();
    });
    if (this.#over) return false;
    this.enter();
    return true;
  }

  /** Writes to a terminal are synchronous, so that this also works while the process ends. */
  #giveBack(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.off('exit', this.#onExit);
    try {
      this.#input.setRawMode(false);
      this.#output.write(this.#modes.leave);
    } catch {
      // The terminal is gone: there is nothing to give back.
    }
  }
}

/** The whole job, as a terminal does it: a parent that only waits would keep the shell waiting too. */
function stopThisJob(): void {
  if (process.platform !== 'win32') process.kill(0, 'SIGTSTP');
}
