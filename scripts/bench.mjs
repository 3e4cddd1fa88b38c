// Measures start-up and flash time on the virtual board, beside esptool where `.ci/run` has installed it; lines through
// capture and journal; the terminal UI under boards that print without pause (Linux, tmux). --quick: fewer of all;
// --long: flood with 10 million lines. --json: one document a bench. Names pick some.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

await prepare();
const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('--'));
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = [...flags.filter((flag) => !['--quick', '--long', '--json'].includes(flag))];
const benches = ['startup', 'flash', 'journal', 'flood'];
unknown.push(...names.filter((name) => !benches.includes(name)));
if (unknown.length > 0) {
  console.error(
    `unknown: ${unknown.join(' ')}; usage: npm run bench -- [${benches.join('] [')}] [--quick] [--long] [--json]`,
  );
  process.exit(2);
}
for (const bench of benches.filter((name) => names.length === 0 || names.includes(name))) {
  const file = fileURLToPath(new URL(`../build/bench/${bench}.js`, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', file, ...flags], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
