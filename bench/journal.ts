// Lines through capture and journal: how fast, how much disk, and whether the memory stays flat.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardEvent, BoardFact, Telemetry } from '../src/board/events.js';
import { JournalFilter } from '../src/journal/filter.js';
import { readCapture } from '../src/journal/read-capture.js';
import { readEntries } from '../src/journal/read-entries.js';
import { RunFolder } from '../src/journal/run-folder.js';
import { Interpreter } from '../src/session/interpreter.js';
import { columns, seconds } from './support/figures.js';

const json = process.argv.includes('--json');
const LINES = process.argv.includes('--quick') ? 1_000_000 : 10_000_000;
const BOARDS = 4;
const BAUD = 921_600;
/** What a driver gives at once from a board that talks all the time. */
const LINES_A_CHUNK = 64;

/** A board's night: a boot every 6400 lines, telemetry, and text that is never the same. */
function* night(): Generator<{ readonly bytes: Uint8Array; readonly lines: number }> {
  for (let n = 0; ; ) {
    const lines: string[] = [];
    for (; lines.length < LINES_A_CHUNK; n++) {
      const place = n % 6_400;
      if (place === 0) lines.push(' ets Jan  8 2013,rst cause:2, boot mode:(3,6)');
      else if (n % 20 === 0)
        lines.push(`ESP8266 Telemetry: heap=${30_000 + (n % 977)} block=${20_000 + (n % 541)} rssi=-${50 + (n % 23)}`);
      else lines.push(`${n * 7} sensor ${n % 11}: ${(n * 2_654_435_761) % 100_003} raw, ${(n % 400) / 10} degrees`);
    }
    yield { bytes: new Uint8Array(Buffer.from(`${lines.join('\r\n')}\r\n`)), lines: lines.length };
  }
}

interface Row {
  readonly lines: number;
  readonly rss: number;
  readonly linesASecond: number;
}

type Way = 'parser, capture and journal' | 'capture and journal';

/** What the parser would find in `lines` lines, at no cost: for the figures of capture and journal alone. */
function* found(lines: number, t: number): Generator<BoardEvent> {
  const values: Telemetry = { freeHeap: 31_000, maxFreeBlock: 20_500, rssi: -61 };
  for (let seq = 0; seq < lines; seq++) {
    if (seq % 20 === 0) yield { type: 'telemetry', values, seq, t, source: 'serial' };
    else yield { type: 'text', text: 'sensor 1: 9 raw', ended: true, seq, t, source: 'serial' };
  }
}

async function measure(way: Way, path: string) {
  const folder = await RunFolder.create(path, null);
  let troubles = 0;
  folder.onStatus(() => troubles++);
  let t = 1_760_000_000_000;
  let entries = 0;
  const boards = Array.from({ length: BOARDS }, (_, board) => {
    const filter = new JournalFilter();
    let seq = 0;
    const keep = (event: BoardEvent): void => {
      for (const kept of filter.take(event)) {
        folder.append({ kind: 'event', board, event: kept });
        entries += 1;
      }
    };
    const onFact = (fact: BoardFact, at: number): void => {
      seq += 1;
      keep({ ...fact, seq, t: at, source: 'serial' });
    };
    const interpreter = new Interpreter(BAUD, { onLine: () => {}, onFact });
    return { interpreter, keep, chunks: night(), capture: folder.capture(board) };
  });
  const rows: Row[] = [];
  let lines = 0;
  let bytes = 0;
  const startedAt = performance.now();
  for (let turn = 0; lines < LINES; turn++) {
    for (const { interpreter, keep, chunks, capture } of boards) {
      const { value } = chunks.next();
      const chunk = { t, baud: BAUD, bytes: value.bytes };
      t += 1.25;
      bytes += value.bytes.length;
      const before = lines;
      lines += value.lines;
      const room = capture.add(chunk);
      if (way === 'capture and journal') for (const event of found(value.lines, t)) keep(event);
      else interpreter.push(chunk);
      if (!room) await folder.drained();
      if (Math.floor(lines / 1_000_000) > Math.floor(before / 1_000_000)) {
        const linesASecond = (1000 * lines) / (performance.now() - startedAt);
        rows.push({ lines, rss: process.memoryUsage().rss, linesASecond });
      }
    }
    // As a port would: the rest of the program has its turn.
    if (turn % 64 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const tookMs = performance.now() - startedAt;
  await folder.close();
  const closedMs = performance.now() - startedAt;
  const lost = folder.lostBytes;
  const names = await readdir(path);
  let onDisk = 0;
  for (const name of names) onDisk += (await stat(join(path, name))).size;
  const readAt = performance.now();
  let readBack = lost;
  for (let board = 0; board < BOARDS; board++) {
    for await (const item of readCapture(path, board)) if ('bytes' in item) readBack += item.bytes.length;
  }
  let entriesBack = 0;
  for await (const _entry of readEntries(path)) entriesBack += 1;
  const readMs = performance.now() - readAt;
  const complete = readBack === bytes && entriesBack === entries;
  const files = names.length;
  return { way, lines, bytes, entries, lost, troubles, onDisk, files, tookMs, closedMs, readMs, complete, rows };
}

type Figures = Awaited<ReturnType<typeof measure>>;

const mb = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;

function print(figures: Figures): void {
  const { lines, bytes, entries, lost, troubles, onDisk, files, complete } = figures;
  console.log(`${lines} lines of ${BOARDS} boards through ${figures.way}`);
  const body = figures.rows.map((row) => [`${row.lines}`, mb(row.rss), row.linesASecond.toFixed(0)]);
  console.log(columns([['lines', 'memory', 'lines/s'], ...body]));
  console.log(
    `  ${mb(bytes)} and ${entries} entries in ${seconds(figures.tookMs)}, compressed after ${seconds(figures.closedMs)}`,
  );
  console.log(`  on disk ${mb(onDisk)} in ${files} files; ${lost} bytes lost, ${troubles} reports of trouble`);
  console.log(`  read again in ${seconds(figures.readMs)}: ${complete ? 'complete' : 'NOT COMPLETE'}`);
}

const folder = await mkdtemp(join(tmpdir(), 'espwatch-bench-'));
const all: Figures[] = [];
try {
  for (const way of ['capture and journal', 'parser, capture and journal'] as const) {
    const figures = await measure(way, join(folder, String(all.length)));
    all.push(figures);
    if (!json) print(figures);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const load = loadavg()[0] ?? 0;
if (json) console.log(JSON.stringify({ schema: 'espwatch.bench.journal/1', load, runs: all }, null, 2));
else console.log(`load average ${load.toFixed(1)}`);
if (all.some(({ complete }) => !complete)) process.exitCode = 1;
