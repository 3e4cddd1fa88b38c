// Brings a clone to the point where it can run: packages installed, sources built. Does nothing when both are current.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const modified = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function newestSource(dir) {
  let newest = modified(dir);
  for (const entry of readdirSync(join(root, dir), { withFileTypes: true })) {
    const path = join(dir, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestSource(path) : modified(path));
  }
  return newest;
}

function run(what, command, args) {
  process.stderr.write(`espwatch: ${what} (once)\n`);
  // npm is a .cmd file on Windows, which only a shell can start.
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.signal === 'SIGINT' || done.status === 130) process.exit(130);
  if (done.status !== 0) {
    process.stderr.write(`espwatch: ${what} failed; run "${command} ${args.join(' ')}" to see why\n`);
    process.exit(1);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Whether a lock's process still works on it; the lock of one that was interrupted must not hold up the next. */
function isHeld(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Between its making and its filling it is empty.
    return pid > 0 ? isAlive(pid) : Date.now() - statSync(lock).mtimeMs < 5_000;
  } catch (error) {
    return error.code !== 'ENOENT' && error.code !== 'EISDIR';
  }
}

/** One at a time: two commands started on a fresh clone must not install over each other. */
async function locked(work, interrupted) {
  const lock = join(root, 'node_modules', '.espwatch-prepare');
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  const giveUp = Date.now() + 600_000;
  for (;;) {
    try {
      writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!isHeld(lock) || Date.now() > giveUp) rmSync(lock, { recursive: true, force: true });
      else if (interrupted()) process.exit(130);
      else await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    work();
  } finally {
    process.off('exit', release);
    release();
  }
}

const installed = () => modified('node_modules/.espwatch-installed') >= modified('package-lock.json');
const built = () => modified('build/.stamp') >= Math.max(...['src', 'test', 'bench', 'scripts'].map(newestSource));

export async function prepare() {
  if (installed() && built()) return;
  // Ctrl-C reaches npm as well, which takes back what it did: that must be over before another start may begin.
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
  };
  process.on('SIGINT', onInterrupt);
  await locked(
    () => {
      if (!installed()) {
        // `npm install` keeps what is there; the lock file decides the versions either way. The build needs the
        // development packages also where the environment says production.
        const options = ['--include=dev', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
        run('installing packages', 'npm', ['install', ...options]);
        writeFileSync(join(root, 'node_modules/.espwatch-installed'), `${Date.now()}\n`);
      }
      if (!built()) run('building', process.execPath, ['scripts/build.mjs']);
    },
    () => interrupted,
  );
  await new Promise((resolve) => setImmediate(resolve));
  process.off('SIGINT', onInterrupt);
  if (interrupted) process.exit(130);
}
