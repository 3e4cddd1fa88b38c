// Transpiles src/, test/ and bench/ to build/; types are checked by `npm run check`.
import { rmSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

async function sources() {
  const found = [];
  for (const dir of ['src', 'test', 'bench']) {
    const entries = await readdir(join(root, dir), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const e of entries) if (e.isFile() && /\.tsx?$/.test(e.name)) found.push(join(e.parentPath ?? e.path, e.name));
  }
  return found;
}

const clean = process.argv.includes('--clean');
if (clean) rmSync(join(root, 'build'), { recursive: true, force: true });
await build({
  entryPoints: await sources(),
  absWorkingDir: root,
  outdir: 'build',
  outbase: '.',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  jsx: 'automatic',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});
await writeFile(join(root, 'build/.stamp'), `${Date.now()}\n`);
