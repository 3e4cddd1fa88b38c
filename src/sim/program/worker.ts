import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.js';
import { BOARD_IMPORTS, MEMORY_PAGES, WASI_IMPORTS } from './abi.js';
import { STATE, sharedBoard, WORD } from './layout.js';
import { ProgramMemory } from './memory.js';
import type { BoardMessage, WorkerInput } from './messages.js';
import { Pace } from './pace.js';
import { endingOf, LeaveProgram, WatchdogBark } from './traps.js';
import { type WasmImports, WebAssembly } from './web-assembly.js';
import { type Chip, chipImports } from './worker-chip.js';
import { socketImports } from './worker-sockets.js';

/** WASI's ENOSYS. */
const NO_SUCH_CALL = 52;
const STACK_FRAMES = 40;

interface ProgramExports {
  _initialize(): void;
  setup(): void;
  loop(): void;
}

function run(input: WorkerInput, post: (message: BoardMessage) => void): void {
  Error.stackTraceLimit = STACK_FRAMES;
  const board = sharedBoard(input.shared);
  const pace = new Pace(board, post);
  const chip: Chip = { board, pace, input, post, memory: new ProgramMemory(MEMORY_PAGES) };
  try {
    const { exports } = new WebAssembly.Instance(input.module, imports(chip));
    Atomics.store(board.words, WORD.state, STATE.running);
    runForEver(exports as ProgramExports, pace);
  } catch (error) {
    Atomics.store(board.words, WORD.state, STATE.over);
    report(error, post);
  }
}

/** As the Arduino core's `loop_wrapper`. */
function runForEver(program: ProgramExports, pace: Pace): never {
  program._initialize();
  program.setup();
  for (;;) {
    pace.check();
    program.loop();
    pace.turn();
  }
}

function imports(chip: Chip): WasmImports {
  const table = { ...chipImports(chip), ...socketImports(chip) };
  const board: WasmImports[string] = {};
  for (const name of BOARD_IMPORTS) {
    const call = table[name];
    board[name] = (...args: number[]) => {
      chip.pace.check();
      return call(...args);
    };
  }
  const wasi = Object.fromEntries(WASI_IMPORTS.map((name) => [name, () => NO_SUCH_CALL]));
  return { esp1: board, wasi_snapshot_preview1: wasi, env: { memory: chip.memory.memory } };
}

function report(error: unknown, post: (message: BoardMessage) => void): void {
  if (error instanceof LeaveProgram) return;
  const ending = endingOf(error);
  if (ending === undefined) post({ op: 'unusable', text: messageOf(error) });
  else post({ op: 'crash', ending, softWatchdog: error instanceof WatchdogBark });
}

const port = parentPort;
if (port !== null) run(workerData as WorkerInput, (message) => port.postMessage(message));
