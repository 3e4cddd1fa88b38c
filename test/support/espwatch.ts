import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Heard } from './heard.js';
import { ROOT } from './peers.js';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface EspwatchOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What stdin holds; without it stdin is empty. `null` keeps it open. */
  readonly input?: string | null;
}

/** What a terminal would act on: controls but line feed and tab, C1 in UTF-8, overrides of the direction of text. */
const TERMINAL_ORDERS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** The real executable as a process of its own; it is gone when the test is over. */
export class Espwatch {
  readonly stdout = new Heard();
  readonly stderr = new Heard();
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  readonly #signal: AbortSignal;

  constructor(t: TestContext, home: string, args: readonly string[], options: EspwatchOptions = {}) {
    this.#signal = t.signal;
    this.#child = spawn(process.execPath, [join(ROOT, 'bin/espwatch.js'), ...args], {
      stdio: 'pipe',
      env: { PATH: process.env['PATH'] ?? '', HOME: home, XDG_STATE_HOME: home, ...options.env },
    });
    const { stdin, stdout, stderr } = this.#child;
    stdout.on('data', (bytes: Buffer) => this.stdout.add(bytes));
    stderr.on('data', (bytes: Buffer) => this.stderr.add(bytes));
    stdin.on('error', () => undefined);
    if (options.input !== null) stdin.end(options.input ?? '');
    this.#closed = once(this.#child, 'close');
    t.after(async () => {
      this.#child.kill('SIGKILL');
      await this.#closed;
    });
  }

  /** Resolves with the first match on stdout, also in what has come already. */
  said(pattern: RegExp): Promise<string> {
    return this.stdout.until(pattern, this.#signal, 0);
  }

  noted(pattern: RegExp): Promise<string> {
    return this.stderr.until(pattern, this.#signal, 0);
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Nobody reads stdout any more, as behind `| head`. */
  stopReading(): void {
    this.#child.stdout.destroy();
  }

  interrupt(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' = 'SIGINT'): void {
    this.#child.kill(signal);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  /** Resolves when it has ended by itself; whatever it wrote is harmless to a terminal. */
  async ended(): Promise<Ended> {
    await this.#closed;
    const [stdout, stderr] = [this.stdout, this.stderr].map(({ text }) => Buffer.from(text, 'latin1').toString('utf8'));
    assert.doesNotMatch(stdout ?? '', TERMINAL_ORDERS);
    assert.doesNotMatch(stderr ?? '', TERMINAL_ORDERS);
    assert.equal(this.#child.signalCode, null, stderr);
    return { code: this.#child.exitCode, stdout: stdout ?? '', stderr: stderr ?? '' };
  }
}

/** Runs a command to its end. */
export function espwatch(
  t: TestContext,
  home: string,
  args: readonly string[],
  options?: EspwatchOptions,
): Promise<Ended> {
  return new Espwatch(t, home, args, options).ended();
}

/** The objects of an NDJSON stream. */
export function objects(stdout: string): Record<string, unknown>[] {
  assert.match(stdout, /^(\{.*\}\n)*$/, 'one object a line, and nothing else');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A home of one's own: virtual boards keep their flash in it. */
export async function makeHome(t: TestContext): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'espwatch-home-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  return home;
}

/** Puts a flash under the name of `sim:NAME`: the pieces at their addresses, the rest erased. */
export async function storeFlash(home: string, name: string, pieces: readonly [number, Uint8Array][]): Promise<void> {
  const flash = Buffer.alloc(4 << 20, 0xff);
  for (const [address, bytes] of pieces) flash.set(bytes, address);
  const folder = join(home, 'espwatch', 'sim');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.bin`), flash);
}

/** `espwatch sim`, ready; resolves with its URL. */
export async function startSimServer(
  t: TestContext,
  home: string,
  args: readonly string[] = [],
): Promise<{ readonly url: string; readonly mac: string; readonly server: Espwatch }> {
  const server = new Espwatch(t, home, ['sim', '--rfc2217', '127.0.0.1:0', ...args]);
  const { url, mac } = JSON.parse(await server.said(/^\{.*\}\n/)) as { url: string; mac: string };
  return { url, mac, server };
}
