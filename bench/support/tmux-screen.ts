import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

interface Wanted {
  readonly text: RegExp;
  readonly found: (at: number) => void;
}

/** Output that a text may be spread over. */
const TAIL = 512;

/**
 * A program in a terminal of tmux, through its control mode: keys go in and what the program writes comes out over one
 * pipe, so that the time from a key to the change on the screen holds hardly any of tmux's own.
 */
export class TmuxScreen {
  readonly #tmux: ChildProcess;
  readonly #socket: string;
  #wanted: Wanted | null = null;
  #tail = '';
  #answer: ((lines: readonly string[]) => void) | null = null;

  private constructor(tmux: ChildProcess, socket: string) {
    this.#tmux = tmux;
    this.#socket = socket;
  }

  static skip(): string | false {
    return spawnSync('tmux', ['-V']).status === 0 ? false : 'tmux is not installed';
  }

  /** Starts `command` in a terminal of this size; `env` is added to ours. */
  static async open(
    command: readonly string[],
    { columns, rows }: ScreenSize,
    env: Readonly<Record<string, string>> = {},
  ): Promise<TmuxScreen> {
    const socket = join(tmpdir(), `espwatch-bench-${process.pid}`);
    const line = `exec ${command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')}`;
    const tmux = spawn(
      'tmux',
      ['-S', socket, '-f', '/dev/null', '-C', 'new-session', '-x', `${columns}`, '-y', `${rows}`, line],
      { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, TERM: 'xterm-256color', ...env } },
    );
    // A program that has ended is found out by what it no longer shows.
    tmux.stdin?.on('error', () => undefined);
    const screen = new TmuxScreen(tmux, socket);
    screen.#listen();
    await screen.#ask(`refresh-client -C ${columns}x${rows}`);
    return screen;
  }

  /** The process that runs in the terminal. */
  async pid(): Promise<number> {
    const [pid = ''] = await this.#ask("display-message -p '#{pane_pid}'");
    return Number(pid);
  }

  /** Keys by tmux's names: `Space`, `Enter`, `q`. */
  press(key: string): void {
    this.#send(`send-keys ${key}`);
  }

  type(text: string): void {
    this.#send(`send-keys -l '${text}'`);
  }

  /** Resolves with the time when the program writes `text`, from now on. Rejects after `ms`. */
  written(text: RegExp, ms: number): Promise<number> {
    this.#tail = '';
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wanted = null;
        reject(new Error(`${text} was not written within ${ms} ms; the screen:\n${this.text()}`));
      }, ms);
      const found = (at: number): void => {
        clearTimeout(timer);
        this.#wanted = null;
        resolve(at);
      };
      this.#wanted = { text, found };
    });
  }

  /** Resolves when the screen shows `text`, also right now. Rejects after `ms`. */
  async shows(text: RegExp, ms: number): Promise<void> {
    for (const end = performance.now() + ms; !text.test(this.text()); ) {
      if (performance.now() > end)
        throw new Error(`${text} was not shown within ${ms} ms; the screen:\n${this.text()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What the screen shows now. */
  text(): string {
    return spawnSync('tmux', ['-S', this.#socket, 'capture-pane', '-p'], { encoding: 'utf8' }).stdout;
  }

  /** Resolves when the program has ended, by itself or when the terminal is taken away after `ms`. */
  async ended(ms: number): Promise<boolean> {
    const exited = once(this.#tmux, 'exit').then(() => true);
    const done = await Promise.race([exited, new Promise<boolean>((resolve) => setTimeout(resolve, ms, false))]);
    if (!done) this.close();
    return done;
  }

  close(): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server']);
    rmSync(this.#socket, { force: true });
  }

  #send(command: string): void {
    this.#tmux.stdin?.write(`${command}\n`);
  }

  #ask(command: string): Promise<readonly string[]> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#send(command);
    });
  }

  #listen(): void {
    if (this.#tmux.stdout === null) return;
    let block: string[] | null = null;
    createInterface({ input: this.#tmux.stdout }).on('line', (line) => {
      if (line.startsWith('%output ')) this.#output(line.replace(/^%output %\d+ /, ''));
      else if (line.startsWith('%begin ')) block = [];
      else if (line.startsWith('%end ') || line.startsWith('%error ')) {
        // Flag 1: the answer to a command of ours, not to `new-session`.
        if (line.endsWith(' 1')) this.#answered(block ?? []);
        block = null;
      } else block?.push(line);
    });
  }

  #answered(lines: readonly string[]): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.(lines);
  }

  #output(part: string): void {
    const text = this.#tail + part;
    this.#tail = text.slice(-TAIL);
    if (this.#wanted?.text.test(text) === true) this.#wanted.found(performance.now());
  }
}
