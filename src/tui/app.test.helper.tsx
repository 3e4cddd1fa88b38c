/** The app on a terminal of any size; keys are what a terminal would send. */
import { EventEmitter } from 'node:events';
import { render } from 'ink';
import { VirtualClock } from '../clock.js';
import { App } from './app.js';
import { type FakeDesk, NOW } from './desk.test.helper.js';
import { type SoakSource, Ui } from './ui.js';
import type { UiState } from './ui-state.js';

class Output extends EventEmitter {
  columns: number;
  rows: number;
  frame = '';

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  write(frame: string): boolean {
    this.frame = frame;
    return true;
  }
}

class Input extends EventEmitter {
  readonly isTTY = true;
  #data: string | null = null;

  type(data: string): void {
    this.#data = data;
    this.emit('readable');
  }

  read(): string | null {
    const data = this.#data;
    this.#data = null;
    return data;
  }

  setEncoding(): void {}
  setRawMode(): void {}
  ref(): void {}
  unref(): void {}
}

export interface TestApp {
  readonly ui: Ui;
  readonly clock: VirtualClock;
  /** What reached the outside: quit, suspend, redraw, bell. */
  readonly heard: string[];
  readonly errors: unknown[];
  readonly lines: () => readonly string[];
  readonly text: () => string;
  /** One read of the keyboard each. */
  readonly type: (...reads: readonly string[]) => Promise<void>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  readonly unmount: () => void;
}

export interface TestAppOptions {
  readonly desk: FakeDesk;
  readonly columns?: number;
  readonly rows?: number;
  readonly initial?: Partial<UiState>;
  readonly soak?: SoakSource;
  readonly screenReader?: boolean;
}

export function startApp({
  desk,
  columns = 80,
  rows = 24,
  initial,
  soak,
  screenReader = false,
}: TestAppOptions): TestApp {
  const stdout = new Output(columns, rows);
  const stdin = new Input();
  const clock = new VirtualClock();
  const heard: string[] = [];
  const errors: unknown[] = [];
  const ui = new Ui({
    desk,
    soak,
    now: () => NOW + clock.now(),
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    onQuit: () => heard.push('quit'),
    onSuspend: () => heard.push('suspend'),
    onRedraw: () => heard.push('redraw'),
    initial,
  });
  const instance = render(
    <App
      ui={ui}
      clock={clock}
      paint="none"
      screenReader={screenReader}
      onBell={() => heard.push('bell')}
      onPaneError={(error) => errors.push(error)}
    />,
    {
      stdout: stdout as unknown as NodeJS.WriteStream,
      stderr: stdout as unknown as NodeJS.WriteStream,
      stdin: stdin as unknown as NodeJS.ReadStream,
      debug: true,
      isScreenReaderEnabled: screenReader,
      exitOnCtrlC: false,
      patchConsole: false,
    },
  );
  return {
    ui,
    clock,
    heard,
    errors,
    lines: () => stdout.frame.split('\n'),
    text: () => stdout.frame,
    async type(...reads) {
      for (const read of reads) {
        stdin.type(read);
        // Lets React commit, Ink tell a lone escape from a sequence, and what was asked of the desk come back.
        await clock.advance(0);
      }
      await clock.advance(0);
    },
    async resize(newColumns, newRows) {
      stdout.columns = newColumns;
      stdout.rows = newRows;
      stdout.emit('resize');
      await clock.advance(0);
    },
    unmount: () => instance.unmount(),
  };
}
