// A soak of real minutes: four virtual boards, faults from outside, the ledger against the list of what was done.
// --minutes N (21), --seed N (5), --out FOLDER, --kill-at MINUTE: kill -9, a minute later --resume. Linux.
import { type ChildProcess, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { SoakReportJson } from '../src/soak/report/json.js';
import { runCli } from '../test/support/run-cli.js';
import { type Injected, inject, SoakBoard } from './soak/boards.js';
import { compare } from './soak/compare.js';
import type { Kill } from './soak/expect.js';
import { schedule } from './soak/schedule.js';
import { comparisonText, usageText } from './soak/text.js';
import { type Usage, usageOf } from './soak/usage.js';
import { ESPWATCH } from './support/boards.js';

const BOARDS = 4;
const PROBE_S = 15;
const DOWN_MS = 60_000;
const SAMPLE_MS = 10_000;
const WATCHING = /The run is kept in /;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '21' },
    seed: { type: 'string', default: '5' },
    out: { type: 'string', default: 'soak-bench' },
    'kill-at': { type: 'string' },
  },
});
const durationMs = Number(values.minutes) * 60_000;
const killAtMs = values['kill-at'] === undefined ? null : Number(values['kill-at']) * 60_000;
const out = values.out;
const run = join(out, 'run');
// Nothing here may outlast its purpose.
const limit = AbortSignal.timeout(durationMs + 2 * DOWN_MS + 240_000);

// Every fault of the schedule waits with it.
setMaxListeners(0, limit);
await mkdir(out, { recursive: true });
const boards = await Promise.all(Array.from({ length: BOARDS }, () => SoakBoard.start()));
try {
  const usage: Usage[] = [];
  let soak = await start([
    ...boards.flatMap(({ url }) => ['--port', url]),
    ...['--for', `${durationMs}ms`, '--probe-every', `${PROBE_S}s`, '--silence', '90s', '--out', run],
  ]);
  const began = Date.now();
  const sampling = sample(() => soak.child.pid ?? 0, usage);
  const away = killAtMs === null ? null : { from: killAtMs, to: killAtMs + DOWN_MS };
  const planned = schedule({ boards: BOARDS, durationMs, seed: Number(values.seed), away });
  console.log(`${planned.length} faults on ${BOARDS} boards in ${values.minutes} minutes, seed ${values.seed}`);
  const injected: Injected[] = [];
  const refused: string[] = [];
  const injecting = planned.map(async (one) => {
    await pause(Math.max(0, began + one.at - Date.now()), undefined, { signal: limit });
    const board = boards[one.board];
    if (board === undefined) return;
    try {
      injected.push(await inject(board, one, (ms) => pause(ms, undefined, { signal: limit })));
    } catch (error) {
      refused.push(`${one.fault} on ${one.board}: ${String(error)}`);
    }
  });
  let kill: Kill | null = null;
  if (away !== null) {
    await pause(began + away.from - Date.now(), undefined, { signal: limit });
    const killed = Date.now();
    soak.child.kill('SIGKILL');
    await soak.ended;
    await pause(killed + DOWN_MS - Date.now(), undefined, { signal: limit });
    soak = await start(['--resume', run]);
    kill = { killed, resumed: Date.now() };
  }
  const code = await soak.ended;
  // The first was at power-on, before the soak began.
  const boots = boards.map((board) => board.boots - 1);
  await Promise.all(injecting);
  sampling.abort();
  const { stdout } = await runCli(['report', run, '--json'], { signal: limit });
  const report = JSON.parse(stdout) as SoakReportJson;
  const done = { boards: BOARDS, began, injected, kill, boots, probeEveryMs: PROBE_S * 1000 };
  const comparison = compare(report.ledger, done);
  const save = (name: string, value: unknown): Promise<void> =>
    writeFile(join(out, name), `${JSON.stringify(value, null, 2)}\n`);
  await Promise.all([
    save('injected.json', { ...done, refused }),
    save('usage.json', usage),
    save('comparison.json', comparison),
    save('report.json', report),
  ]);
  console.log(comparisonText(comparison, began));
  console.log(usageText(usage));
  for (const line of refused) console.log(`not injected: ${line}`);
  console.log(`injected ${injected.length}; soak exited with ${code}; verdict passed: ${report.verdict.passed}`);
  const { wrong, missing, extra } = comparison.counts;
  process.exitCode = wrong + missing + extra + refused.length === 0 ? 0 : 1;
} finally {
  await Promise.all(boards.map((board) => board.close()));
}

interface Soak {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** `espwatch soak`, not on a terminal; resolves when it watches. */
async function start(args: readonly string[]): Promise<Soak> {
  const log = openSync(join(out, 'soak.log'), 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', ESPWATCH, 'soak', ...args], {
    stdio: ['ignore', log, 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  child.stderr?.pipe(createWriteStream(join(out, 'soak.err'), { flags: 'a' }));
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      if (text.length < 10_000) text += piece;
      if (WATCHING.test(text)) resolve();
    });
    void ended.then((code) => reject(new Error(`espwatch soak ended with ${code}: ${text}`)));
  });
  return { child, ended };
}

function sample(pid: () => number, into: Usage[]): AbortController {
  const over = new AbortController();
  const take = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const usage = await usageOf(pid());
      if (usage !== null) into.push(usage);
      await pause(SAMPLE_MS, undefined, { signal: over.signal });
    }
  };
  take().catch(() => undefined);
  return over;
}
