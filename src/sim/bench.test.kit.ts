import { deflateSync } from 'node:zlib';
import { VirtualClock } from '../clock.js';
import type { ProgramEnvironment, ProgramPorts, StartProgram } from './program/program.js';
import { slipEncode } from './slip.js';
import { type BoardPort, VirtualBoard, type VirtualBoardOptions } from './virtual-board.js';

export const MAC = Uint8Array.of(0x18, 0xfe, 0x34, 0xa2, 0x66, 0x29);
export const DOWNLOAD = [
  { dtr: false, rts: true },
  { dtr: true, rts: false },
] as const;

/** A segment of an image in format v1 (ESP8266.md 6.1). */
export interface Segment {
  readonly address: number;
  readonly data: Uint8Array;
}

/** An image in format v1 with a right checksum, as a toolchain writes it. */
export function imageV1(entry: number, segments: readonly Segment[]): Uint8Array {
  const parts = [Buffer.from([0xe9, segments.length, 2, 0x40]), u32(entry)];
  let checksum = 0xef;
  for (const { address, data } of segments) {
    parts.push(u32(address), u32(data.length), Buffer.from(data));
    for (const byte of data) checksum ^= byte;
  }
  const body = Buffer.concat(parts);
  const image = Buffer.alloc((Math.floor(body.length / 16) + 1) * 16);
  body.copy(image);
  image[image.length - 1] = checksum;
  return image;
}

/** A whole flash image: eboot at 0x0, an app at 0x1000 whose program is `wasm`. */
export function flashImage(wasm: Uint8Array): Buffer {
  const eboot = imageV1(0x4010f000, [
    { address: 0x4010f000, data: new Uint8Array(3424).fill(0x11) },
    { address: 0x3fff20b8, data: new Uint8Array(40).fill(0x22) },
  ]);
  const deflated = deflateSync(wasm);
  const length = Math.ceil((8 + 8 + 8 + deflated.length) / 4) * 4;
  const irom = Buffer.alloc(length);
  irom.write('ESPWVB1\0', 8, 'latin1');
  irom.writeUInt32LE(wasm.length, 16);
  irom.writeUInt32LE(deflated.length, 20);
  deflated.copy(irom, 24);
  irom.writeUInt32LE(0x4f6c0, 0);
  const app = imageV1(0x40100004, [
    { address: 0x40201010, data: irom },
    { address: 0x40100000, data: new Uint8Array(16) },
  ]);
  const image = Buffer.alloc(0x1000 + app.length, 0xaa);
  image.set(eboot, 0);
  image.set(app, 0x1000);
  return image;
}

export const WASM = Buffer.from('stands for a WebAssembly module, which these tests never run');

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

/** One start of the program. */
export interface Started {
  readonly wasm: string;
  readonly env: ProgramEnvironment;
  readonly ports: ProgramPorts;
  readonly received: number[];
  readonly wifi: boolean[];
  stopped: boolean;
}

/** A board on virtual time, a host at its port, and a record of every start of the program. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly board: VirtualBoard;
  readonly starts: Started[] = [];
  readonly log: string[] = [];
  heard = Buffer.alloc(0);
  unplugged = 0;
  port: BoardPort;

  constructor(options: Partial<VirtualBoardOptions> & { readonly image?: Uint8Array } = {}) {
    const { image, ...rest } = options;
    this.board = new VirtualBoard({
      mac: MAC,
      clock: this.clock,
      startProgram: this.#startProgram,
      log: (line) => this.log.push(line),
      ...rest,
    });
    if (image !== undefined) this.board.flash.preload(0, image);
    this.board.plug();
    this.port = this.attach(115_200);
  }

  get text(): string {
    return this.heard.toString('latin1');
  }

  get last(): Started {
    const last = this.starts.at(-1);
    if (last === undefined) throw new Error('no program was started');
    return last;
  }

  attach(baud: number): BoardPort {
    this.port = this.board.attach(baud, {
      onBytes: (bytes) => {
        this.heard = Buffer.concat([this.heard, bytes]);
      },
      onUnplug: () => this.unplugged++,
    });
    return this.port;
  }

  /** Gives what was heard since the last call, in hex. */
  take(): string {
    const hex = this.heard.toString('hex');
    this.heard = Buffer.alloc(0);
    return hex;
  }

  async run(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** EN pulse with GPIO0 high. */
  async reset(runMs = 200): Promise<void> {
    this.port.setLines({ dtr: false, rts: true });
    await this.run(100);
    this.port.setLines({ dtr: false, rts: false });
    await this.run(runMs);
  }

  /** EN pulse with GPIO0 low. */
  async download(): Promise<void> {
    for (const lines of DOWNLOAD) {
      this.port.setLines(lines);
      await this.run(100);
    }
    this.port.setLines({ dtr: false, rts: false });
    await this.run(10);
    this.take();
  }

  /** In the loader, with the autobaud trained at the host's speed. */
  async sync(): Promise<void> {
    await this.download();
    await this.send(SYNC, 100);
    await this.send(SYNC, 100);
    this.take();
  }

  /** Sends raw bytes (hex, blanks allowed) and gives what came back within `ms`, in hex. */
  async send(hex: string, ms = 100): Promise<string> {
    void this.port.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    await this.run(ms);
    return this.take();
  }

  /** Sends a command and gives the answer within `ms`, in hex. */
  async command(op: number, data: Uint8Array, checksum = 0, ms = 100): Promise<string> {
    return await this.send(Buffer.from(commandFrame(op, data, checksum)).toString('hex'), ms);
  }

  /** Uploads what passes for a stub and starts it. */
  async startStub(kind: 'new' | 'legacy', baud = 115_200): Promise<string> {
    this.port.setBaud(baud);
    await this.sync();
    const start = kind === 'new' ? 0x4010c500 : 0x4010d000;
    await this.command(0x05, words(8192, 2, 0x1800, start));
    const text = new Uint8Array(0x1000).fill(0x42);
    for (let seq = 0; seq < 2; seq++) await this.command(0x07, dataBlock(seq, text), xorOf(text), 1000);
    return await this.command(0x06, words(0, start + 4));
  }

  readonly #startProgram: StartProgram = (wasm, env, ports) => {
    const started: Started = { wasm: Buffer.from(wasm).toString(), env, ports, received: [], wifi: [], stopped: false };
    this.starts.push(started);
    return {
      receive: (bytes) => started.received.push(...bytes),
      setWifi: (up) => started.wifi.push(up),
      stop: async () => {
        started.stopped = true;
      },
    };
  };
}

export const SYNC = `c00008240000000000 07071220 ${'55'.repeat(32)} c0`;

export function words(...values: number[]): Uint8Array {
  return Buffer.concat(values.map(u32));
}

/** Payload of a DATA command: sub-header and bytes. */
export function dataBlock(seq: number, data: Uint8Array): Uint8Array {
  return Buffer.concat([words(data.length, seq, 0, 0), data]);
}

export function xorOf(data: Uint8Array): number {
  return data.reduce((sum, byte) => sum ^ byte, 0xef);
}

export function commandFrame(op: number, data: Uint8Array, checksum: number): Uint8Array {
  const head = Buffer.alloc(8);
  head[1] = op;
  head.writeUInt16LE(data.length, 2);
  head.writeUInt32LE(checksum, 4);
  return slipEncode(Buffer.concat([head, data]));
}
