import { SECTOR } from './flash-chip.js';
import { FrameQueue } from './frame-queue.js';
import { busy, type Machine, programFlash } from './machine.js';
import { RamUpload } from './ram-upload.js';
import { BusError, isRam } from './registers.js';
import { slipEncode } from './slip.js';

export const OP = {
  flashBegin: 0x02,
  flashData: 0x03,
  flashEnd: 0x04,
  memBegin: 0x05,
  memEnd: 0x06,
  memData: 0x07,
  sync: 0x08,
  writeReg: 0x09,
  readReg: 0x0a,
  spiSetParams: 0x0b,
} as const;

const ERROR = { invalid: 0x05, failed: 0x06, checksum: 0x07, readBack: 0x08 } as const;

/** Size of the receive buffer at 0x3fffa000 (ESP8266.md 3.1). */
const RX_BUFFER = 8192;
const MAX_BLOCK = 0x1800;
const DATA_HEADER = 16;
const SYNC_REPLIES = 8;
/** The ROM looks at the edge counter about this often (ESP8266.md 3.4). */
const AUTOBAUD_POLL_MS = 1;
/** 32 transactions of 32 bytes, with their status polls (ESP8266.md 9.3). */
const PROGRAM_MS_PER_KB = 5;

/** How the loader is left: an entry in RAM to call, or the flash to boot at the rate and with the straps as they are. */
export type LoaderExit =
  | { readonly kind: 'call'; readonly entry: number; readonly ram: RamUpload }
  | { readonly kind: 'flash' };

interface Transfer {
  readonly address: number;
  readonly blocks: number;
  readonly blockSize: number;
  /** Bytes announced. */
  readonly size: number;
  nextBlock: number;
  done: number;
}

