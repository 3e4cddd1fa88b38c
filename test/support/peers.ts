import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program that is not ours. `skip` goes into node:test's options: false, or what to install. */
export interface Peer {
  readonly path: string;
  readonly skip: string | false;
}

/** The project's folder. Tests run from build/test/. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The Python of an environment that has esptool and pyserial; `.ci/run` makes them. */
export function esptoolPython(major: 4 | 5): Peer {
  const path = join(ROOT, 'node_modules/.cache/peers', `esptool${major}`, 'bin/python');
  return { path, skip: existsSync(path) ? false : `needs esptool ${major} (.ci/run installs it)` };
}

/** A program of the system; Debian keeps servers in /usr/sbin, which is not in everybody's PATH. */
export function program(name: string, neededAs = name): Peer {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const path = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  return { path: path ?? name, skip: path === undefined ? `needs ${neededAs} (.ci/run installs it)` : false };
}

/** The first reason to skip among several parts that a suite needs. */
export function firstMissing(...peers: readonly Peer[]): string | false {
  return peers.find(({ skip }) => skip !== false)?.skip ?? false;
}
