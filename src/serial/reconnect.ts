import { type Clock, realClock, wait } from '../clock.js';
import { isEspwatchError } from '../errors.js';
import type { SerialLink, Unsubscribe } from './link.js';
import type { PortInfo } from './ports.js';

/** Where the lost adapter is now: a path to open, or null while it is not there. */
export type FindPort = () => Promise<string | null>;

export interface KeepOpenOptions {
  readonly clock?: Clock;
  /** Ends the watch; the link stays as it is. */
  readonly signal: AbortSignal;
  /** Finds the adapter under a new name; without it, the same name is tried. */
  readonly find?: FindPort;
  readonly everyMs?: number;
}

const EVERY_MS = 500;

/**
 * Opens `link` again whenever its device went away and comes back; listeners hear of it through `link.onBack`.
 * Stops when the signal aborts or the returned function is called. A link that was closed on purpose stays closed.
 */
export function keepOpen(link: SerialLink, options: KeepOpenOptions): Unsubscribe {
  const clock = options.clock ?? realClock;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const off = link.onLost(() => {
    // `retry` ends without an error whatever happens.
    void retry(link, clock, signal, options);
  });
  signal.addEventListener('abort', off, { once: true });
  return () => stop.abort();
}

/** Remembers which adapter `before` is, and finds it by serial number or USB socket when it was renumbered. */
export function adapterFinder(before: PortInfo, list: () => Promise<readonly PortInfo[]>): FindPort {
  return async () => {
    const { samePort } = await import('./ports.js');
    return samePort(await list(), before)?.path ?? null;
  };
}

async function retry(link: SerialLink, clock: Clock, signal: AbortSignal, options: KeepOpenOptions): Promise<void> {
  const { find, everyMs = EVERY_MS } = options;
  while (await pause(clock, everyMs, signal)) {
    if (link.isOpen) return;
    try {
      const path = find === undefined ? undefined : await find();
      if (path === null || signal.aborted) continue;
      await link.reopen(path);
      return;
    } catch (error) {
      // Closed on purpose: nobody wants it back.
      if (isEspwatchError(error, 'PORT_CLOSED')) return;
    }
  }
}

/** False when the wait was cut short. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(clock, ms, signal);
    return true;
  } catch {
    return false;
  }
}