/** The mask ROM's serial loader (ESP8266.md 3), with its quirks: sticky values, echoing of the last op, over-erase. */
export class RomLoader {
  readonly #machine: Machine;
  readonly #frames: FrameQueue;
  readonly #ram = new RamUpload();
  #lastOp = 0;
  #value = 0;
  #error = 0;
  #flashTransfer: Transfer | null = null;
  #memTransfer: Transfer | null = null;
  #flashSize = 0x400000;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#frames = new FrameQueue(machine, RX_BUFFER);
  }

  /** Trains the autobaud, tells `trained`, and serves commands until one of them leaves the loader. */
  async serve(trained: () => void): Promise<LoaderExit> {
    const { uart, run, timing } = this.#machine;
    await run.until<void>((resolve) => uart.trainAutobaud(() => resolve()));
    trained();
    // The FIFOs are reset only at the ROM's next look at the counter: what came meanwhile is lost with the frame.
    await run.sleep(timing === 'real' ? AUTOBAUD_POLL_MS : 0);
    this.#frames.listen();
    for (;;) {
      const exit = await this.#command(await this.#frames.next());
      if (exit !== null) return exit;
    }
  }

  async #command(frame: Uint8Array): Promise<LoaderExit | null> {
    const op = frame[1] ?? 0;
    if (frame[0] !== 0 || op < OP.flashBegin || op > OP.spiSetParams) {
      return this.#fail(ERROR.invalid, this.#lastOp === OP.sync ? SYNC_REPLIES : 1);
    }
    this.#lastOp = op;
    const data = frame.subarray(8);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const checksum = frame.length >= 8 ? new DataView(frame.buffer, frame.byteOffset).getUint32(4, true) : 0;
    switch (op) {
      case OP.sync:
        return this.#sync(view);
      case OP.readReg:
      case OP.writeReg:
        return await this.#registers(op, view);
      case OP.flashBegin:
        return await this.#flashBegin(view);
      case OP.flashData:
        return await this.#flashData(data, checksum);
      case OP.flashEnd:
        return await this.#flashEnd();
      case OP.memBegin:
        return this.#memBegin(view);
      case OP.memData:
        return await this.#memData(data, checksum);
      case OP.memEnd:
        return await this.#memEnd(view);
      default:
        return this.#spiSetParams(view);
    }
  }

  #sync(view: DataView): null {
    this.#value = word(view, 0);
    this.#error = 0;
    this.#reply(0, SYNC_REPLIES);
    return null;
  }

  async #registers(op: number, view: DataView): Promise<null> {
    try {
      if (op === OP.readReg) {
        this.#value = this.#machine.registers.read(word(view, 0));
      } else {
        for (let i = 0; i < view.byteLength >> 4; i++) {
          await busy(this.#machine, word(view, i * 16 + 12) / 1000);
          this.#machine.registers.write(word(view, i * 16), word(view, i * 16 + 4), word(view, i * 16 + 8));
        }
      }
    } catch (error) {
      if (error instanceof BusError) await this.#machine.run.forever(); // an exception that nobody handles: dead until reset
      throw error;
    }
    await this.#machine.run.checkpoint(); // the write may have been to the reset register
    this.#error = 0;
    this.#reply(0);
    return null;
  }

  async #flashBegin(view: DataView): Promise<null> {
    if (view.byteLength !== 16 || word(view, 8) > MAX_BLOCK) return this.#fail(ERROR.invalid);
    const size = word(view, 0);
    const address = word(view, 12);
    if (address % SECTOR !== 0 || address + size > this.#flashSize) return this.#fail(ERROR.failed);
    await this.#eraseArea(address / SECTOR, Math.ceil(size / SECTOR));
    this.#flashTransfer = { address, size, blocks: word(view, 4), blockSize: word(view, 8), nextBlock: 0, done: 0 };
    this.#reply(0);
    return null;
  }

  /** SPIEraseArea: after the sectors up to a block boundary it erases the whole count again (ESP8266.md 3.7). */
  async #eraseArea(start: number, count: number): Promise<void> {
    const { flash } = this.#machine;
    let sector = start;
    for (let head = Math.min(16 - (start % 16), count); head > 0 && count > 0; head--) {
      await busy(this.#machine, flash.eraseSector(sector++ * SECTOR));
    }
    let rest = count;
    for (; rest > 16; rest -= 16, sector += 16)
      await busy(this.#machine, flash.eraseBlock((sector * SECTOR) % flash.size));
    for (; rest > 0; rest--) await busy(this.#machine, flash.eraseSector((sector++ * SECTOR) % flash.size));
  }

  async #flashData(data: Uint8Array, checksum: number): Promise<null> {
    const transfer = this.#flashTransfer;
    if (transfer === null) return this.#fail(ERROR.invalid);
    const payload = this.#block(transfer, data, checksum);
    if (typeof payload === 'number') return this.#fail(payload);
    if (payload.length % 4 !== 0) return this.#fail(ERROR.invalid);
    const { flash } = this.#machine;
    const address = transfer.address + transfer.done;
    await programFlash(this.#machine, address, payload, (payload.length / 1024) * PROGRAM_MS_PER_KB);
    transfer.done += payload.length;
    const same = Buffer.compare(flash.read(address, payload.length), payload) === 0;
    if (!same) return this.#fail(ERROR.readBack);
    this.#reply(0);
    return null;
  }

  #memBegin(view: DataView): null {
    if (view.byteLength !== 16 || word(view, 8) > MAX_BLOCK) return this.#fail(ERROR.invalid);
    const size = word(view, 0);
    const address = word(view, 12);
    this.#memTransfer = { address, size, blocks: word(view, 4), blockSize: word(view, 8), nextBlock: 0, done: 0 };
    this.#ram.begin(address);
    this.#reply(0);
    return null;
  }

  async #memData(data: Uint8Array, checksum: number): Promise<null> {
    const transfer = this.#memTransfer;
    if (transfer === null) return this.#fail(ERROR.invalid);
    const payload = this.#block(transfer, data, checksum);
    if (typeof payload === 'number') return this.#fail(payload);
    if (!isRam(transfer.address + transfer.done, payload.length)) await this.#machine.run.forever(); // an exception that nobody handles: dead until reset
    this.#ram.append(payload.length);
    transfer.done += payload.length;
    this.#reply(0);
    return null;
  }

  /** The checks that FLASH_DATA and MEM_DATA share; the sequence number counts before the checksum is looked at. */
  #block(transfer: Transfer, data: Uint8Array, checksum: number): Uint8Array | number {
    if (data.length < DATA_HEADER || data.length > MAX_BLOCK + DATA_HEADER) return ERROR.invalid;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const payload = data.subarray(DATA_HEADER, DATA_HEADER + word(view, 0));
    if (word(view, 0) > transfer.blockSize || payload.length !== word(view, 0)) return ERROR.invalid;
    if (word(view, 4) !== transfer.nextBlock) return ERROR.invalid;
    transfer.nextBlock++;
    return xor(payload) === checksum ? payload : ERROR.checksum;
  }

  async #memEnd(view: DataView): Promise<LoaderExit | null> {
    if (view.byteLength > 8) return this.#fail(ERROR.invalid);
    this.#reply(0);
    if ((word(view, 0) & 0xff) !== 0) return null;
    await this.#machine.uart.drained();
    const entry = word(view, 4);
    return entry === 0 ? { kind: 'flash' } : { kind: 'call', entry, ram: this.#ram };
  }

  async #flashEnd(): Promise<LoaderExit> {
    const transfer = this.#flashTransfer;
    if (transfer === null || transfer.nextBlock === transfer.blocks) this.#reply(0);
    else this.#fail(ERROR.failed);
    this.#machine.flash.status = 0x1c;
    await this.#machine.uart.drained();
    return { kind: 'flash' };
  }

  #spiSetParams(view: DataView): null {
    if (view.byteLength !== 24) return this.#fail(ERROR.invalid);
    this.#flashSize = word(view, 4);
    this.#reply(0);
    return null;
  }

  #fail(code: number, times = 1): null {
    this.#error = code;
    this.#reply(code, times);
    return null;
  }

  /** Status 00 may come with a stale error byte: it is cleared by SYNC and the register commands only (3.3). */
  #reply(code: number, times = 1): void {
    const failed = code !== 0;
    const payload = new Uint8Array(10);
    const view = new DataView(payload.buffer);
    payload[0] = 1;
    payload[1] = this.#lastOp;
    view.setUint16(2, 2, true);
    view.setUint32(4, this.#value, true);
    payload[8] = failed ? 1 : 0;
    payload[9] = failed ? code : this.#error;
    const frame = slipEncode(payload);
    const all = new Uint8Array(frame.length * times);
    for (let i = 0; i < times; i++) all.set(frame, i * frame.length);
    void this.#machine.uart.send(all);
  }
}

/** Word at `offset`; what the frame does not have reads 0. */
export function word(view: DataView, offset: number): number {
  return offset + 4 <= view.byteLength ? view.getUint32(offset, true) : 0;
}

/** 0xEF XOR all bytes (ESP8266.md 3.2). */
export function xor(bytes: Uint8Array): number {
  let sum = 0xef;
  for (const byte of bytes) sum ^= byte;
  return sum;
}
