// Transpiles src/, test/ and bench/ to build/; types are checked by `npm run check`.
import { rmSync } from 'node:fs';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const ROOMS = ['src', 'test', 'bench'];

async function filesIn(dir) {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((e) => e.isFile()).map((e) => join(e.parentPath ?? e.path, e.name));
}

/** A test whose source is gone must not go on passing. */
async function removeLeftOvers(sources) {
  const made = new Set(sources.map((file) => relative(root, file).replace(/\.tsx?$/, '.js')));
  for (const room of ROOMS) {
    for (const file of await filesIn(join(root, 'build', room))) {
      if (!made.has(relative(join(root, 'build'), file).replace(/\.map$/, ''))) rmSync(file);
    }
  }
}

const clean = process.argv.includes('--clean');
if (clean) rmSync(join(root, 'build'), { recursive: true, force: true });
// A source that changes while this runs must count as newer than the build.
const began = new Date();
const all = (await Promise.all(ROOMS.map((room) => filesIn(join(root, room))))).flat();
const sources = all.filter((file) => /\.tsx?$/.test(file));
await removeLeftOvers(sources);
await build({
  entryPoints: sources,
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
const stamp = join(root, 'build/.stamp');
await writeFile(stamp, '');
await utimes(stamp, began, began);
