// Builds the sketch for the virtual board: firmware/tls_mqtt.ino -> WebAssembly -> flash image.
//   node firmware/sim/build.mjs [--check] [--out FILE] [--debug-wasm FILE] [--bearssl TARBALL]
// --check compares with the committed image and exits 1 on a difference.
// Exits 3 when BearSSL's source package cannot be had on this machine.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { bearSsl, SourceMissing } from './bearssl.mjs';
import { clang } from './compiler.mjs';
import { flashImage, isImageOf } from './image.mjs';

const SIM = path.dirname(fileURLToPath(import.meta.url));
const FIRMWARE = path.dirname(SIM);
const SKETCH = 'tls_mqtt.ino';
const PREBUILT = path.join(FIRMWARE, 'prebuilt', 'tls_mqtt.virtual.bin');
const MEMORY_BYTES = 3 * 65536;
const STACK_BYTES = 16384;
const NO_SOURCE = 3;

const COMPILE_FLAGS = [
  '--target=wasm32-wasip1',
  '-Oz',
  '-g',
  '-std=gnu++17',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-threadsafe-statics',
  '-fvisibility=hidden',
  '-ffunction-sections',
  '-fdata-sections',
  '-mbulk-memory',
  // Xtensa's char is unsigned.
  '-funsigned-char',
  '-fsanitize=null,alignment',
  '-fno-sanitize-recover=all',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Isim/include',
  '-I.',
  // Other people's headers, which may warn.
  '-isystem',
  'include',
];

const LINK_FLAGS = [
  '--target=wasm32-wasip1',
  '-mexec-model=reactor',
  '-Wl,--gc-sections,--stack-first,--import-memory,--fatal-warnings,--export=setup,--export=loop',
  `-Wl,-z,stack-size=${STACK_BYTES},--initial-memory=${MEMORY_BYTES},--max-memory=${MEMORY_BYTES}`,
];

async function readFolder(folder, pattern) {
  const names = (await readdir(folder)).filter((name) => pattern.test(name)).sort();
  const files = {};
  for (const name of names) files[name] = await readFile(path.join(folder, name), 'utf8');
  return files;
}

/** The compiler's virtual file system: only these files, under relative names. */
async function sources(bearSslHeaders) {
  const headers = await readFolder(FIRMWARE, /\.h$/);
  const sketch = await readFile(path.join(FIRMWARE, SKETCH), 'utf8');
  return {
    ...headers,
    // As the core has them.
    include: { bearssl: bearSslHeaders },
    'sketch.cpp': `#include <Arduino.h>\n#line 1 "${SKETCH}"\n${sketch}`,
    sim: {
      include: await readFolder(path.join(SIM, 'include'), /\.h$/),
      src: await readFolder(path.join(SIM, 'src'), /\.(cpp|h)$/),
    },
  };
}

async function build(tarball) {
  const tls = await bearSsl(tarball);
  const tree = await sources(tls.inc);
  const shims = Object.keys(tree.sim.src).filter((name) => name.endsWith('.cpp'));
  const units = ['sketch.cpp', ...shims.map((name) => `sim/src/${name}`)];
  const objects = { 'bearssl.o': tls.object };
  for (const unit of units) {
    const object = `${path.basename(unit, '.cpp')}.o`;
    const out = await clang(['clang++', ...COMPILE_FLAGS, '-c', '-o', object, unit], tree);
    objects[object] = out[object];
  }
  const link = async (...flags) => {
    const out = await clang(['clang++', ...LINK_FLAGS, ...flags, ...Object.keys(objects), '-o', 'board.wasm'], objects);
    return out['board.wasm'];
  };
  return { wasm: await link('-Wl,--strip-all'), debugWasm: () => link() };
}

async function save(file, bytes) {
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, bytes);
}

async function main() {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      out: { type: 'string' },
      'debug-wasm': { type: 'string' },
      bearssl: { type: 'string' },
    },
  });
  const { wasm, debugWasm } = await build(values.bearssl);
  const image = flashImage(wasm);
  console.log(`wasm ${wasm.length} bytes, flash image ${image.length} bytes`);
  if (values['debug-wasm']) await save(values['debug-wasm'], await debugWasm());
  if (values.out) await save(values.out, image);
  if (values.check) {
    const committed = await readFile(PREBUILT).catch(() => Buffer.alloc(0));
    if (!isImageOf(committed, wasm)) {
      console.error('firmware/prebuilt/tls_mqtt.virtual.bin is not the image of this source: run "npm run firmware"');
      return 1;
    }
    console.log('the committed image is the image of this source');
  } else if (!values.out) {
    await save(PREBUILT, image);
  }
  return 0;
}

process.exitCode = await main().catch((error) => {
  if (!(error instanceof SourceMissing)) throw error;
  console.error(error.message);
  return NO_SOURCE;
});
