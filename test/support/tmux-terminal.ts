import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './peers.js';
import { ControlMode } from './tmux-control.js';

export interface TerminalOptions {
  /** A folder of its own: it is the home of what runs in the terminal, and keeps tmux's socket. */
  readonly home: string;
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
  /** How long a text may take to show, ms. */
  readonly patienceMs?: number;
}

/** The shell waits for a command. */
export const PROMPT = /^\$\n*$/m;

/** What programs can change of a terminal, as tmux knows it. */
export interface PaneState {
  readonly title: string;
  readonly alternate: boolean;
  readonly cursorShown: boolean;
  readonly mouse: boolean;
  readonly applicationKeys: boolean;
  readonly insert: boolean;
  readonly wrap: boolean;
  readonly scrollRegion: string;
  /** Where the cursor is, `column,row` from 0. */
  readonly cursor: string;
}

const STATE: readonly (keyof PaneState)[] = [
  'title',
  'alternate',
  'cursorShown',
  'mouse',
  'applicationKeys',
  'insert',
  'wrap',
  'scrollRegion',
  'cursor',
];
/** In the same order; a title may hold anything, but not a tab. */
const STATE_FORMAT = [
  '#{pane_title}',
  '#{alternate_on}',
  '#{cursor_flag}',
  '#{mouse_any_flag}',
  '#{keypad_flag}#{keypad_cursor_flag}',
  '#{insert_flag}',
  '#{wrap_flag}',
  '#{scroll_region_upper}-#{scroll_region_lower}',
  '#{cursor_x},#{cursor_y}',
].join('\t');

/**
 * An interactive bash in a terminal of tmux, which knows the command `espwatch`. Everything that is written to the
 * terminal is kept; nothing here sleeps: whoever waits looks again when something was written.
 */
export class TmuxTerminal {
  readonly home: string;
  readonly #tmux: ChildProcess;
  readonly #control: ControlMode;
  readonly #patienceMs: number;

  /** Why there can be no such terminal on this machine, or false. */
  static readonly skip: string | false =
    process.platform === 'win32'
      ? 'needs tmux'
      : ['tmux', 'bash'].some((name) => spawnSync(name, [name === 'tmux' ? '-V' : '--version']).status !== 0)
        ? 'needs tmux and bash (.ci/run installs them)'
        : false;

