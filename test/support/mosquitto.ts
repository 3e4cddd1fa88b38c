import { type ChildProcess, spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { KeyPair } from './certificates.js';

export interface MosquittoListener {
  readonly webSocket?: boolean;
  readonly tls?: KeyPair;
  /** Only this user is let in; without one, everybody. */
  readonly user?: { readonly username: string; readonly password: string };
}

export interface Mosquitto<Name extends string> {
  readonly ports: Readonly<Record<Name, number>>;
  stop(): Promise<void>;
}

/** Debian puts it where only root's PATH leads. */
export function findMosquitto(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    const path = join(folder, 'mosquitto');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Starts one Mosquitto with these listeners on loopback; resolves when it serves. */
export async function startMosquitto<Name extends string>(
  program: string,
  listeners: Readonly<Record<Name, MosquittoListener>>,
): Promise<Mosquitto<Name>> {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-mosquitto-'));
  const names = Object.keys(listeners) as Name[];
  for (let attempt = 1; ; attempt++) {
    // It cannot choose ports by itself, and somebody may take one before it does: then others are tried.
    const free = await freePorts(names.length);
    const ports = Object.fromEntries(names.map((name, i) => [name, free[i] ?? 0])) as Record<Name, number>;
    await writeFile(join(folder, 'mosquitto.conf'), await configuration(folder, listeners, ports));
    const child = spawn(program, ['-c', join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    const log = await running(child);
    if (log === null) {
      return {
        ports,
        stop: async () => {
          if (child.exitCode === null && child.signalCode === null) {
            const exit = once(child, 'exit');
            child.kill('SIGTERM');
            await exit;
          }
          await rm(folder, { recursive: true, force: true });
        },
      };
    }
    if (attempt === 5 || !log.includes('Address already in use')) {
      await rm(folder, { recursive: true, force: true });
      throw new Error(`mosquitto did not start:\n${log}`);
    }
  }
}

/** null once it runs, its log when it exited instead. */
async function running(child: ChildProcess): Promise<string | null> {
  const { stderr } = child;
  if (stderr === null) throw new Error('no pipe');
  const lines: string[] = [];
  return await new Promise((resolve, reject) => {
    const reader = createInterface(stderr);
    reader.on('line', (line) => {
      lines.push(line);
      if (/mosquitto version \S+ running/.test(line)) resolve(null);
    });
    child.once('error', reject);
    child.once('close', () => resolve(lines.join('\n')));
  });
}

async function configuration<Name extends string>(
  folder: string,
  listeners: Readonly<Record<Name, MosquittoListener>>,
  ports: Readonly<Record<Name, number>>,
): Promise<string> {
  const lines = ['per_listener_settings true', 'log_dest stderr', 'log_type all', 'persistence false', 'user root'];
  for (const [name, listener] of Object.entries<MosquittoListener>(listeners)) {
    const file = async (kind: string, content: string): Promise<string> => {
      const path = join(folder, `${name}.${kind}`);
      await writeFile(path, content, { mode: 0o600 });
      return path;
    };
    lines.push(`listener ${ports[name as Name]} 127.0.0.1`);
    if (listener.webSocket === true) lines.push('protocol websockets');
    if (listener.tls !== undefined) {
      lines.push(`certfile ${await file('crt', listener.tls.cert)}`, `keyfile ${await file('key', listener.tls.key)}`);
    }
    if (listener.user === undefined) lines.push('allow_anonymous true');
    else lines.push('allow_anonymous false', `password_file ${await file('passwd', passwordLine(listener.user))}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A line of Mosquitto 2's password file: PBKDF2 with SHA-512. */
function passwordLine({ username, password }: { readonly username: string; readonly password: string }): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
  return `${username}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
