import { readFile, stat } from 'node:fs/promises';
import { findHolder } from './holder.js';
import type { PortFacts } from './port-errors.js';

/** What this machine says about its ports. */
export const systemFacts: PortFacts = {
  holder: (path) => findHolder(path),
  ports: async () => {
    const { listPorts } = await import('./ports.js');
    return (await listPorts()).map((port) => port.path);
  },
  group: (path) => groupOf(path),
};

/** The group that owns a device file, by the group file's `name:password:gid:members` lines. */
export async function groupOf(path: string, groupFile = '/etc/group'): Promise<string | null> {
  const { gid } = await stat(path);
  const lines = (await readFile(groupFile, 'utf8')).split('\n').map((line) => line.split(':'));
  return lines.find((fields) => fields[2] === String(gid))?.[0] ?? null;
}
