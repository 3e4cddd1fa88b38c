import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FlashReport } from '../../src/flash/flash.js';
import { Heard } from './heard.js';
import { ROOT } from './peers.js';

/** What test/tty/port-child.ts does for us. */
export type Request = { readonly id: number } & Operation;
type Operation =
  | { readonly op: 'open'; readonly baud: number }
  | { readonly op: 'close' }
  | { readonly op: 'reopen' }
  | { readonly op: 'setBaud'; readonly baud: number }
  | { readonly op: 'setLines'; readonly dtr: boolean; readonly rts: boolean }
  | { readonly op: 'write'; readonly hex: string }
  | { readonly op: 'flash'; readonly image: string; readonly baud: number };

type Message =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string; readonly hint: string } }
  | { readonly event: 'data'; readonly hex: string; readonly baud: number }
  | { readonly event: 'lost'; readonly code: string }
  | { readonly event: 'progress'; readonly phase: string; readonly done: number };

/** An `EspwatchError` of the other process. */
export class RemoteError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(error: { readonly code: string; readonly message: string; readonly hint: string }) {
    super(error.message);
    this.code = error.code;
    this.hint = error.hint;
  }
}

/** A `PortLink` over the native binding in a process of its own. */
export class RemotePort {
  readonly heard = new Heard();
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #lost: Promise<string>;
  readonly #exited: Promise<unknown>;
  #id = 0;
  #onProgress: (phase: string, done: number) => void = () => undefined;

  /** `env`: of the kernel terminal. */
  constructor(path: string, env: Readonly<Record<string, string>>, signal: AbortSignal) {
    this.#child = spawn(
      process.execPath,
      ['--enable-source-maps', join(ROOT, 'build/test/tty/port-child.js'), path],
      // The terminal sees writes where libuv calls write(), not where it hands them to the kernel in a ring.
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, UV_USE_IO_URING: '0', ...env },
        signal,
        killSignal: 'SIGKILL',
      },
    );
    this.#exited = once(this.#child, 'exit').catch(() => undefined);
    let lost: (code: string) => void = () => undefined;
    this.#lost = new Promise((resolve) => {
      lost = resolve;
    });
    const { stdout, stdin } = this.#child;
    if (stdout === null || stdin === null) throw new Error('the child has no pipes');
    stdin.on('error', () => undefined);
    createInterface({ input: stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Message;
      if (!('event' in message)) this.#answered(message);
      else if (message.event === 'data') this.heard.add(Buffer.from(message.hex, 'hex'));
      else if (message.event === 'lost') lost(message.code);
      else this.#onProgress(message.phase, message.done);
    });
    void this.#exited.then(() => {
      for (const { reject } of this.#pending.values()) reject(new Error('the process ended'));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  open(baud: number): Promise<void> {
    return this.#ask<void>({ op: 'open', baud });
  }

  close(): Promise<void> {
    return this.#ask<void>({ op: 'close' });
  }

  reopen(): Promise<void> {
    return this.#ask<void>({ op: 'reopen' });
  }

  setBaud(baud: number): Promise<void> {
    return this.#ask<void>({ op: 'setBaud', baud });
  }

  setLines(dtr: boolean, rts: boolean): Promise<void> {
    return this.#ask<void>({ op: 'setLines', dtr, rts });
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#ask<void>({ op: 'write', hex: Buffer.from(bytes).toString('hex') });
  }

  flash(image: string, baud: number, onProgress?: (phase: string, done: number) => void): Promise<FlashReport> {
    this.#onProgress = onProgress ?? (() => undefined);
    return this.#ask<FlashReport>({ op: 'flash', image, baud });
  }

  /** Resolves with the error's code when the port was lost. */
  lost(): Promise<string> {
    return this.#lost;
  }

  /** Ends the process; the port is closed by it. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.#exited;
  }

  #ask<T>(operation: Operation): Promise<T> {
    this.#id += 1;
    const id = this.#id;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#child.stdin?.write(`${JSON.stringify({ id, ...operation })}\n`);
    });
  }

  #answered(message: Exclude<Message, { event: string }>): void {
    const waiting = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ('error' in message) waiting?.reject(new RemoteError(message.error));
    else waiting?.resolve(message.value);
  }
}
