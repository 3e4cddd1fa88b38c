// Files of Debian source packages, by apt, from wherever this machine's packages come.
import { execFile } from 'node:child_process';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCES = '/etc/apt';
const LIMIT_MS = 180_000;

/**
 * Downloads the upstream tarball of a source package into `folder` and gives its path. The machine's own settings are
 * not touched: where they list no source packages, copies of them that do are used, with package lists in `folder`.
 */
export async function debianSource(name, file, folder) {
  const download = (options) => apt([...options, 'source', '--download-only', '--tar-only', name], folder);
  const found = path.join(folder, file);
  // What the machine has may be older than its archive: then it is asked anew.
  await download([]).catch(() => undefined);
  if (await exists(found)) return found;
  const options = await ownLists(folder);
  // A source of packages that has no source packages is no reason to stop.
  await apt([...options, 'update'], folder).catch(() => undefined);
  await download(options);
  if (!(await exists(found))) throw new Error(`this Debian's ${name} is not the one with ${file}`);
  return found;
}

/** apt's options for lists of its own, made of this machine's sources as `deb-src`. */
async function ownLists(folder) {
  const parts = path.join(folder, 'sources');
  const state = path.join(folder, 'state');
  await mkdir(parts);
  await mkdir(path.join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  for (const from of await sourceLists()) {
    const text = await readFile(from, 'utf8');
    const asSource = from.endsWith('.list')
      ? text.replaceAll(/^\s*deb(-src)?(?=\s)/gm, 'deb-src')
      : text.replaceAll(/^Types:.*$/gim, 'Types: deb-src');
    await writeFile(path.join(parts, path.basename(from)), asSource);
  }
  return [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${parts}`,
    `Dir::State::lists=${path.join(state, 'lists')}`,
    `Dir::Cache=${path.join(folder, 'cache')}`,
    'Debug::NoLocking=true',
  ].flatMap((option) => ['-o', option]);
}

async function sourceLists() {
  const parts = path.join(SOURCES, 'sources.list.d');
  const names = await readdir(parts).catch(() => []);
  const lists = names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => path.join(parts, name));
  const main = path.join(SOURCES, 'sources.list');
  return (await exists(main)) ? [main, ...lists] : lists;
}

async function apt(args, cwd) {
  try {
    // As root, apt would download as a user who may not write here.
    await run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', ...args], {
      cwd,
      timeout: LIMIT_MS,
      maxBuffer: 1 << 24,
      env: { ...process.env, LC_ALL: 'C' },
    });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error('there is no apt-get', { cause: error });
    const text = String(error.stderr ?? error.message).trim();
    throw new Error(text.split('\n').at(-1) ?? text, { cause: error });
  }
}

async function exists(file) {
  return await access(file).then(
    () => true,
    () => false,
  );
}
