import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createSimBoard, type SimBoard } from '../../src/sim/index.js';
import { startProgram } from '../../src/sim/program/host.js';
import { KernelTty } from '../../test/support/kernel-tty.js';
import { ROOT } from '../../test/support/peers.js';

/** What an installed package runs; a clone's `bin/espwatch.js` first looks whether this is current. */
export const ESPWATCH = join(ROOT, 'build/src/cli/main.js');

/** Where a tool finds a virtual board that another process runs. */
export interface BenchPort {
  readonly port: string;
  /** For the tool that opens it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** `espwatch sim` as a process of its own. */
export async function simOverRfc2217(): Promise<BenchPort> {
  const sim = spawn(process.execPath, [ESPWATCH, 'sim'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(sim, 'exit');
  const [line] = (await Promise.race([once(createInterface({ input: sim.stdout }), 'line'), exited])) as [unknown];
  if (typeof line !== 'string') throw new Error('espwatch sim did not start');
  const { url } = JSON.parse(line) as { url: string };
  return {
    port: url,
    env: {},
    close: async () => {
      sim.kill('SIGINT');
      await exited;
    },
  };
}

/** A board of this process with `image` in its flash, so that every measured write has to erase. */
export function simHere(image: Uint8Array): SimBoard {
  return createSimBoard(null, { startProgram, timing: 'real', image });
}

/** A board of this process behind a terminal of the kernel (Linux with socat and a C compiler). */
export async function simOnKernelTty(image: Uint8Array): Promise<BenchPort> {
  const { board, dispose } = simHere(image);
  const listeners = new Set<(bytes: Uint8Array) => void>();
  const port = board.attach(115_200, {
    onBytes: (bytes) => {
      for (const listener of listeners) listener(bytes);
    },
    onUnplug: () => undefined,
  });
  const end = {
    setLines: port.setLines,
    setBaud: port.setBaud,
    write: port.write,
    onData: (listener: (bytes: Uint8Array) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const tty = await KernelTty.create(end, { modemLines: true, stays: true, signal: AbortSignal.timeout(600_000) });
  return {
    port: tty.path,
    env: tty.env,
    close: async () => {
      await tty.close();
      port.detach();
      await dispose();
    },
  };
}
