import { createInterface } from 'node:readline';
import { messageOf } from '../errors.js';
import { printable } from '../printable.js';
import { CONTROL_KINDS, type Control, parseControl } from '../sim/control.js';
import type { BoardController } from '../sim/controller.js';
import type { VirtualBoard } from '../sim/index.js';

const SCHEMA = 'espwatch.sim-answer/1';
/** Nobody types more; a longer line is no command. */
const LINE_MAX = 200;

/** Does what a line says, and tells how that went. */
export function answer(line: string, board: VirtualBoard, controller: BoardController): object {
  const command = printable(line.trim(), LINE_MAX);
  try {
    const control = parseControl(line);
    controller.apply(control, board);
    return { schema: SCHEMA, command, ok: true, ...details(control, board, controller) };
  } catch (error) {
    const hint = 'Send "help" for the list.';
    return { schema: SCHEMA, command, ok: false, error: { code: 'USAGE', message: `${messageOf(error)}.`, hint } };
  }
}

function details(control: Control, board: VirtualBoard, controller: BoardController): object {
  if (control.do === 'help') return { commands: CONTROL_KINDS.map(({ usage, help }) => ({ usage, help })) };
  return control.do === 'status' ? controller.status(board) : {};
}

/** Lines of a terminal or a pipe until the returned function is called; its end ends nothing. Blank ones are skipped. */
export function readCommands(stdin: NodeJS.ReadStream, onLine: (line: string) => void): () => void {
  const lines = createInterface({ input: stdin, terminal: false });
  lines.on('line', (line) => {
    if (line.trim() !== '') onLine(line);
  });
  const ignore = (): void => undefined;
  stdin.on('error', ignore);
  return () => {
    lines.close();
    stdin.off('error', ignore);
    // A pipe that stays open keeps nothing running.
    if ('unref' in stdin) stdin.unref();
  };
}
