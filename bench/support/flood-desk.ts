// Feeds rows to a desk with one board as fast as it takes them, with its log on a pane, and says what that needs:
// a line of JSON at each of the numbers of rows that are its arguments.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Chunk, SerialLink } from '../../src/serial/link.js';
import { LINES_RELEASED } from '../../src/serial/link.js';
import { createDesk } from '../../src/session/desk.js';
import { initialLogPane } from '../../src/tui/log/contract.js';
import { paintFor } from '../../src/tui/log/paint.js';
import { viewLog } from '../../src/tui/log/view.js';
import { FloodText } from './flood-text.js';

export interface DeskFigures {
  readonly rows: number;
  readonly bytes: number;
  readonly rss: number;
  readonly heap: number;
  /** CPU time for a row, in µs, since the figures before. */
  readonly cpuUs: number;
}

const NAME = 'flood';
const BAUD = 921_600;
const CHUNK = 4096;
const FRAME_MS = 66;

const listeners = new Set<(chunk: Chunk) => void>();
let isOpen = false;
const link: SerialLink = {
  path: NAME,
  get isOpen() {
    return isOpen;
  },
  baud: BAUD,
  lines: LINES_RELEASED,
  open: async () => {
    isOpen = true;
  },
  close: async () => {
    isOpen = false;
  },
  setBaud: async () => undefined,
  setLines: async () => undefined,
  write: async () => undefined,
  discard: async () => undefined,
  onData(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  onLost: () => () => undefined,
  onBack: () => () => undefined,
  reopen: async () => undefined,
  signature: async () => null,
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const desk = createDesk(
  {
    listPorts: async () => [],
    nameFor: (name) => name,
    open: async () => ({ link, device: null, kind: 'remote', dispose: async () => undefined }),
    network: async () => ({ allowPublic: false, host: null, broker: null, configPassword: null, timeoutMs: 1000 }),
    capture: async () => null,
    readImage: async () => [],
    recentImages: null,
    close: async () => undefined,
  },
  { appBaud: BAUD },
);
await desk.add(NAME);

const paint = paintFor('colour');
const text = new FloodText();
let bytes = 0;
let frame = 0;
for (const rows of process.argv.slice(2).map(Number)) {
  const before = process.cpuUsage();
  const from = text.rows;
  while (text.rows < rows) {
    for (let i = 0; i < 16; i++) {
      const chunk: Chunk = { t: Date.now(), baud: BAUD, bytes: text.take(CHUNK) };
      bytes += CHUNK;
      for (const listener of listeners) listener(chunk);
    }
    if (performance.now() - frame >= FRAME_MS) {
      frame = performance.now();
      const board = desk.view().boards[0];
      if (board !== undefined) {
        const pane = { state: initialLogPane, width: 200, height: 50, showTime: true, focused: true, label: NAME };
        viewLog({ ...pane, store: board.log }, paint);
      }
    }
    await new Promise(setImmediate);
  }
  const { user, system } = process.cpuUsage(before);
  const cpuUs = (user + system) / (text.rows - from);
  const log = desk.view().boards[0]?.log;
  if (log === undefined || log.last < rows - CHUNK) throw new Error(`the log has ${log?.last} of ${text.rows} rows`);
  const busy = process.memoryUsage().rss;
  collect();
  const figures: DeskFigures = { rows: text.rows, bytes, rss: busy, heap: process.memoryUsage().heapUsed, cpuUs };
  console.log(JSON.stringify(figures));
}
await desk.close();
process.exit();
