import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from './cleanup.js';
import { type PaneState, TmuxTerminal } from './tmux-terminal.js';

export const SMALL = { columns: 80, rows: 24 };
export const LARGE = { columns: 200, rows: 50 };

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal with a home of its own; gone when the test is over. */
export async function openTerminal(
  t: TestContext,
  size: Size = SMALL,
  env: Readonly<Record<string, string>> = {},
): Promise<TmuxTerminal> {
  const home = await mkdtemp(join(tmpdir(), 'espwatch-tui-'));
  // What runs in the terminal may write there until it has ended.
  atEnd(t, () => rm(home, { recursive: true, force: true, maxRetries: 20 }));
  const terminal = await TmuxTerminal.open({ home, ...size, env });
  atEnd(t, () => terminal.close());
  return terminal;
}

/** The shell's screen and the terminal's state before a program ran, to compare with those after it. */
export class Before {
  readonly #terminal: TmuxTerminal;
  readonly #screen: string;
  readonly #state: PaneState;

  private constructor(terminal: TmuxTerminal, screen: string, state: PaneState) {
    this.#terminal = terminal;
    this.#screen = screen;
    this.#state = state;
  }

  /** Leaves a text on the screen that must be there again. */
  static async of(terminal: TmuxTerminal): Promise<Before> {
    await terminal.type('echo this was "here" before');
    await terminal.press('Enter');
    const screen = await terminal.shows(/^this was here before\n\$$/m);
    return new Before(terminal, screen, await terminal.state());
  }

  /** The program has ended with this code, and all is as it was. Resolves with what it left on the screen. */
  async isBack(code: number): Promise<string> {
    const screen = await this.#terminal.shows(/^code \d+\n\$$/m);
    const before = this.#screen.trimEnd();
    assert.equal(screen.slice(0, before.length), before, 'the text of the shell is there again');
    assert.match(screen, new RegExp(`^code ${code}$`, 'm'));
    const { cursor, ...state } = await this.#terminal.state();
    const { cursor: _cursor, ...expected } = this.#state;
    assert.deepEqual(state, expected);
    assert.match(cursor, /^2,/, 'the cursor is behind the prompt');
    assert.deepEqual(await this.#terminal.clipboard(), []);
    return screen.slice(before.length);
  }
}
