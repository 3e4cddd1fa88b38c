import { EventEmitter } from 'node:events';
import { type Instance, render } from 'ink';
import { type Clock, realClock } from '../clock.js';
import type { Desk } from '../session/desk-types.js';
import { App } from './app.js';
import { LineOverlay, OverlayContext } from './log/overlay.js';
import { Painter } from './painter.js';
import type { Paint } from './theme.js';
import { type SoakSource, Ui } from './ui.js';
import type { UiState } from './ui-state.js';

export interface ScreenOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** The user wants to leave, and agreed to break off what is under way. */
  readonly onQuit: () => void;
  /** Ctrl-Z: call `pause`, stop the process, and `resume` afterwards. */
  readonly onSuspend: () => void;
  readonly onBell?: (() => void) | undefined;
  readonly onPaneError?: ((error: unknown, pane: string) => void) | undefined;
  readonly soak?: SoakSource | undefined;
  readonly paint: Paint;
  readonly screenReader?: boolean | undefined;
  readonly initial?: Partial<UiState> | undefined;
  readonly clock?: Clock | undefined;
  /** Host time, ms since 1970. */
  readonly now?: (() => number) | undefined;
}

export interface AppScreen {
  /** Resolves after `leave`; rejects when the screen as a whole broke. */
  readonly done: Promise<void>;
  /** Writes everything again: another program may have written to the terminal. */
  redraw(): void;
  /** Gives raw mode and cursor back; what the user sees and typed is kept. */
  pause(): void;
  resume(): void;
  leave(): void;
}

/**
 * The screen on these streams: keys in raw mode, frames painted row by row. Entering and leaving the alternate screen,
 * signals and the bracketed paste mode (wanted: `ESC [ ? 2004 h`) are the caller's.
 */
export function showApp(desk: Desk, options: ScreenOptions): AppScreen {
  const { stdin, stdout, stderr, screenReader = false, clock = realClock } = options;
  const painter = new Painter(stdout);
  const overlay = new LineOverlay();
  const frames = new FrameStream(stdout, painter, overlay);
  let instance: Instance | null = null;
  let finish: (error?: unknown) => void = () => {};
  const done = new Promise<void>((resolve, reject) => {
    finish = (error) => (error === undefined ? resolve() : reject(error));
  });
  const ui = new Ui({
    desk,
    soak: options.soak,
    now: options.now ?? Date.now,
    size: () => ({ columns: frames.columns, rows: frames.rows }),
    onQuit: options.onQuit,
    onSuspend: options.onSuspend,
    onRedraw: () => painter.repaint(),
    initial: options.initial,
  });
  const onResize = (): void => {
    painter.invalidate();
    frames.emit('resize');
  };

  function resume(): void {
    if (instance !== null) return;
    // A screen reader follows the cursor through plain text: that is Ink's own way of writing.
    if (!screenReader) painter.start();
    stdout.on('resize', onResize);
    const mounted = render(
      <OverlayContext.Provider value={screenReader ? null : overlay}>
        <App
          ui={ui}
          clock={clock}
          paint={screenReader ? 'none' : options.paint}
          screenReader={screenReader}
          onBell={options.onBell}
          onPaneError={options.onPaneError}
        />
      </OverlayContext.Provider>,
      {
        stdin,
        stderr,
        stdout: screenReader ? stdout : (frames as unknown as NodeJS.WriteStream),
        // Whole frames, as they are: the painter finds out what changed.
        debug: !screenReader,
        isScreenReaderEnabled: screenReader,
        exitOnCtrlC: false,
        patchConsole: false,
      },
    );
    instance = mounted;
    mounted.waitUntilExit().catch((error: unknown) => {
      instance = null;
      stop();
      finish(error);
    });
  }

  function stop(): void {
    stdout.off('resize', onResize);
    painter.stop();
  }

  function pause(): void {
    const mounted = instance;
    instance = null;
    stop();
    mounted?.unmount();
  }

  resume();
  return {
    done,
    redraw: () => painter.repaint(),
    pause,
    resume,
    leave() {
      pause();
      finish();
    },
  };
}

/** What Ink takes for the terminal: each write is one whole frame. */
class FrameStream extends EventEmitter {
  /** False: Ink has no sequences of its own to send. */
  readonly isTTY = false;
  readonly #stdout: NodeJS.WriteStream;
  readonly #painter: Painter;
  readonly #overlay: LineOverlay;

  constructor(stdout: NodeJS.WriteStream, painter: Painter, overlay: LineOverlay) {
    super();
    this.#stdout = stdout;
    this.#painter = painter;
    this.#overlay = overlay;
  }

  get columns(): number {
    return this.#stdout.columns || 80;
  }

  get rows(): number {
    return this.#stdout.rows || 24;
  }

  write(frame: string): boolean {
    // What Ink writes to erase its last output, which here is nothing.
    if (frame !== '') this.#painter.paint(this.#overlay.apply(onlyStyles(frame)), this.rows);
    return true;
  }
}

/**
 * Styles and line feeds only. Views clean what they show; where a view broke, Ink tells the error by itself, and lets
 * titles and clipboard (OSC) in its message pass.
 */
function onlyStyles(frame: string): string {
  return frame.replace(/\u001b(?!\[[\d;:]*m)|[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g, '\ufffd');
}
