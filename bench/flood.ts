// The terminal UI under boards that print without pause: whether every byte is kept, how soon a key is answered, what
// it costs. Linux with tmux. About 4 minutes; --quick: one. --long: memory at
// 10 million rows in place of one million (15 minutes).
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ESPWATCH } from './support/boards.js';
import { columns, percentile } from './support/figures.js';
import type { FloodSent } from './support/flood-boards.js';
import type { DeskFigures } from './support/flood-desk.js';
import { cpuMs, rssOf } from './support/process-figures.js';
import { type ScreenSize, TmuxScreen } from './support/tmux-screen.js';

const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const long = process.argv.includes('--long');

/** For everything that takes a moment. */
const PATIENCE_MS = 20_000;
const BITS_A_BYTE = 10;

interface Flood {
  readonly name: string;
  readonly boards: number;
  /** Baud of each; 1200 is next to nothing, for comparison. */
  readonly baud: number;
  readonly size: ScreenSize;
  readonly keys: number;
}

interface FloodResult {
  readonly name: string;
  readonly sent: number;
  readonly captured: number;
  /** The capture files hold what was sent, byte by byte. */
  readonly same: boolean;
  /** Furthest behind its speed that a board fell, in ms. */
  readonly behindMs: number;
  readonly keyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Of one core. */
  readonly cpu: number;
  readonly rss: number;
  readonly seconds: number;
}

const WIDE: ScreenSize = { columns: 200, rows: 50 };
const NARROW: ScreenSize = { columns: 80, rows: 24 };
const keys = quick ? 60 : 200;
const FLOODS: readonly Flood[] = [
  { name: 'one board, nearly silent', boards: 1, baud: 1200, size: WIDE, keys },
  { name: 'one board at 921600', boards: 1, baud: 921_600, size: WIDE, keys },
  { name: 'one board at 921600', boards: 1, baud: 921_600, size: NARROW, keys },
  { name: 'four boards at 115200', boards: 4, baud: 115_200, size: WIDE, keys },
];

/** The boards, in a process of their own. */
class FloodProcess {
  readonly #process: ChildProcess;
  readonly #lines: Interface;

  constructor(boards: number, bytesASecond: number) {
    this.#process = spawn(process.execPath, [support('flood-boards.js'), `${boards}`, `${bytesASecond}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (this.#process.stdout === null) throw new Error('no output');
    this.#lines = createInterface({ input: this.#process.stdout });
  }

