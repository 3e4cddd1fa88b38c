import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Keeps the computer from going to sleep until the returned function is called, or this process ends in whatever way.
 * Null where the platform has no way to ask for it, or the way is not installed.
 */
export async function keepAwake(platform: NodeJS.Platform = process.platform): Promise<(() => void) | null> {
  const command = commandFor(platform);
  if (command === null) return null;
  const [file, ...args] = command;
  // Both end when their standard input does, which the system closes with this process.
  const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'], windowsHide: true });
  if (!(await started(child))) return null;
  child.unref();
  return () => {
    child.stdin?.destroy();
    child.kill();
  };
}

function commandFor(platform: NodeJS.Platform): readonly [string, ...string[]] | null {
  if (platform === 'darwin') return ['caffeinate', '-i', 'cat'];
  if (platform === 'linux') return ['systemd-inhibit', '--what=sleep:idle', '--who=espwatch', '--why=soak test', 'cat'];
  return null;
}

/** An inhibitor that may not do its work ends at once; one that does stays. */
function started(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    child.stdin?.on('error', () => undefined);
    setTimeout(() => resolve(child.exitCode === null), 300);
  });
}
