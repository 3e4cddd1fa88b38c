// BearSSL for the virtual board: Debian's source package, verified, compiled once and kept.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { clang } from './compiler.mjs';
import { debianSource } from './debian-source.mjs';

const run = promisify(execFile);

export const TARBALL = 'bearssl_0.6+dfsg.1.orig.tar.xz';
const TARBALL_SHA256 = '102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004';
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/bearssl/', import.meta.url));
/** Sources a compiler run: fewer runs are faster, and a run's memory is bounded. */
const BATCH = 24;
const FLAGS = [
  '--target=wasm32-wasip1',
  '-Oz',
  '-ffunction-sections',
  '-fdata-sections',
  '-mbulk-memory',
  '-funsigned-char',
  '-Iinc',
  '-Isrc',
  // The clock is the board's time(), the noise is given by the sketch's side, as on the chip.
  '-DBR_USE_UNIX_TIME=1',
  '-DBR_USE_WIN32_TIME=0',
  '-DBR_USE_URANDOM=0',
  '-DBR_USE_GETENTROPY=0',
  '-DBR_USE_WIN32_RAND=0',
];

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/** The source cannot be had on this machine; the message says what to do. */
export class SourceMissing extends Error {}

/**
 * BearSSL's headers (`inc`, a tree of texts) and all of it as one object file.
 * @param {string | undefined} file the tarball, when it is not to come from Debian
 */
export async function bearSsl(file) {
  await mkdir(CACHE, { recursive: true });
  const tree = await unpack(await tarball(file));
  const compiler = JSON.parse(
    await readFile(new URL('../../node_modules/@yowasp/clang/package.json', import.meta.url)),
  );
  const name = `${sha256(TARBALL_SHA256, compiler.version, ...FLAGS).slice(0, 16)}.o`;
  const kept = path.join(CACHE, name);
  let object = await readFile(kept).catch(() => null);
  if (object === null) {
    object = await compile(tree);
    await keep(kept, object);
  }
  return { inc: tree.inc, object };
}

/** Compiles everything: the linker takes what is used. */
async function compile(tree) {
  const units = [...sourcesIn(tree.src, 'src'), 'tools/errors.c'];
  const objects = {};
  for (let at = 0; at < units.length; at += BATCH) {
    const out = await clang(['clang', ...FLAGS, '-c', ...units.slice(at, at + BATCH)], tree);
    for (const [name, bytes] of Object.entries(out)) if (name.endsWith('.o')) objects[name] = bytes;
  }
  if (Object.keys(objects).length !== units.length) throw new Error('two sources of BearSSL have one name');
  const out = await clang(['wasm-ld', '-r', ...Object.keys(objects), '-o', 'bearssl.o'], objects);
  return Buffer.from(out['bearssl.o']);
}

function sourcesIn(tree, folder) {
  return Object.entries(tree).flatMap(([name, content]) => {
    const at = `${folder}/${name}`;
    if (typeof content !== 'string') return sourcesIn(content, at);
    return name.endsWith('.c') ? [at] : [];
  });
}

async function tarball(file) {
  const kept = path.join(CACHE, TARBALL);
  if (isGenuine(await readFile(kept).catch(() => null))) return kept;
  const folder = await mkdtemp(path.join(tmpdir(), 'bearssl-'));
  try {
    const found = file ?? (await debianSource('bearssl', TARBALL, folder));
    const bytes = await readFile(found);
    if (!isGenuine(bytes)) throw new Error(`${path.basename(found)} is not the file that is expected`);
    await keep(kept, bytes);
  } catch (error) {
    throw missing(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return kept;
}

function missing(cause) {
  return new SourceMissing(
    `BearSSL's source package cannot be had: ${cause.message}\n` +
      `On Debian it comes by apt-get; elsewhere give ${TARBALL} (sha256 ${TARBALL_SHA256}) with --bearssl FILE.`,
    { cause },
  );
}

function isGenuine(bytes) {
  return bytes !== null && sha256(bytes) === TARBALL_SHA256;
}

async function unpack(file) {
  const folder = await mkdtemp(path.join(tmpdir(), 'bearssl-'));
  try {
    await run('tar', ['-xJf', file, '-C', folder, '--strip-components=1']).catch((error) => {
      throw missing(new Error(`tar and xz cannot unpack it: ${error.stderr || error.message}`));
    });
    return {
      inc: await readTree(path.join(folder, 'inc')),
      src: await readTree(path.join(folder, 'src')),
      tools: await readTree(path.join(folder, 'tools')),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readTree(folder) {
  const tree = {};
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) tree[entry.name] = await readTree(at);
    else if (/\.[ch]$/.test(entry.name)) tree[entry.name] = await readFile(at, 'utf8');
  }
  return tree;
}

/** Whole or not at all, also when two builds run at once. */
async function keep(file, bytes) {
  const part = `${file}.${process.pid}`;
  await writeFile(part, bytes);
  await rename(part, file);
}
