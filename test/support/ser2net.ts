import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Peer, program } from './peers.js';

export const SER2NET: Peer = program('ser2net');

export interface Ser2net {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the terminal at `path` over RFC 2217; `env` is that of the kernel terminal. Resolves when it listens. */
export async function startSer2net(path: string, env: Readonly<Record<string, string>>): Promise<Ser2net> {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-ser2net-'));
  const port = await freePort();
  // '#' stands for a line end (ser2net's own rule for -Y).
  const config = [
    'connection: &board',
    `  accepter: telnet(rfc2217),tcp,127.0.0.1,${port}`,
    `  connector: serialdev,${path},115200n81,local`,
    '',
  ].join('#');
  // It listens first and writes its process id then.
  const listening = new Promise<void>((resolve) => {
    const watcher = watch(folder, () => {
      watcher.close();
      resolve();
    });
  });
  const server = spawn(SER2NET.path, ['-n', '-u', '-P', join(folder, 'pid'), '-Y', config], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  const exited = once(server, 'exit');
  const early = exited.then(() => {
    throw new Error('ser2net ended at once');
  });
  early.catch(() => undefined);
  await Promise.race([listening, early]);
  return {
    url: `rfc2217://127.0.0.1:${port}`,
    close: async () => {
      server.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** ser2net does not tell which port it got, so it is given one that was free just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
