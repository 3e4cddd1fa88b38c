import { untilAborted } from '../../clock.js';
import { EspwatchError, isEspwatchError } from '../../errors.js';
import { printable } from '../../printable.js';
import { createDesk } from '../../session/desk.js';
import type { Desk } from '../../session/desk-types.js';
import { deskWorld } from '../desk-world.js';
import { EXIT } from '../exit.js';
import { networkAccess } from '../network.js';
import type { Context, NetworkOptions } from '../program.js';
import { FullScreen } from '../terminal.js';

export interface UiOptions extends NetworkOptions {
  readonly port: readonly string[];
  /** The sketch's speed in baud. */
  readonly baud: number;
  readonly fault: readonly string[];
  /** A folder where every byte of each board is kept. */
  readonly capture?: string;
  readonly screenReader?: true;
}

/** `espwatch` alone: the terminal UI. Ends with `q`, Ctrl-C or a signal; the ports are free then and the boards run on. */
export async function ui({ output, signal }: Context, options: UiOptions): Promise<number> {
  const { stdin, stdout, stderr } = process;
  if (!output.interactive || !stdin.isTTY) {
    throw new EspwatchError('USAGE', 'The terminal UI needs a terminal.', 'Use a command: see espwatch --help.');
  }
  if (process.env['TERM'] === 'dumb') {
    const hint = 'Set TERM to what the terminal is, such as xterm-256color, or use a command: see espwatch --help.';
    throw new EspwatchError('USAGE', 'The terminal UI needs a terminal that can place text (TERM is dumb).', hint);
  }
  const { showApp } = await import('../../tui/app-screen.js');
  const desk = createDesk(
    deskWorld({
      network: await networkAccess(options),
      faults: options.fault,
      captureFolder: options.capture ?? null,
    }),
    { appBaud: options.baud },
  );
  const quit = new AbortController();
  const ended = AbortSignal.any([signal, quit.signal]);
  const broken: string[] = [];
  const full = new FullScreen(stdin, stdout);
  try {
    full.enter();
    const screen = showApp(desk, {
      stdin,
      stdout,
      stderr,
      onQuit: () => quit.abort(),
      onSuspend: () => {
        screen.pause();
        void full.suspend().then(() => screen.resume());
      },
      onBell: () => stdout.write('\x07'),
      onPaneError: (error, pane) => {
        if (broken.length < 5)
          broken.push(`The ${pane} view broke: ${error instanceof Error ? error.message : String(error)}`);
      },
      paint: output.colours ? 'colour' : 'mono',
      ...(options.screenReader === true || process.env['INK_SCREEN_READER'] === 'true' ? { screenReader: true } : {}),
    });
    // Node tells of a new size only; a terminal that shrank and grew again has lost its rows and has the old one.
    const onResize = (): void => screen.redraw();
    process.on('SIGWINCH', onResize);
    try {
      const stopAdding = options.port.length > 0 ? addNamed(desk, options.port) : addPluggedIn(desk);
      await Promise.race([screen.done, untilAborted(ended)]);
      stopAdding();
    } finally {
      process.off('SIGWINCH', onResize);
      screen.leave();
    }
  } finally {
    full.leave();
    await desk.close();
    for (const text of broken) output.note(printable(text, 300));
  }
  if (!signal.aborted) return EXIT.ok;
  if (!isEspwatchError(signal.reason, 'ABORTED')) throw signal.reason;
  const message = 'A signal ended the terminal UI: the ports are free, and what was under way was broken off.';
  throw new EspwatchError('ABORTED', message, 'Boards run on. To go on watching them: espwatch', {
    cause: signal.reason,
  });
}

function addNamed(desk: Desk, ports: readonly string[]): () => void {
  for (const port of ports) void desk.add(port);
  return () => undefined;
}

/** Opens each USB-serial port once, now or when it is plugged in: opening resets nothing. */
function addPluggedIn(desk: Desk): () => void {
  const seen = new Set<string>();
  const look = (): void => {
    const { ports } = desk.view();
    for (const { name, kind, holder } of ports) {
      if (kind !== 'usb' || holder !== null || seen.has(name)) continue;
      seen.add(name);
      void desk.add(name);
    }
  };
  look();
  return desk.onChange(look);
}
