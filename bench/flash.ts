// Flash time of the committed sketch, padded to 400 KB: ours and esptool's against the line limit and each other.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelTtySkip } from '../test/support/kernel-tty.js';
import { type BenchPort, simOnKernelTty, simOverRfc2217 } from './support/boards.js';
import { columns, median, seconds, spread } from './support/figures.js';
import { esptool, type FlashRun, flashByEsptool, flashByEspwatch, flashInProcess } from './support/flashers.js';
import { benchImage } from './support/image.js';

const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');

/** One way to flash; the rounds of all ways at a baud take turns. */
interface Way {
  readonly name: string;
  readonly baud: number;
  readonly rounds: number;
  /** The way of esptool on the same kind of port. */
  readonly against?: string;
  run(): Promise<FlashRun>;
}

interface Row {
  readonly way: Way;
  readonly runs: FlashRun[];
}

const say = (text: string): void => {
  if (!json) console.log(text);
};

function ways(image: string, bytes: Uint8Array, remote: BenchPort, tty: BenchPort | null): Way[] {
  const withEsptool = esptool().skip === false;
  return [115_200, 460_800, 921_600].flatMap((baud): Way[] => {
    if (quick && baud !== 460_800) return [];
    const rounds = quick || baud === 115_200 ? 1 : 3;
    const all: (Way | false)[] = [
      {
        name: 'espwatch, RFC 2217',
        baud,
        rounds,
        against: 'esptool, RFC 2217',
        run: () => flashByEspwatch(remote, image, baud),
      },
      // pyserial's 50 ms waits make up most of it, so that its rounds hardly differ; one is enough.
      withEsptool && {
        name: 'esptool, RFC 2217',
        baud,
        rounds: 1,
        run: () => flashByEsptool(remote, image, baud),
      },
      // At 115200 baud the line decides everything and the minutes are better spent above.
      tty !== null &&
        baud !== 115_200 && {
          name: 'espwatch, kernel tty',
          baud,
          rounds,
          against: 'esptool, kernel tty',
          run: () => flashByEspwatch(tty, image, baud),
        },
      tty !== null &&
        baud !== 115_200 &&
        withEsptool && { name: 'esptool, kernel tty', baud, rounds, run: () => flashByEsptool(tty, image, baud) },
      baud !== 115_200 && {
        name: 'espwatch, in process',
        baud,
        rounds: Math.min(rounds, 2),
        run: () => flashInProcess(bytes, baud),
      },
    ];
    return all.filter((way) => way !== false);
  });
}

async function measure(all: readonly Way[]): Promise<Row[]> {
  const rows = all.map((way): Row => ({ way, runs: [] }));
  for (const baud of new Set(all.map((way) => way.baud))) {
    const here = rows.filter(({ way }) => way.baud === baud);
    const most = Math.max(...here.map(({ way }) => way.rounds));
    for (let round = 0; round < most; round++) {
      for (const { way, runs } of here) {
        if (round >= way.rounds) continue;
        const run = await way.run();
        runs.push(run);
        say(`  ${baud} ${way.name}: wire ${seconds(run.wireMs)}, verified after ${seconds(run.verifiedMs)}`);
      }
    }
  }
  return rows;
}

/** 10 bits a byte. */
function limitMs({ compressed }: FlashRun, baud: number): number {
  return (10_000 * compressed) / baud;
}

interface Figures {
  readonly way: string;
  readonly baud: number;
  readonly compressed: number;
  readonly limitMs: number;
  /** Medians, as the rest. */
  readonly wireMs: number;
  readonly wireRatio: number;
  readonly verifiedMs: number;
  readonly totalMs: number;
  /** `verifiedMs` over esptool's on the same kind of port. */
  readonly toEsptool: number | null;
  readonly runs: readonly FlashRun[];
}

function figuresOf({ way, runs }: Row, rows: readonly Row[]): Figures {
  const [first] = runs;
  if (first === undefined) throw new Error(`${way.name} was not measured`);
  const rival = rows.find((row) => row.way.name === way.against && row.way.baud === way.baud);
  const verifiedMs = median(runs.map((run) => run.verifiedMs));
  return {
    way: way.name,
    baud: way.baud,
    compressed: first.compressed,
    limitMs: limitMs(first, way.baud),
    wireMs: median(runs.map((run) => run.wireMs)),
    wireRatio: median(runs.map((run) => run.wireMs / limitMs(run, way.baud))),
    verifiedMs,
    totalMs: median(runs.map((run) => run.totalMs)),
    toEsptool: rival === undefined ? null : verifiedMs / median(rival.runs.map((run) => run.verifiedMs)),
    runs,
  };
}

function cells(figures: Figures): string[] {
  const { baud, runs } = figures;
  return [
    figures.way,
    `${baud}`,
    `${runs.length}`,
    `${figures.compressed}`,
    seconds(figures.limitMs),
    seconds(figures.wireMs),
    spread(runs.map((run) => run.wireMs / limitMs(run, baud))),
    seconds(figures.verifiedMs),
    seconds(figures.totalMs),
    figures.toEsptool === null ? '' : figures.toEsptool.toFixed(2),
  ];
}

const HEAD = ['way', 'baud', 'rounds', 'bytes', 'limit', 'wire', 'wire/limit', 'verified', 'command', 'of esptool'];

const folder = await mkdtemp(join(tmpdir(), 'espwatch-bench-'));
const ports: BenchPort[] = [];
try {
  const { bytes, sketch, deflated } = await benchImage();
  const image = join(folder, 'bench.bin');
  await writeFile(image, bytes);
  const share = Math.round((100 * deflated) / bytes.length);
  say(`flash: ${bytes.length} bytes (the sketch's ${sketch}, then padding), deflated ${deflated} (${share} %)`);
  const loadBefore = loadavg()[0] ?? 0;
  const remote = await simOverRfc2217();
  ports.push(remote);
  const tty = kernelTtySkip === false ? await simOnKernelTty(bytes) : null;
  if (tty !== null) ports.push(tty);
  const skipped = [esptool().skip, kernelTtySkip].filter((why) => why !== false);
  for (const why of skipped) say(`  left out: ${why}`);
  // So that every measured write, the first one too, erases what the one before it wrote.
  await flashByEspwatch(remote, image, 921_600);
  const rows = await measure(ways(image, bytes, remote, tty));
  const all = rows.map((row) => figuresOf(row, rows));
  const loadAfter = loadavg()[0] ?? 0;
  say('');
  say(columns([HEAD, ...all.map(cells)]));
  say('limit = 10 x bytes / baud; wire = from the first command of the write to the answer to its last one;');
  say('verified = from the opening of the port to the right MD5; command = the whole command; medians.');
  say("Over RFC 2217 most of esptool's time is pyserial waiting 50 ms twice for each change of a timeout: the");
  say('kernel tty is the fair comparison.');
  say(`load average ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`);
  if (json) {
    const result = { schema: 'espwatch.bench.flash/1', bytes: bytes.length, sketch, deflated, loadBefore, loadAfter };
    console.log(JSON.stringify({ ...result, skipped, rows: all }, null, 2));
  }
} finally {
  await Promise.allSettled(ports.map((port) => port.close()));
  await rm(folder, { recursive: true, force: true });
}
