import { untilAborted } from '../../clock.js';
import { EspwatchError, isEspwatchError } from '../../errors.js';
import { printable } from '../../printable.js';
import { createDesk } from '../../session/desk.js';
import type { Desk } from '../../session/desk-types.js';
import { deskWorld } from '../desk-world.js';
import { EXIT } from '../exit.js';
import { networkAccess } from '../network.js';
import { addPluggedIn } from '../plugged-in.js';
import type { Context, NetworkOptions } from '../program.js';
import { hasScreen, onScreen } from '../screen.js';
import { hostTime } from '../soak-live.js';
import { SoakPanel } from '../soak-panel.js';

export interface UiOptions extends NetworkOptions {
  readonly port: readonly string[];
  /** The sketch's speed in baud. */
  readonly baud: number;
  readonly fault: readonly string[];
  /** A folder where every byte of each board is kept. */
  readonly capture?: string;
  readonly screenReader?: true;
}

const SOAK_TOLD = 2;

/** `espwatch` alone: the terminal UI. Ends with `q`, Ctrl-C or a signal; the ports are free then and the boards run on. */
export async function ui(context: Context, options: UiOptions): Promise<number> {
  if (!hasScreen(context)) {
    const hint = 'Use a command: see espwatch --help.';
    if (process.env['TERM'] !== 'dumb') throw new EspwatchError('USAGE', 'The terminal UI needs a terminal.', hint);
    const message = 'The terminal UI needs a terminal that can place text (TERM is dumb).';
    throw new EspwatchError('USAGE', message, `Set TERM to what the terminal is, such as xterm-256color. ${hint}`);
  }
  const network = await networkAccess(options);
  const time = hostTime();
  const desk = createDesk(deskWorld({ network, faults: options.fault, captureFolder: options.capture ?? null }), {
    appBaud: options.baud,
    now: () => time.now(),
  });
  const soak = new SoakPanel(desk, time);
  const screen = { soak, screenReader: options.screenReader === true, now: () => time.now() };
  try {
    await onScreen(desk, context, screen, async (signal) => {
      const stopAdding = options.port.length > 0 ? addNamed(desk, options.port) : addPluggedIn(desk);
      await untilAborted(signal);
      stopAdding();
    });
  } finally {
    await soak.close();
    await desk.close();
    // Verdict and folder, which were on the screen only.
    for (const line of soak.view()?.lines.slice(0, SOAK_TOLD) ?? []) context.output.note(printable(line, 300));
  }
  const { signal } = context;
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
