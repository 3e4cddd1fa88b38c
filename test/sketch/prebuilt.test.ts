import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import { parseImage } from '../../src/flash/image.js';
import { ROOT } from '../support/peers.js';
import { runProgram } from '../support/run-program.js';
import { SKETCH_IMAGE } from '../support/sketch-board.js';

interface ImageScript {
  isImageOf(image: Uint8Array, wasm: Uint8Array): boolean;
}

const image = readFileSync(SKETCH_IMAGE);
/** Length of the deflated program, and the program (see `firmware/sim/image.mjs`). */
const [LENGTH_AT, PROGRAM_AT] = [0x1024, 0x1028];

/** `build.mjs` cannot get BearSSL's source on this machine. */
const NO_SOURCE = 3;

test('the committed image is the image of the committed source', { timeout: 280_000 }, async (t) => {
  const { code, output } = await runProgram(process.execPath, [join(ROOT, 'firmware/sim/build.mjs'), '--check'], {
    signal: t.signal,
  });
  if (code === NO_SOURCE) {
    t.skip("needs Debian's source package bearssl (apt-get, tar, xz)");
    return;
  }
  assert.equal(code, 0, output);
  assert.match(output, /the committed image is the image of this source/);
});

test('the check tells another program and a changed image apart', async () => {
  const script: unknown = await import(pathToFileURL(join(ROOT, 'firmware/sim/image.mjs')).href);
  const { isImageOf } = script as ImageScript;
  const wasm = inflateSync(image.subarray(PROGRAM_AT, PROGRAM_AT + image.readUInt32LE(LENGTH_AT)));
  assert.equal(isImageOf(image, wasm), true);
  const otherWasm = Buffer.from(wasm);
  otherWasm[wasm.length - 1] = (otherWasm[wasm.length - 1] ?? 0) ^ 1;
  assert.equal(isImageOf(image, otherWasm), false);
  for (const at of [0, 2, 0x1000, 0x1010, PROGRAM_AT + 100, image.length - 1]) {
    const changed = Buffer.from(image);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(isImageOf(changed, wasm), false, `byte ${at}`);
  }
});

test('the flasher takes it for an image of the virtual board, and the length it states is its own', () => {
  const info = parseImage(image);
  assert.equal(info.kind, 'virtual');
  assert.equal(info.bytes, image.length);
  assert.notEqual(info.crc, null);
  for (const at of [0x1030, image.length - 2]) {
    const changed = Buffer.from(image);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => parseImage(changed), { code: 'IMAGE_CHECKSUM' }, `byte ${at}`);
  }
});

test('the notices name what is linked in, and the package carries both', () => {
  const notices = readFileSync(join(ROOT, 'firmware/prebuilt/NOTICES.md'), 'utf8');
  for (const part of [/wasi-libc/, /musl: Copyright/, /libc\+\+/, /compiler-rt/, /cloudlibc/, /BearSSL: Copyright/]) {
    assert.match(notices, part);
  }
  const { files, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    files: string[];
    devDependencies: Record<string, string>;
  };
  assert.ok(files.includes('firmware/prebuilt'));
  assert.match(devDependencies['@yowasp/clang'] ?? '', /^\d/, 'the compiler is pinned exactly');
});
