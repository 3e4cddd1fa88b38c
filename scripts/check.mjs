// Format, lint, types, folder boundaries and cycles: everything that needs no running code.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

await prepare();
const steps = [
  ['format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.']],
  ['typed lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.']],
  [
    'boundaries and cycles',
    [
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'test',
      'bench',
    ],
  ],
];
let failed = 0;
for (const [name, args] of steps) {
  const done = spawnSync(process.execPath, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
  });
  console.log(`${done.status === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (done.status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
