/** Test support: a bench on which programs run, with everything they say recorded. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { inflateSync } from 'node:zlib';
import { createStartProgram, type ProgramTimes } from './host.js';
import type { ProgramCrash, ProgramEnvironment, ProgramPorts, RunningProgram } from './program.js';

export const FLASH_SIZE = 4 << 20;

export interface BenchOptions {
  readonly mac?: readonly number[];
  readonly times?: Partial<ProgramTimes>;
  readonly environment?: Partial<ProgramEnvironment>;
  readonly ports?: Partial<ProgramPorts>;
}

/** What ended a run. */
export type End = { readonly restart: number } | { readonly crash: ProgramCrash } | { readonly failed: Error };

/** One run of a program and what came of it. */
export class Bench {
  readonly program: RunningProgram;
  readonly flash: SharedArrayBuffer;
  /** Everything but the text, in order: `baud 115200`, `gpio 2=1`, `flash 4096+4`, `end`. */
  readonly log: string[] = [];
  readonly end: Promise<End>;
  text = '';
  #waiting: (() => void)[] = [];

  constructor(wasm: Uint8Array, options: BenchOptions = {}) {
    let finish: (end: End) => void = () => undefined;
    this.end = new Promise((resolve) => {
      finish = (end) => {
        this.log.push('end');
        resolve(end);
      };
    });
    this.flash = options.environment?.flash ?? new SharedArrayBuffer(FLASH_SIZE);
    const environment: ProgramEnvironment = {
      mac: Uint8Array.from(options.mac ?? [0x18, 0xfe, 0x34, 0xa2, 0x66, 0x29]),
      flashSize: FLASH_SIZE,
      resetReason: 0,
      lastCrash: { cause: 0, epc1: 0, excvaddr: 0 },
      flash: this.flash,
      rtc: new SharedArrayBuffer(512),
      ...options.environment,
    };
    this.program = createStartProgram(options.times)(wasm, environment, {
      uartBaud: (baud) => this.#note(`baud ${baud}`),
      uartSend: (bytes) => {
        this.text += Buffer.from(bytes).toString('latin1');
        this.#note();
      },
      gpioChanged: (pin, level) => this.#note(`gpio ${pin}=${level}`),
      flashChanged: (address, length) => this.#note(`flash ${address}+${length}`),
      restart: (reason) => finish({ restart: reason }),
      crashed: (crash) => finish({ crash }),
      failed: (error) => finish({ failed: error }),
      ...options.ports,
    });
  }

  /** Resolves with the match once the program has sent it. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The crash that ended the run; anything else is a failed test. */
  async crash(): Promise<ProgramCrash> {
    const end = await this.end;
    if ('crash' in end) return end.crash;
    throw new Error(`ended with ${inspect(end)}`, { cause: end });
  }

  #note(entry?: string): void {
    if (entry !== undefined) this.log.push(entry);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Starts a program that is stopped when the test ends. */
export function bench(t: TestContext, wasm: Uint8Array, options?: BenchOptions): Bench {
  const board = new Bench(wasm, options);
  t.after(() => board.program.stop());
  return board;
}

/** The committed sketch, out of its flash image (for the layout see `firmware/sim/image.mjs`). */
export function sketch(): Uint8Array {
  const image = readFileSync(new URL('../../../../firmware/prebuilt/tls_mqtt.virtual.bin', import.meta.url));
  const magic = 0x1018;
  if (image.toString('latin1', magic, magic + 8) !== 'ESPWVB1\0') throw new Error('not an image of the virtual board');
  return inflateSync(image.subarray(0x1028, 0x1028 + image.readUInt32LE(0x1024)));
}

/** A connection to a board; closed when the test ends. */
export async function connectTo(t: TestContext, host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Everything the peer sends until it closes its side. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