  static async open({ home, columns, rows, env = {}, patienceMs = 30_000 }: TerminalOptions): Promise<TmuxTerminal> {
    const bin = join(home, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(
      join(bin, 'espwatch'),
      `#!/bin/sh\necho $$ > "$HOME/pid"\nexec "${process.execPath}" "${join(ROOT, 'bin/espwatch.js')}" "$@"\n`,
    );
    await chmod(join(bin, 'espwatch'), 0o755);
    const inside: Record<string, string> = {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      XDG_STATE_HOME: home,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      PS1: '$ ',
      HISTFILE: '',
      ...env,
    };
    const words = Object.entries(inside).map(([name, value]) => `${name}=${value}`);
    const shell = ['env', '-i', ...words, 'bash', '--norc', '--noprofile', '-i'].map(quoted).join(' ');
    const size = ['-x', `${columns}`, '-y', `${rows}`];
    const tmux = spawn(
      'tmux',
      ['-u', '-S', join(home, 'tmux'), '-f', '/dev/null', '-C', 'new-session', ...size, shell],
      {
        cwd: home,
        stdio: ['pipe', 'pipe', 'ignore'],
        env: { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
      },
    );
    const terminal = new TmuxTerminal(tmux, home, patienceMs);
    try {
      await terminal.#control.ask('set -g window-size manual');
      await terminal.resize(columns, rows);
      await terminal.shows(PROMPT);
      return terminal;
    } catch (error) {
      await terminal.close();
      throw error;
    }
  }

  private constructor(tmux: ChildProcess, home: string, patienceMs: number) {
    this.#tmux = tmux;
    this.home = home;
    this.#patienceMs = patienceMs;
    this.#control = new ControlMode(tmux);
  }

  /** Every byte that was written to the terminal since it was opened, a character a byte. */
  get written(): string {
    return this.#control.output;
  }

  /** Keys by tmux's names, apart by spaces: `Space`, `Enter`, `C-z`, `q`. */
  async press(keys: string): Promise<void> {
    await this.#control.ask(`send-keys ${keys.split(' ').map(quoted).join(' ')}`);
  }

  async type(text: string): Promise<void> {
    await this.#control.ask(`send-keys -l ${quoted(text)}`);
  }

  /** Types a command at the shell's prompt; its exit code shows below as `code N`. */
  async run(command: string): Promise<void> {
    await this.type(`${command}; echo "code $?"`);
    await this.press('Enter');
  }

  /** What the screen shows now, without the blanks that end its rows. */
  screen(): Promise<string> {
    return this.#until(() => true, 'a whole screen', this.#patienceMs);
  }

  /** The same with its colours, as SGR sequences. */
  styled(): Promise<string> {
    return this.#until(() => true, 'a whole screen', this.#patienceMs, 'capture-pane -p -e');
  }

  /** Resolves with the first screen that shows it, also the present one; rejects with the screen that did not. */
  shows(wanted: RegExp | ((screen: string) => boolean), ms = this.#patienceMs): Promise<string> {
    const fits = wanted instanceof RegExp ? (screen: string) => wanted.test(screen) : wanted;
    return this.#until(fits, String(wanted), ms);
  }

  /** Resolves with the first screen that does not show it. */
  lacks(unwanted: RegExp): Promise<string> {
    return this.#until((screen) => !unwanted.test(screen), `a screen without ${String(unwanted)}`, this.#patienceMs);
  }

  /** Looks again at each change; a frame that is half painted is none. */
  async #until(
    fits: (screen: string) => boolean,
    what: string,
    ms: number,
    command = 'capture-pane -p',
  ): Promise<string> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), ms);
    try {
      for (;;) {
        const seen = this.#control.changes;
        const { lines, painting } = await this.#control.ask(command);
        const screen = command.endsWith('-e') ? lines.join('\n') : trimmed(lines);
        if (!painting && fits(screen)) return screen;
        if (giveUp.signal.aborted) throw new Error(`${what} was not shown within ${ms} ms; the screen:\n${screen}`);
        await this.#control.changed(seen, giveUp.signal);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async state(): Promise<PaneState> {
    const {
      lines: [line = ''],
    } = await this.#control.ask(`display-message -p ${quoted(STATE_FORMAT)}`);
    const values = line.split('\t');
    const state = Object.fromEntries(STATE.map((name, i) => [name, values[i] ?? '']));
    return {
      title: state['title'] ?? '',
      alternate: state['alternate'] === '1',
      cursorShown: state['cursorShown'] === '1',
      mouse: state['mouse'] === '1',
      applicationKeys: state['applicationKeys'] !== '00',
      insert: state['insert'] === '1',
      wrap: state['wrap'] === '1',
      scrollRegion: state['scrollRegion'] ?? '',
      cursor: state['cursor'] ?? '',
    };
  }

  /** tmux's paste buffers: what a program put on the clipboard (OSC 52) is in one. */
  async clipboard(): Promise<readonly string[]> {
    return (await this.#control.ask('list-buffers')).lines;
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#control.ask(`resize-window -x ${columns} -y ${rows}`);
  }

  /** The last espwatch that was started here. */
  async pid(): Promise<number> {
    return Number(await readFile(join(this.home, 'pid'), 'utf8'));
  }

  /** Ends the terminal and, by SIGHUP, what runs in it. */
  async close(): Promise<void> {
    if (this.#tmux.exitCode !== null || this.#tmux.signalCode !== null) return;
    const ended = once(this.#tmux, 'exit');
    // Answered by its end.
    this.#control.ask('kill-server').catch(() => undefined);
    await ended;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function trimmed(rows: readonly string[]): string {
  return rows.map((row) => row.trimEnd()).join('\n');
}
