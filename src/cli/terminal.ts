import type { ReadStream, WriteStream } from 'node:tty';

/** The alternate screen, empty, without a cursor; pasted text comes in brackets. */
const ENTER = '\x1b[?1049h\x1b[H\x1b[2J\x1b[?25l\x1b[?2004h';
/** Bracketed paste, mouse and colours are put back too: a view that broke may have left any of them on. */
const LEAVE = '\x1b[0m\x1b[?2004l\x1b[?1000l\x1b[?1006l\x1b[?25h\x1b[?1049l';

/**
 * The alternate screen of a terminal, given back in whatever way the process ends (but SIGKILL): what was on the
 * screen before is there again, the cursor shows, and the shell reads whole lines.
 */
export class FullScreen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  #entered = false;
  readonly #onExit = (): void => this.leave();

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    process.on('exit', this.#onExit);
    // From here on keys are for the program: one typed before the first frame is neither echoed nor a signal.
    this.#input.setRawMode(true);
    this.#output.write(ENTER);
  }

  /** Safe to call twice. Writes to a terminal are synchronous, so that it also works while the process ends. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.off('exit', this.#onExit);
    try {
      this.#input.setRawMode(false);
      this.#output.write(LEAVE);
    } catch {
      // The terminal is gone: there is nothing to give back.
    }
  }

  /** Ctrl-Z: the shell gets its terminal, `fg` brings this program back. Resolves when it is back. */
  async suspend(): Promise<void> {
    if (process.platform === 'win32') return;
    this.leave();
    await new Promise<void>((resolve) => {
      process.once('SIGCONT', () => resolve());
      // The whole job, as a terminal does it: a parent that only waits would keep the shell waiting too.
      process.kill(0, 'SIGTSTP');
    });
    this.enter();
  }
}
