// Start-up time of our command against esptool's.
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../test/support/peers.js';
import { ESPWATCH } from './support/boards.js';
import { columns, median, spread } from './support/figures.js';
import { esptool } from './support/flashers.js';
import { runTimed } from './support/run.js';

const json = process.argv.includes('--json');
const rounds = process.argv.includes('--quick') ? 3 : 10;

const IN_CLONE = join(ROOT, 'bin/espwatch.js');
const rival = esptool();

interface Command {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly times: number[];
}

const node = (name: string, ...args: readonly string[]): Command => ({ name, path: process.execPath, args, times: [] });

const commands: Command[] = [
  ...(rival.skip === false ? [{ name: 'esptool version', path: rival.path, args: ['version'], times: [] }] : []),
  node('espwatch --version', ESPWATCH, '--version'),
  node('espwatch ports', ESPWATCH, 'ports'),
  // A clone also looks whether its build is current.
  node('espwatch --version, in a clone', IN_CLONE, '--version'),
  node('espwatch ports, in a clone', IN_CLONE, 'ports'),
  node('node -e 0', '-e', '0'),
];

// The first time reads the files from the disk and, for Python, compiles them.
for (const { path, args } of commands) await runTimed(path, args);
for (let round = 0; round < rounds; round++) {
  for (const { path, args, times } of commands) times.push((await runTimed(path, args)).ms);
}

const reference = commands.find(({ name }) => name === 'esptool version');
const rows = commands.map(({ name, times }) => ({
  command: name,
  ms: median(times),
  toEsptool: reference === undefined || name === reference.name ? null : median(times) / median(reference.times),
  times,
}));
if (json) {
  console.log(JSON.stringify({ schema: 'espwatch.bench.startup/1', rounds, load: loadavg()[0], rows }, null, 2));
} else {
  console.log(`start-up: medians of ${rounds} rounds in turn, in ms`);
  if (rival.skip !== false) console.log(`  left out: ${rival.skip}`);
  const body = rows.map(({ command, times, toEsptool }) => [command, spread(times, 0), toEsptool?.toFixed(2) ?? '']);
  console.log(columns([['command', 'ms', 'of esptool'], ...body]));
  console.log(`load average ${(loadavg()[0] ?? 0).toFixed(1)}`);
}
