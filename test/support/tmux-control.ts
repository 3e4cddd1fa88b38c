import type { ChildProcess } from 'node:child_process';

export interface Answer {
  readonly lines: readonly string[];
  /** The program was in the middle of a synchronized update (DEC mode 2026), which tmux 3.3 takes piece by piece. */
  readonly painting: boolean;
}

/**
 * A client of tmux in control mode (tmux(1), "CONTROL MODE"): commands go in as lines, their answers come out between
 * `%begin` and `%end`, and what is written to the terminal comes out as `%output`, a byte below 32 or a backslash as
 * `\ooo`.
 */
export class ControlMode {
  /** What was written to the terminal, a character a byte. */
  output = '';
  /** Counts what may have changed the screen. */
  changes = 0;
  readonly #tmux: ChildProcess;
  readonly #asked: { resolve(answer: Answer): void; reject(error: Error): void }[] = [];
  readonly #waiting = new Set<() => void>();
  #rest = '';
  /** The answer that is coming in: its `%begin` without that word, and its lines. */
  #block: { readonly head: string; readonly lines: string[] } | null = null;
  #ended = false;

  constructor(tmux: ChildProcess) {
    this.#tmux = tmux;
    tmux.stdin?.on('error', () => undefined);
    tmux.stdout?.setEncoding('latin1').on('data', (text: string) => this.#take(text));
    tmux.on('close', () => {
      this.#ended = true;
      for (const { reject } of this.#asked.splice(0)) reject(new Error('tmux ended'));
      this.#changed();
    });
  }

  /** Resolves with the answer; rejects when tmux does not know what to do, or has ended. */
  ask(command: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new Error('tmux ended'));
        return;
      }
      this.#asked.push({ resolve, reject });
      this.#tmux.stdin?.write(`${command}\n`);
    });
  }

  /** Resolves once `changes` is no longer `seen`, or with the signal. */
  changed(seen: number, signal: AbortSignal): Promise<void> {
    if (this.changes !== seen || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  get #painting(): boolean {
    return this.output.lastIndexOf('\x1b[?2026h') > this.output.lastIndexOf('\x1b[?2026l');
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (this.#block !== null) {
      const { head, lines } = this.#block;
      const failed = line === `%error ${head}`;
      if (line !== `%end ${head}` && !failed) {
        lines.push(Buffer.from(line, 'latin1').toString('utf8'));
        return;
      }
      this.#block = null;
      // Flag 1: the answer to a line of ours, not to `new-session`.
      if (!head.endsWith(' 1')) return;
      const asked = this.#asked.shift();
      if (failed) asked?.reject(new Error(`tmux: ${lines.join(' ')}`));
      else asked?.resolve({ lines, painting: this.#painting });
    } else if (line.startsWith('%begin ')) {
      this.#block = { head: line.slice('%begin '.length), lines: [] };
    } else if (line.startsWith('%output ')) {
      this.output += line
        .slice(line.indexOf(' ', '%output '.length) + 1)
        .replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
      this.#changed();
    } else if (line.startsWith('%layout-change ')) this.#changed();
  }

  #changed(): void {
    this.changes += 1;
    for (const wake of [...this.#waiting]) wake();
  }
}
