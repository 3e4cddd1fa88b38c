// Runs every suite, names what was skipped and what it needs, and closes with `N passed, N failed, N skipped`.
// ESPWATCH_REQUIRE_ALL=1 (CI) makes a skipped suite a failure. Arguments pick files by a part of their path.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

await prepare();
const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);
const files = ['build/src', 'build/test']
  .filter((dir) => existsSync(join(root, dir)))
  .flatMap((dir) => readdirSync(join(root, dir), { recursive: true }).map((name) => join(root, dir, name)))
  .filter((file) => file.endsWith('.test.js') && (wanted.length === 0 || wanted.some((part) => file.includes(part))))
  .sort();
if (files.length === 0) {
  console.error('no test file matches');
  process.exit(1);
}

process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps`.trim();
process.env.NO_COLOR ??= '1';
const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = new Map();
const failed = [];
const seconds = new Map();
const tests = run({ files, concurrency: 2, timeout: 300_000 });
const isFile = (data) => data.name === data.file || files.includes(data.name);
const compiled = (file = '') =>
  join(root, 'build', relative(file.endsWith('.js') ? join(root, 'build') : root, file)).replace(/\.tsx?$/, '.js');
const isTest = (data) => data.details?.type !== 'suite' && !isFile(data);
tests.on('test:pass', (data) => {
  // Only a file without a test of its own is reported: one that ended the process early, which passes for success.
  if (isFile(data)) {
    counts.failed++;
    failed.push({ name: 'no test reported anything', file: data.name });
  }
  if (!isTest(data)) return;
  if (data.skip === undefined) counts.passed++;
  else {
    counts.skipped++;
    const why = typeof data.skip === 'string' ? data.skip : 'no reason given';
    skipped.set(why, [...(skipped.get(why) ?? []), data.name]);
  }
});
tests.on('test:fail', (data) => {
  // A suite fails with its tests, or by itself: a hook or its body threw.
  if (data.details?.type === 'suite' && data.details.error?.failureType === 'subtestsFailed') return;
  // A file that fails as a whole (crash, hang) has no failed test of its own.
  if (isFile(data) && failed.some((f) => compiled(f.file) === compiled(data.file))) return;
  counts.failed++;
  failed.push(data);
});
tests.on('test:complete', (data) => {
  // The file itself is reported as a test of its own, under its compiled name.
  if (files.includes(data.name)) seconds.set(data.name, (data.details?.duration_ms ?? 0) / 1000);
});
tests.on('error', (error) => {
  console.error(error);
  counts.failed++;
});
tests.compose(new spec()).pipe(process.stdout);
await new Promise((resolve) => tests.once('close', resolve).once('end', resolve));
await new Promise((resolve) => setImmediate(resolve));

const slow = [...seconds].sort((a, b) => b[1] - a[1]).slice(0, 5);
console.log(`\nslowest: ${slow.map(([file, s]) => `${relative(root, file)} ${s.toFixed(1)} s`).join(', ')}`);
for (const [why, names] of skipped) console.log(`skipped: ${why}: ${names.length} test(s), such as "${names[0]}"`);
for (const { name, file } of failed) console.log(`FAILED: ${name} (${file ? relative(root, file) : 'no file'})`);
const strict = process.env.ESPWATCH_REQUIRE_ALL === '1' && counts.skipped > 0;
if (strict) {
  console.log('FAILED: suites were skipped where all of them must run');
  counts.failed += counts.skipped;
  counts.skipped = 0;
}
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
