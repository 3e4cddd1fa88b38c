import { createInterface, emitKeypressEvents } from 'node:readline';
import { isEspwatchError } from '../../errors.js';
import type { Line } from '../../serial/monitor-lines.js';
import { adapterFinder, type FindPort, keepOpen } from '../../serial/reconnect.js';
import { Capture } from '../../session/capture.js';
import { ROM_BAUD } from '../../session/follow.js';
import { BoardSession } from '../../session/session.js';
import { eventText } from '../event-text.js';
import { EXIT } from '../exit.js';
import { printable, timeOfDay } from '../output.js';
import type { Context, PortOptions } from '../program.js';
import { openTarget } from '../target.js';

export interface MonitorOptions extends PortOptions {
  readonly reset?: true;
  readonly capture?: string;
  /** Seconds. */
  readonly for?: number;
}

const KEYS = 'Enter sends a line, Ctrl-R resets the board, Ctrl-C quits';

/**
 * `espwatch monitor`: lines as they come, what they mean between them. Ends with Ctrl-C, after --for, or when
 * the port is gone for good; an unplugged board is waited for.
 */
export async function monitor({ output, signal }: Context, options: MonitorOptions): Promise<number> {
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const target = await openTarget(options, output);
  const session = new BoardSession({ link: target.link, appBaud: options.baud });
  const screen = new Screen();
  const timer = options.for === undefined ? null : setTimeout(() => ended.abort(), options.for * 1000);
  try {
    if (options.capture !== undefined) session.captureTo(await Capture.open(options.capture));
    session.onLine((line) => screen.above(() => output.print(lineText(line, output))));
    session.onEvent((event) => {
      output.record(event);
      const text = eventText(event, session.state);
      if (text !== null)
        screen.above(() => output.print(`${' '.repeat(13)}${output.style(text.style, `── ${text.text}`)}`));
    });
    await session.open();
    output.note(
      `${target.name} at ${options.baud} baud. ${process.stdin.isTTY ? KEYS : 'Lines from stdin are sent to the board.'}`,
    );
    const find = await finderOf(target.device);
    keepOpen(target.link, { signal: stop, ...(find === null ? {} : { find }) });
    const reset = async (): Promise<void> => {
      try {
        await session.resetAndFollow(stop);
      } catch (error) {
        if (!stop.aborted)
          screen.above(() => output.note(isEspwatchError(error) ? `${error.message} ${error.hint}` : String(error)));
      }
    };
    const closeInput = readInput(screen, {
      send: (text) => target.link.write(Buffer.from(`${text}\n`)),
      reset,
      quit: () => ended.abort(),
      failed: (error) =>
        screen.above(() => output.note(isEspwatchError(error) ? `${error.message} ${error.hint}` : String(error))),
    });
    if (options.reset === true || target.virtual) await reset();
    await aborted(stop);
    closeInput();
    return EXIT.ok;
  } finally {
    if (timer !== null) clearTimeout(timer);
    screen.close();
    await session.close();
    await target.dispose();
  }
}

/** Recognises the adapter when it comes back under another name; null where the name is all there is. */
async function finderOf(device: string | null): Promise<FindPort | null> {
  if (device === null) return null;
  const { listPorts } = await import('../../serial/ports.js');
  const before = (await listPorts()).find((port) => port.path === device);
  return before === undefined ? null : adapterFinder(before, () => listPorts());
}

function lineText(line: Line, output: Context['output']): string {
  const text = printable(new TextDecoder().decode(line.bytes).replace(/\r$/, ''));
  // The ROM's own lines matter when something is wrong; the events say what they mean.
  return `${output.style('dim', timeOfDay(line.t))} ${line.baud === ROM_BAUD ? output.style('dim', text) : text}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Keeps the line being typed below what the board prints. */
class Screen {
  #redraw: (() => void) | null = null;

  promptWith(redraw: () => void): void {
    this.#redraw = redraw;
  }

  above(print: () => void): void {
    if (this.#redraw === null) {
      print();
      return;
    }
    process.stderr.write('\r\x1b[K');
    print();
    this.#redraw();
  }

  close(): void {
    if (this.#redraw !== null) process.stderr.write('\r\x1b[K');
    this.#redraw = null;
  }
}

interface InputActions {
  send(text: string): Promise<void>;
  reset(): Promise<void>;
  quit(): void;
  failed(error: unknown): void;
}

function readInput(screen: Screen, actions: InputActions): () => void {
  const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const input = createInterface({
    input: process.stdin,
    ...(terminal ? { output: process.stderr } : {}),
    terminal,
    prompt: terminal ? '> ' : '',
  });
  input.on('line', (text) => {
    actions.send(text).catch(actions.failed);
    if (terminal) input.prompt();
  });
  input.on('SIGINT', actions.quit);
  const onKey = (_text: string, key: { ctrl?: boolean; name?: string } | undefined): void => {
    if (key?.ctrl === true && key.name === 'r') actions.reset().catch(actions.failed);
    // Ctrl-] is the habit of miniterm and idf-monitor.
    else if (key?.ctrl === true && key.name === ']') actions.quit();
  };
  if (terminal) {
    emitKeypressEvents(process.stdin, input);
    process.stdin.on('keypress', onKey);
    screen.promptWith(() => input.prompt(true));
    input.prompt();
  }
  return () => {
    process.stdin.off('keypress', onKey);
    screen.close();
    input.close();
    // Only a terminal, pipe or socket can be let go; a file just ends.
    if ('unref' in process.stdin) process.stdin.unref();
  };
}
