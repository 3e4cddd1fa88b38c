import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type BoardPort, type HostPort, Rfc2217Server, VirtualBoard } from '../../src/sim/index.js';
import type { ProgramPorts, RunningProgram, StartProgram } from '../../src/sim/program/program.js';
import { SKETCH_IMAGE } from './sketch-board.js';

const MAC_HEAD = [0x18, 0xfe, 0x34, 0x16, 0x00] as const;
const SKETCH_BAUD = 115_200;
/** The first start is at power-on, the second when whoever watches has reset the board. */
const TALKS = 2;
const CRASH = {
  cause: 28,
  epc1: 0x40201f40,
  excvaddr: 0,
  message: null,
  frames: [0x40201f40],
  softWatchdog: false,
} as const;
const GREETING = 'ESP8266 Mode: Web Server Running - Type = SDK API\r\n';

/**
 * A virtual board whose program costs next to nothing: after the second start it sends telemetry as fast as the line
 * takes it, `bytes` of it; then it crashes and is quiet.
 */
export class ChattyBoard {
  readonly #board: VirtualBoard;
  readonly #bytes: number;
  readonly #sent: Buffer[] = [];
  #delivered = 0;
  #hostBaud = 0;
  #starts = 0;
  #follows: (() => void) | null = null;
  #quiet: (() => void) | null = null;

  private constructor(number: number, bytes: number) {
    this.#bytes = bytes;
    this.#board = new VirtualBoard({
      mac: Uint8Array.of(...MAC_HEAD, number),
      startProgram: this.#start,
      timing: 'real',
    });
    this.#board.flash.preload(0, readFileSync(SKETCH_IMAGE));
  }

  /** Boots once, and serves RFC 2217; resolves with the board and its URL. */
  static async start(t: TestContext, number: number, bytes: number): Promise<{ board: ChattyBoard; url: string }> {
    const board = new ChattyBoard(number, bytes);
    const booted = new Promise<void>((resolve) => {
      board.#quiet = resolve;
    });
    t.after(() => board.#board.dispose());
    board.#board.plug();
    await booted;
    const server = await Rfc2217Server.listen(board.#counting());
    t.after(() => server.close());
    return { board, url: `rfc2217://${server.host}:${server.port}` };
  }

  /** What the program has sent. */
  get sent(): Buffer {
    return Buffer.concat(this.#sent);
  }

  /** Bytes that went to whoever had the port open, those of the ROM among them. */
  get delivered(): number {
    return this.#delivered;
  }

  readonly #start: StartProgram = (_wasm, _env, ports): RunningProgram => {
    this.#starts += 1;
    let stopped = false;
    const talks = this.#starts === TALKS;
    // No port may be called before this function has returned.
    setImmediate(() => {
      if (stopped) return;
      ports.uartBaud(SKETCH_BAUD);
      if (talks) void this.#talk(ports, () => stopped);
      else this.#quiet?.();
    });
    return {
      receive: () => undefined,
      setWifi: () => undefined,
      stop: async () => {
        stopped = true;
      },
    };
  };

  async #talk(ports: ProgramPorts, stopped: () => boolean): Promise<void> {
    // What is sent before the host has changed its speed is garbage to it, as on a real board.
    if (this.#hostBaud !== SKETCH_BAUD) {
      await new Promise<void>((resolve) => {
        this.#follows = resolve;
      });
    }
    const began = performance.now();
    const send = async (text: string): Promise<void> => {
      const bytes = Buffer.from(text);
      this.#sent.push(bytes);
      await ports.uartSend(bytes);
    };
    await send(GREETING);
    for (let n = 0, left = this.#bytes; left > 0 && !stopped(); n++) {
      const uptime = Math.floor((performance.now() - began) / 1000);
      const line = `ESP8266 Telemetry: uptime=${uptime} heap=${50_000 - (n % 64)} block=40000 frag=20 rssi=-60 wifi=0 mqtt=0\r\n`;
      left -= line.length;
      await send(line);
    }
    if (!stopped()) ports.crashed(CRASH);
  }

  /** The board, with an eye on what goes to the host and at what speed. */
  #counting(): VirtualBoard {
    const board = this.#board;
    const heard = (baud: number): void => {
      this.#hostBaud = baud;
      if (baud !== SKETCH_BAUD || this.#starts < TALKS) return;
      this.#follows?.();
    };
    const attach = (baud: number, host: HostPort): BoardPort => {
      heard(baud);
      const port = board.attach(baud, {
        onUnplug: () => host.onUnplug(),
        onBytes: (bytes) => {
          this.#delivered += bytes.length;
          host.onBytes(bytes);
        },
      });
      return {
        get baud() {
          return port.baud;
        },
        get lines() {
          return port.lines;
        },
        setBaud: (next) => {
          port.setBaud(next);
          heard(next);
        },
        setLines: (lines) => port.setLines(lines),
        write: (bytes) => port.write(bytes),
        discardOutput: () => port.discardOutput(),
        detach: () => port.detach(),
      };
    };
    return new Proxy(board, {
      get: (target, name) => (name === 'attach' ? attach : (Reflect.get(target, name, target) as unknown)),
    });
  }
}
