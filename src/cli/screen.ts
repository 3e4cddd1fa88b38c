import { messageOf } from '../errors.js';
import { printable } from '../printable.js';
import type { Desk } from '../session/desk-types.js';
import type { SoakSource } from '../tui/ui.js';
import type { UiState } from '../tui/ui-state.js';
import type { Context } from './program.js';
import { FullScreen } from './terminal.js';

export interface ScreenOptions {
  readonly soak?: SoakSource;
  readonly initial?: Partial<UiState>;
  readonly screenReader?: boolean;
  /** The desk's time, ms since 1970: ages are told by it. */
  readonly now?: () => number;
}

const ERRORS_TOLD = 5;

/** True where the whole screen can be used: a person looks at stdout, which can place text, and types on stdin. */
export function hasScreen({ output }: Context): boolean {
  return output.interactive && process.stdin.isTTY === true && process.env['TERM'] !== 'dumb';
}

/**
 * The terminal UI over the desk for as long as `work` lasts. `work` is told to end when the user quits, and by the
 * command's signal. The terminal is as it was found afterwards, whatever happened; views that broke are told then.
 */
export async function onScreen<T>(
  desk: Desk,
  { output, signal }: Context,
  options: ScreenOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { stdin, stdout, stderr } = process;
  const { showApp } = await import('../tui/app-screen.js');
  const quit = new AbortController();
  const ended = AbortSignal.any([signal, quit.signal]);
  const broken: string[] = [];
  const screenReader = options.screenReader === true || process.env['INK_SCREEN_READER'] === 'true';
  const full = new FullScreen(stdin, stdout, { plain: screenReader });
  try {
    full.enter();
    const screen = showApp(desk, {
      stdin,
      stdout,
      stderr,
      onQuit: () => quit.abort(),
      onSuspend: () => {
        screen.pause();
        void full.suspend().then((back) => {
          if (back) screen.resume();
        });
      },
      onBell: () => stdout.write('\x07'),
      onPaneError: (error, pane) => {
        if (broken.length < ERRORS_TOLD) broken.push(`The ${pane} view broke: ${messageOf(error)}`);
      },
      paint: output.colours ? 'colour' : 'mono',
      screenReader,
      soak: options.soak,
      initial: options.initial,
      now: options.now,
    });
    // Node tells of a new size only; a terminal that shrank and grew again has lost its rows and has the old one.
    const onResize = (): void => screen.redraw();
    process.on('SIGWINCH', onResize);
    const working = work(ended);
    try {
      await Promise.race([working, screen.done]);
      return await working;
    } catch (error) {
      // A screen that broke as a whole ends the work; what it was doing is ended in order.
      screen.leave();
      quit.abort();
      await working.catch(() => undefined);
      throw error;
    } finally {
      process.off('SIGWINCH', onResize);
      screen.leave();
    }
  } finally {
    full.leave();
    for (const text of broken) output.note(printable(text, 300));
  }
}
