import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModemLines, Unsubscribe } from '../../src/serial/link.js';
import { firstMissing, program, ROOT } from './peers.js';
import { runProgram } from './run-program.js';

/** The host's end of a board's serial wire. */
export interface HostEnd {
  setLines(lines: ModemLines): void;
  setBaud(baud: number): void;
  /** Resolves when the bytes have left the host. */
  write(bytes: Uint8Array): Promise<void>;
  onData(listener: (bytes: Uint8Array) => void): Unsubscribe;
}

export interface KernelTtyOptions {
  /** Give the terminal modem lines. */
  readonly modemLines: boolean;
  /** Keeps the terminal when its last user closes it, as a device that stays plugged in does. */
  readonly stays: boolean;
  readonly signal: AbortSignal;
}

const COMPILER = program('cc', 'a C compiler');
const SOCAT = program('socat');

/** Why these tests cannot run on this machine, or false. */
export const kernelTtySkip: string | false =
  process.platform === 'linux' ? firstMissing(SOCAT, COMPILER) : 'needs Linux (pseudo terminals and LD_PRELOAD)';

/** A real terminal of the kernel with a board at its far end. */
export class KernelTty {
  readonly #folder: string;
  readonly #board: HostEnd;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #controls = new Set<Control>();
  #socat: ChildProcess | null = null;
  #wire: Socket | null = null;
  #keeper: number | null = null;
  #unsubscribe: Unsubscribe = () => undefined;
  #preloaded = false;
  #lines = 0;
  #baud = 0;
  /** Bytes that came through the terminal and were handed to the board. */
  #received = 0;
  #written: Promise<void> = Promise.resolve();
  #pulled: Promise<void> = Promise.resolve();

  /** Makes the terminal; resolves when it can be opened. */
  static async create(board: HostEnd, options: KernelTtyOptions): Promise<KernelTty> {
    const tty = new KernelTty(board, await mkdtemp(join(tmpdir(), 'espwatch-tty-')));
    try {
      await tty.#start(options);
      return tty;
    } catch (error) {
      await tty.close();
      throw error;
    }
  }

  private constructor(board: HostEnd, folder: string) {
    this.#board = board;
    this.#folder = folder;
  }

  get path(): string {
    return join(this.#folder, 'tty');
  }

  /** For the program that is to open it. */
  get env(): Record<string, string> {
    if (!this.#preloaded) return {};
    return { LD_PRELOAD: this.#library, ESPWATCH_TTY: this.path, ESPWATCH_TTY_CONTROL: this.#controlPath };
  }

  /** Pulls the cable: the kernel hangs the terminal up. */
  async unplug(): Promise<void> {
    this.#dropKeeper();
    const socat = this.#socat;
    this.#socat = null;
    if (socat !== null && socat.exitCode === null && socat.signalCode === null) {
      const ended = once(socat, 'exit');
      socat.kill('SIGKILL');
      await ended;
    }
    this.#wireLost();
  }

  async close(): Promise<void> {
    await this.unplug();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #library(): string {
    return join(this.#folder, 'preload.so');
  }

  get #controlPath(): string {
    return join(this.#folder, 'control');
  }

  async #start({ modemLines, stays, signal }: KernelTtyOptions): Promise<void> {
    if (modemLines) {
      const source = join(ROOT, 'test/tty/preload.c');
      const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror'];
      const built = await runProgram(COMPILER.path, [...flags, '-o', this.#library, source, '-ldl', '-pthread'], {
        signal,
      });
      if (built.code !== 0) throw new Error(`preload.c does not compile:\n${built.output}`);
      await this.#listen(this.#controlPath, (socket) => this.#addControl(socket));
      this.#preloaded = true;
    }
    const wirePath = join(this.#folder, 'wire');
    const wired = new Promise<Socket>((resolve) => {
      void this.#listen(wirePath, resolve).then(() => {
        // It makes the terminal and its link before it connects.
        this.#socat = spawn(SOCAT.path, [`PTY,ptmx,link=${this.path},rawer`, `UNIX-CONNECT:${wirePath}`], {
          stdio: 'ignore',
        });
      });
    });
    this.#attach(await wired);
    if (stays) this.#keeper = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY);
  }

