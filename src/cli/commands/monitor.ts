import { createInterface, emitKeypressEvents } from 'node:readline';
import { eventText } from '../../board/event-text.js';
import { untilAborted } from '../../clock.js';
import { isEspwatchError } from '../../errors.js';
import { printable } from '../../printable.js';
import type { Line } from '../../serial/monitor-lines.js';
import { adapterFinder, type FindPort, keepOpen } from '../../serial/reconnect.js';
import { Capture } from '../../session/capture.js';
import { lineText } from '../../session/line-text.js';
import { BoardSession } from '../../session/session.js';
import { timeOfDay } from '../../units.js';
import { EXIT } from '../exit.js';
import type { Context, PortOptions } from '../program.js';
import { openTarget } from '../target.js';

/** Within this time a sketch that says its mode has done so. */
const SKETCH_START_MS = 5_000;

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
  const note = (error: unknown): void =>
    screen.above(() =>
      output.note(isEspwatchError(error) ? printable(`${error.message} ${error.hint}`) : String(error)),
    );
  let capture: Capture | null = null;
  const timer = options.for === undefined ? null : setTimeout(() => ended.abort(), options.for * 1000);
  try {
    if (options.capture !== undefined) {
      capture = await Capture.open(options.capture);
      capture.onFailure(note);
      session.captureTo(capture);
    }
    session.onLine((line) => screen.above(() => output.print(shownLine(line, output))));
    session.onEvent((event) => {
      output.record(event);
      const text = eventText(event, session.state);
      if (text !== null)
        screen.above(() => output.print(`${' '.repeat(13)}${output.style(text.style, `── ${text.text}`)}`));
    });
    await session.open(signal);
    output.note(
      `${target.name} at ${options.baud} baud. ${process.stdin.isTTY ? KEYS : 'Lines from stdin are sent to the board.'}`,
    );
    const find = await finderOf(target.device);
    keepOpen(target.link, { signal: stop, ...(find === null ? {} : { find }) });
    // One thing at a time: what is typed during a reset would go out at the ROM's speed.
    let last = Promise.resolve();
    const inTurn = (work: () => Promise<void>): Promise<void> => {
      last = last.then(work).catch((error: unknown) => {
        if (!stop.aborted) note(error);
      });
      return last;
    };
    const reset = (): Promise<void> => inTurn(() => session.resetAndFollow(stop));
    const resetFirst = options.reset === true || target.virtual ? reset() : null;
    // Piped lines are there before the board is: they wait until it says what it is.
    if (resetFirst !== null && !process.stdin.isTTY) {
      void inTurn(async () => void (await session.until(({ mode }) => mode !== 'unknown', SKETCH_START_MS, stop)));
    }
    const closeInput = readInput(screen, {
      send: (text) => inTurn(() => target.link.write(Buffer.from(`${text}\n`))),
      reset,
      quit: () => ended.abort(),
    });
    await resetFirst;
    await untilAborted(stop);
    closeInput();
  } finally {
    if (timer !== null) clearTimeout(timer);
    screen.close();
    await session.close();
    await target.dispose();
  }
  if (capture?.failure) throw capture.failure;
  return EXIT.ok;
}

/** Recognises the adapter when it comes back under another name; null where the name is all there is. */
async function finderOf(device: string | null): Promise<FindPort | null> {
  if (device === null) return null;
  const { listPorts } = await import('../../serial/ports.js');
  const before = (await listPorts()).find((port) => port.path === device);
  return before === undefined ? null : adapterFinder(before, () => listPorts());
}

function shownLine(line: Line, output: Context['output']): string {
  const { text, tone } = lineText(line);
  // The ROM's own lines matter when something is wrong; the events say what they mean.
  return `${output.style('dim', timeOfDay(line.t))} ${tone === 'plain' ? text : output.style('dim', text)}`;
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

/** What fails is shown, not thrown. */
interface InputActions {
  send(text: string): Promise<void>;
  reset(): Promise<void>;
  quit(): void;
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
    void actions.send(text);
    if (terminal) input.prompt();
  });
  input.on('SIGINT', actions.quit);
  const onKey = (_text: string, key: { ctrl?: boolean; name?: string } | undefined): void => {
    if (key?.ctrl === true && key.name === 'r') void actions.reset();
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
