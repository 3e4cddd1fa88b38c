import type { Clock } from '../clock.js';
import type { PortInfo } from '../serial/ports.js';
import { adapterFinder, keepOpen } from '../serial/reconnect.js';
import type { DeskTarget } from './desk-world.js';

export interface KeepPortOptions {
  readonly listPorts: () => Promise<readonly PortInfo[]>;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** The adapter was found under this name, perhaps the same. */
  readonly onFound: (path: string) => void;
}

/** Opens the port again whenever it was lost, under another name if the adapter has got one. Never rejects. */
export async function keepPort({ link, device }: DeskTarget, options: KeepPortOptions): Promise<void> {
  const { listPorts, clock, signal, onFound } = options;
  const ports = device === null ? [] : await listPorts().catch(() => []);
  const before = ports.find((port) => port.path === device);
  if (before === undefined) {
    keepOpen(link, { signal, clock });
    return;
  }
  const find = adapterFinder(before, listPorts);
  keepOpen(link, {
    signal,
    clock,
    find: async () => {
      const path = await find();
      if (path !== null) onFound(path);
      return path;
    },
  });
}
