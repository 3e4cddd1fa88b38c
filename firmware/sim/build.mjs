// Builds the sketch for the virtual board: firmware/tls_mqtt.ino -> WebAssembly -> flash image.
//   node firmware/sim/build.mjs [--check] [--out FILE] [--debug-wasm FILE]
// --check compares with the committed image and exits 1 on a difference.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runClang, runLLVM } from '@yowasp/clang';

import { flashImage, isImageOf } from './image.mjs';

const SIM = path.dirname(fileURLToPath(import.meta.url));
const FIRMWARE = path.dirname(SIM);
const SKETCH = 'tls_mqtt.ino';
const PREBUILT = path.join(FIRMWARE, 'prebuilt', 'tls_mqtt.virtual.bin');
const MEMORY_BYTES = 3 * 65536;
const STACK_BYTES = 16384;

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
async function sources() {
  const headers = await readFolder(FIRMWARE, /\.h$/);
  const sketch = await readFile(path.join(FIRMWARE, SKETCH), 'utf8');
  return {
    ...headers,
    'sketch.cpp': `#include <Arduino.h>\n#line 1 "${SKETCH}"\n${sketch}`,
    sim: {
      include: await readFolder(path.join(SIM, 'include'), /\.h$/),
      src: await readFolder(path.join(SIM, 'src'), /\.cpp$/),
    },
  };
}

const collect = (stream) => (bytes) => {
  if (bytes) stream.push(Buffer.from(bytes));
};

/** Runs the compiler driver over `tree`; gives the tree with its outputs. */
async function clang(args, tree) {
  const messages = [];
  const options = { stdout: collect(messages), stderr: collect(messages) };
  try {
    return await runClang(['clang++', ...args], tree, options);
  } catch (error) {
    process.stderr.write(Buffer.concat(messages));
    throw new Error(`clang++ ${args.at(-1)} failed`, { cause: error });
  }
}

async function build() {
  // Loads the compiler without its progress lines on stdout.
  await runLLVM(null, {}, { fetchProgress: () => {} });
  const tree = await sources();
  const units = ['sketch.cpp', ...Object.keys(tree.sim.src).map((name) => `sim/src/${name}`)];
  const objects = {};
  for (const unit of units) {
    const object = `${path.basename(unit, '.cpp')}.o`;
    const out = await clang([...COMPILE_FLAGS, '-c', '-o', object, unit], tree);
    objects[object] = out[object];
  }
  const link = async (...flags) => {
    const out = await clang([...LINK_FLAGS, ...flags, ...Object.keys(objects), '-o', 'board.wasm'], objects);
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
    },
  });
  const { wasm, debugWasm } = await build();
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

process.exitCode = await main();