  async #listen(path: string, connected: (socket: Socket) => void): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      connected(socket);
    });
    this.#servers.push(server);
    server.listen(path);
    await once(server, 'listening');
  }

  #attach(wire: Socket): void {
    this.#wire = wire;
    this.#pulled = new Promise((resolve) => {
      wire.on('close', () => {
        this.#wireLost();
        resolve();
      });
    });
    wire.on('data', (bytes) => {
      this.#received += bytes.length;
      this.#written = Promise.all([this.#written, this.#board.write(bytes)]).then(
        () => undefined,
        () => undefined,
      );
      for (const control of this.#controls) control.next();
    });
    this.#unsubscribe = this.#board.onData((bytes) => wire.write(bytes));
  }

  #wireLost(): void {
    this.#unsubscribe();
    this.#wire?.destroy();
    this.#wire = null;
    for (const control of this.#controls) control.next();
  }

  #dropKeeper(): void {
    if (this.#keeper !== null) closeSync(this.#keeper);
    this.#keeper = null;
  }

  #addControl(socket: Socket): void {
    const control = new Control(socket, {
      received: () => (this.#wire === null ? null : this.#received),
      lines: () => this.#lines,
      setLines: (lines) => this.#setLines(lines),
      setBaud: (baud) => this.#setBaud(baud),
      drained: () => Promise.race([this.#written, this.#pulled]),
      closed: () => {
        if (this.#controls.delete(control) && this.#controls.size === 0) this.#setLines(0);
      },
    });
    // The first to open a port raises both lines, the last to close it drops them.
    if (this.#controls.size === 0) this.#setLines(3);
    this.#controls.add(control);
  }

  #setBaud(baud: number): void {
    if (baud === this.#baud) return;
    this.#baud = baud;
    this.#board.setBaud(baud);
  }

  #setLines(lines: number): void {
    this.#lines = lines;
    this.#board.setLines({ dtr: (lines & 1) !== 0, rts: (lines & 2) !== 0 });
  }
}

interface Wire {
  /** Bytes that came so far, or null when the cable was pulled. */
  received(): number | null;
  lines(): number;
  setLines(lines: number): void;
  setBaud(baud: number): void;
  /** When everything that came has left the host. */
  drained(): Promise<void>;
  /** The program closed the port, or died. */
  closed(): void;
}

/** One program's messages (see preload.c): each is done when the bytes that were written before it have come. */
class Control {
  readonly #socket: Socket;
  readonly #wire: Wire;
  readonly #base: number;
  #text = '';
  #busy = false;

  constructor(socket: Socket, wire: Wire) {
    this.#socket = socket;
    this.#wire = wire;
    this.#base = wire.received() ?? 0;
    socket.setEncoding('latin1');
    socket.on('close', () => wire.closed());
    socket.on('data', (text: string) => {
      this.#text += text;
      this.next();
    });
  }

  /** Takes the next message if it is complete and its bytes have come. */
  next(): void {
    const end = this.#text.indexOf('\n');
    if (end < 0 || this.#busy) return;
    const [command = '', argument = '', written = ''] = this.#text.slice(0, end).split(' ');
    const received = this.#wire.received();
    if (received !== null && received - this.#base < Number(written)) return;
    this.#text = this.#text.slice(end + 1);
    if (received === null) this.#socket.write('gone\n');
    else this.#do(command, Number(argument));
  }

  #do(command: string, argument: number): void {
    if (command === 'lines') this.#wire.setLines(argument);
    if (command === 'close') this.#wire.closed();
    if (command === 'baud') this.#wire.setBaud(argument);
    if (command !== 'drain') {
      this.#answer();
      return;
    }
    this.#busy = true;
    void this.#wire.drained().then(() => {
      this.#busy = false;
      if (this.#wire.received() === null) this.#socket.write('gone\n');
      else this.#answer();
      this.next();
    });
  }

  #answer(): void {
    if (!this.#socket.destroyed) this.#socket.write(`ok ${this.#wire.lines()}\n`);
  }
}
