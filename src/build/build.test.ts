import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../test/support/run-cli.js';
import { isEspwatchError } from '../errors.js';
import { BuildFailed, buildForSim } from './build.js';

const LIMIT = { timeout: 30_000 };

/** A project whose build script for the virtual board is `script`. */
async function project(t: TestContext, script: string): Promise<string> {
  const root = await temporaryFolder(t);
  await mkdir(join(root, 'firmware/sim'), { recursive: true });
  await writeFile(join(root, 'firmware/tls_mqtt.ino'), '');
  await writeFile(join(root, 'firmware/sim/build.mjs'), script);
  return root;
}

test('the virtual board: image and program with names, with their hashes', LIMIT, async (t) => {
  const root = await project(
    t,
    `import { writeFileSync } from 'node:fs';
     const [, , out, image, debug, wasm] = process.argv;
     if (out !== '--out' || debug !== '--debug-wasm') process.exit(1);
     writeFileSync(image, 'image');
     writeFileSync(wasm, 'wasm');
     console.log('wasm 4 bytes');`,
  );
  const lines: string[] = [];
  const out = join(root, 'out');
  const report = await buildForSim({ root, out, signal: t.signal, onLine: (line) => lines.push(line) });
  assert.deepEqual(
    report.artifacts.map(({ kind, path, bytes }) => [kind, path, bytes]),
    [
      ['bin', join(out, 'tls_mqtt.virtual.bin'), 5],
      ['wasm', join(out, 'tls_mqtt.virtual.wasm'), 4],
    ],
  );
  assert.equal(await readFile(join(out, 'tls_mqtt.virtual.bin'), 'utf8'), 'image');
  assert.deepEqual(lines, ['wasm 4 bytes']);
});

test('the virtual board: what can go wrong', LIMIT, async (t) => {
  for (const [script, code, text] of [
    ["console.error('tls_mqtt.ino:7:1: error: stray'); process.exit(1)", 'BUILD_FAILED', /firmware\/tls_mqtt\.ino:7:1/],
    ["console.error('no source'); process.exit(3)", 'BUILD_NO_TOOL', /BearSSL: no source/],
    ["import 'espwatch-has-no-such-package'", 'BUILD_NO_TOOL', /not installed/],
    ['', 'BUILD_FAILED', /made no \.bin/],
  ] as const) {
    const root = await project(t, script);
    await assert.rejects(buildForSim({ root, out: join(root, 'out'), signal: t.signal }), (error) => {
      assert.ok(isEspwatchError(error, code), String(error));
      assert.match(error.message, text);
      return true;
    });
    assert.equal((await readdir(root)).includes('out'), false);
  }
  const nowhere = await temporaryFolder(t);
  await assert.rejects(buildForSim({ root: nowhere, out: nowhere, signal: t.signal }), { code: 'BUILD_NO_SKETCH' });
});

test('cancelling ends the tool', LIMIT, async (t) => {
  const stop = new AbortController();
  const root = await project(t, "console.log('begun'); setInterval(() => undefined, 1000);");
  const building = buildForSim({ root, out: root, signal: stop.signal, onLine: () => stop.abort() });
  await assert.rejects(building, (error) => isEspwatchError(error, 'ABORTED') && !(error instanceof BuildFailed));
});