  async urls(): Promise<readonly string[]> {
    return (await this.#line()) as readonly string[];
  }

  ask(what: 'count' | 'stop'): Promise<readonly FloodSent[]> {
    this.#process.stdin?.write(`${what}\n`);
    return this.#line() as Promise<readonly FloodSent[]>;
  }

  async close(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await exited;
  }

  async #line(): Promise<unknown> {
    const [line] = (await once(this.#lines, 'line')) as [string];
    return JSON.parse(line);
  }
}

function support(file: string): string {
  return fileURLToPath(new URL(`support/${file}`, import.meta.url));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The time from a key to the change that it makes in the head of the chosen board's log, in ms, once for each key. */
async function pressKeys(screen: TmuxScreen, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    // At any moment between two frames.
    await pause(50 + ((i * 37) % 150));
    const written = screen.written(i % 2 === 0 ? /▸ rfc2217:\S+ · paused/ : /▸ rfc2217:\S+ · following/, PATIENCE_MS);
    const began = performance.now();
    screen.press('Space');
    times.push((await written) - began);
  }
  return times;
}

async function captured(folder: string, url: string, { bytes, sha256 }: FloodSent): Promise<[number, boolean]> {
  const file = join(folder, `rfc2217-${new URL(url).hostname}-${new URL(url).port}.bin`);
  const end = performance.now() + PATIENCE_MS;
  const size = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  while (size() < bytes && performance.now() < end) await pause(50);
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return [size(), hash.digest('hex') === sha256];
}

/** Runs `work` with the UI on `boards` boards; what was sent and what was kept. */
async function withUi(
  { boards, baud, size }: Pick<Flood, 'boards' | 'baud' | 'size'>,
  work: (screen: TmuxScreen, pid: number, flood: FloodProcess) => Promise<void>,
): Promise<Pick<FloodResult, 'sent' | 'captured' | 'same' | 'behindMs'>> {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-flood-'));
  const flood = new FloodProcess(boards, baud / BITS_A_BYTE);
  const urls = await flood.urls();
  const args = [
    'ui',
    '--capture',
    folder,
    '--baud',
    `${Math.max(baud, 9600)}`,
    ...urls.flatMap((url) => ['--port', url]),
  ];
  const screen = await TmuxScreen.open([process.execPath, ESPWATCH, ...args], size);
  try {
    const pid = await screen.pid();
    await screen.shows(new RegExp(`\\b${boards} boards?[^]*▸ rfc2217:[^]*row \\d{8}`), PATIENCE_MS);
    if (boards > 1) screen.press('t');
    await work(screen, pid, flood);
    const sent = await flood.ask('stop');
    const kept = await Promise.all(urls.map((url, i) => captured(folder, url, sent[i] as FloodSent)));
    screen.press('q');
    if (!(await screen.ended(PATIENCE_MS))) throw new Error('the terminal UI did not end');
    return {
      sent: sent.reduce((sum, { bytes }) => sum + bytes, 0),
      captured: kept.reduce((sum, [bytes]) => sum + bytes, 0),
      same: kept.every(([, same]) => same),
      behindMs: Math.max(...sent.map(({ behindMs }) => behindMs)),
    };
  } finally {
    screen.close();
    await flood.close();
    await rm(folder, { recursive: true });
  }
}

async function measure(flood: Flood): Promise<FloodResult> {
  const figures = { keyMs: { p50: 0, p99: 0, max: 0 }, cpu: 0, rss: 0, seconds: 0 };
  const bytes = await withUi(flood, async (screen, pid) => {
    // What starts is compiled first.
    await pressKeys(screen, 20);
    const [cpu, began] = [cpuMs(pid), performance.now()];
    const times = await pressKeys(screen, flood.keys);
    const ms = performance.now() - began;
    figures.keyMs = { p50: percentile(times, 0.5), p99: percentile(times, 0.99), max: Math.max(...times) };
    figures.cpu = (cpuMs(pid) - cpu) / ms;
    figures.rss = rssOf(pid);
    figures.seconds = ms / 1000;
  });
  return { name: `${flood.name}, ${flood.size.columns}x${flood.size.rows}`, ...bytes, ...figures };
}

/** Resident memory of the UI when its board has printed each of these numbers of rows, as fast as they are read. */
async function memory(rows: readonly number[]): Promise<readonly { readonly rows: number; readonly rss: number }[]> {
  const found: { readonly rows: number; readonly rss: number }[] = [];
  const { same } = await withUi({ boards: 1, baud: 0, size: WIDE }, async (_screen, pid, flood) => {
    for (const wanted of rows) {
      let sent = 0;
      for (; sent < wanted; sent = (await flood.ask('count'))[0]?.rows ?? 0) await pause(200);
      found.push({ rows: sent, rss: rssOf(pid) });
    }
  });
  if (!same) throw new Error('the capture is not what was sent');
  return found;
}

/** The same without a screen or a port: what the board's state and log need. */
async function deskMemory(rows: readonly number[]): Promise<readonly DeskFigures[]> {
  const child = spawn(process.execPath, [support('flood-desk.js'), ...rows.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const figures: DeskFigures[] = [];
  for await (const line of createInterface({ input: child.stdout })) figures.push(JSON.parse(line) as DeskFigures);
  return figures;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;
}

const skip = TmuxScreen.skip();
if (skip !== false || process.platform !== 'linux') {
  console.error(`flood: ${skip === false ? 'only on Linux' : skip}`);
  process.exit(2);
}
const floods: FloodResult[] = [];
for (const flood of FLOODS.filter(({ size }) => !quick || size === WIDE)) floods.push(await measure(flood));
const rows = long ? [1_000_000, 10_000_000] : [200_000, 1_000_000];
const ui = quick ? [] : await memory(rows);
const desk = quick ? [] : await deskMemory(rows);
if (json) {
  console.log(JSON.stringify({ schema: 'espwatch.bench.flood/1', load: loadavg()[0], floods, ui, desk }, null, 2));
} else {
  console.log('the terminal UI under boards that print without pause');
  const ms = (value: number): string => value.toFixed(0);
  console.log(
    columns([
      ['', 'sent', 'in the capture', 'same', 'behind ms', 'key ms p50', 'p99', 'max', 'CPU of a core', 'memory'],
      ...floods.map(({ name, sent, captured, same, behindMs, keyMs, cpu, rss }) => [
        name,
        `${sent}`,
        `${captured}`,
        same ? 'yes' : 'NO',
        ms(behindMs),
        ...[keyMs.p50, keyMs.p99, keyMs.max].map(ms),
        `${(cpu * 100).toFixed(0)} %`,
        megabytes(rss),
      ]),
    ]),
  );
  for (const { rows, rss } of ui) console.log(`terminal UI, ${rows} rows: ${megabytes(rss)} resident`);
  for (const { rows, rss, heap, cpuUs } of desk) {
    const said = `${megabytes(rss)} resident, ${megabytes(heap)} in use, ${cpuUs.toFixed(0)} µs of CPU a row`;
    console.log(`desk and log alone, ${rows} rows: ${said}`);
  }
  console.log(`load average ${(loadavg()[0] ?? 0).toFixed(1)}`);
}
