import { SECTOR } from './flash-chip.js';
import { FrameQueue } from './frame-queue.js';
import { busy, type Machine } from './machine.js';
import { RamUpload, type StubKind } from './ram-upload.js';
import { BusError } from './registers.js';
import { OP, word, xor } from './rom-loader.js';
import { slipEncode } from './slip.js';
import { type FlashRead, md5, streamFlash } from './stub-reader.js';
import { STUB_ERROR, STUB_OP, STUB_RULES, type StubRules } from './stub-rules.js';
import { eraseRegion, StubWriter } from './stub-writer.js';

const RX_BUFFER = 0x8000 + 64;
const HEADER = 8;
const DATA_HEADER = 16;
const SYNC_LENGTH = 36;
const SYNC_REPLIES = 8;
const READ_BLOCK_MAX = 4096;
/** Both stubs take 14.7 instructions a byte (ESP8266.md 9.3). */
const MD5_MS_PER_MB = 750;
/** The new stub's CHANGE_BAUDRATE does not ask what the rate was (ESP8266.md 4.8). */
const ASSUMED_BAUD = 115_200;
const BAUD_WAIT_MS = { legacy: 10, new: 5 } as const;
const RESET_WAIT_MS = 10;
/** RUN_USER_CODE of the legacy stub cuts its reply short: no status, no closing delimiter (ESP8266.md 4.9). */
const CUT_REPLY = Uint8Array.of(0xc0, 0x01, 0xd3, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00);

/** How the stub is left. */
export type StubExit =
  | { readonly kind: 'flash' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'call'; readonly entry: number; readonly ram: RamUpload };

interface Reply {
  readonly error: number;
  readonly value?: number;
  readonly data?: Uint8Array;
}

/** The flasher stub's protocol (ESP8266.md 4): what the uploaded code would do, without running it. */
export class Stub {
  readonly #machine: Machine;
  readonly #rules: StubRules;
  readonly #frames: FrameQueue;
  #writer: StubWriter | null = null;
  #ram = new RamUpload();
  #memLeft = 0;
  /** Error of the block written last; it surfaces on a later command. */
  #carried = 0;

  constructor(machine: Machine, kind: StubKind) {
    this.#machine = machine;
    this.#frames = new FrameQueue(machine, RX_BUFFER);
    this.#rules = STUB_RULES[kind];
  }

  async serve(): Promise<StubExit> {
    this.#frames.listen();
    void this.#machine.uart.send(slipEncode(Buffer.from('OHAI')));
    for (;;) {
      const exit = await this.#command(await this.#frames.next());
      if (exit !== null) return exit;
    }
  }

  async #command(frame: Uint8Array): Promise<StubExit | null> {
    if (frame.length < HEADER) return null;
    const op = frame[1] ?? 0;
    const data = frame.subarray(HEADER);
    const refused = this.#refuse(frame, data, op);
    if (refused !== 0) {
      this.#reply(op, { error: refused });
      return null;
    }
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const checksum = new DataView(frame.buffer, frame.byteOffset).getUint32(4, true);
    switch (op) {
      case OP.flashData:
      case STUB_OP.deflData:
        await this.#flashData(op, data, checksum);
        return null;
      case OP.flashEnd:
      case STUB_OP.deflEnd:
        return await this.#flashEnd(op, view);
      case OP.memEnd:
        return await this.#memEnd(view);
      case OP.sync:
        this.#reply(op, { error: view.byteLength === SYNC_LENGTH ? 0 : STUB_ERROR.badLength }, SYNC_REPLIES);
        return null;
      case STUB_OP.changeBaudrate:
        await this.#changeBaudrate(view);
        return null;
      case STUB_OP.readFlash:
        await this.#readFlash(view);
        return null;
      case STUB_OP.runUserCode:
        return await this.#runUserCode();
      default:
        this.#reply(op, await this.#simple(op, view));
        return null;
    }
  }

  /** Errors that are found before the command is looked at; the new stub reports a carried one to any command. */
  #refuse(frame: Uint8Array, data: Uint8Array, op: number): number {
    if (this.#rules.checksHeader) {
      if (frame[0] !== 0) return STUB_ERROR.invalidCommand;
      if (((frame[2] ?? 0) | ((frame[3] ?? 0) << 8)) !== data.length) return STUB_ERROR.badLength;
    }
    const isData = op === OP.flashData || op === STUB_OP.deflData;
    if (this.#carried !== 0 && (this.#rules.kind === 'new' || isData)) {
      const error = this.#carried;
      if (this.#rules.kind === 'new') this.#carried = 0;
      return error;
    }
    return 0;
  }

  /** Commands of one reply that leave the stub as it is. */
  async #simple(op: number, view: DataView): Promise<Reply> {
    switch (op) {
      case OP.readReg:
        if (view.byteLength !== 4) return { error: STUB_ERROR.badLength };
        return { error: 0, value: await this.#register(() => this.#machine.registers.read(word(view, 0))) };
      case OP.writeReg:
        return await this.#writeReg(view);
      case OP.flashBegin:
      case STUB_OP.deflBegin:
        return { error: this.#flashBegin(op, view) };
      case OP.memBegin:
        this.#ram.begin(word(view, 12));
        this.#memLeft = word(view, 0);
        return { error: view.byteLength === 16 ? 0 : this.#rules.badArguments };
      case OP.memData:
        return { error: this.#memData(view) };
      case OP.spiSetParams:
        return { error: view.byteLength === 24 ? 0 : this.#rules.badArguments };
      case STUB_OP.spiAttach:
        return { error: view.byteLength === 4 ? 0 : this.#rules.badArguments };
      case STUB_OP.md5:
        return await this.#md5(view);
      case STUB_OP.eraseFlash:
        if (view.byteLength > 0 && !this.#rules.eraseFlashPayload) return { error: this.#rules.badArguments };
        await busy(this.#machine, this.#machine.flash.eraseChip());
        return { error: 0 };
      case STUB_OP.eraseRegion:
        return { error: await this.#eraseRegion(view) };
      case STUB_OP.securityInfo:
      case STUB_OP.nand:
        return { error: STUB_ERROR.notImplemented };
      default:
        return { error: this.#rules.unknownOp };
    }
  }

  async #register<T>(access: () => T): Promise<T> {
    try {
      return access();
    } catch (error) {
      // An exception that nobody handles: no reply, dead until reset.
      if (error instanceof BusError) await this.#machine.run.forever();
      throw error;
    }
  }

  async #writeReg(view: DataView): Promise<Reply> {
    if (view.byteLength === 0 || view.byteLength % 16 !== 0) return { error: this.#rules.shortWriteReg };
    for (let i = 0; i < view.byteLength; i += 16) {
      await busy(this.#machine, word(view, i + 12) / 1000);
      await this.#register(() => this.#machine.registers.write(word(view, i), word(view, i + 4), word(view, i + 8)));
    }
    await this.#machine.run.checkpoint();
    return { error: 0 };
  }

  #flashBegin(op: number, view: DataView): number {
    if (view.byteLength !== 16 && !(this.#rules.fiveWordBegin && view.byteLength === 20))
      return this.#rules.badArguments;
    const size = word(view, 0);
    const address = word(view, 12);
    if (word(view, 8) > this.#rules.largestBlock) return STUB_ERROR.badBlockSize;
    if (address + size > this.#rules.flashLimit) return STUB_ERROR.spiFailed;
    this.#carried = 0;
    this.#writer = new StubWriter(this.#machine, this.#rules, op === STUB_OP.deflBegin, size, address);
    return 0;
  }

  /** The acknowledgement goes out before the write: the next block arrives meanwhile (ESP8266.md 4.6). */
  async #flashData(op: number, data: Uint8Array, checksum: number): Promise<void> {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const payload = data.subarray(DATA_HEADER);
    let error: number = STUB_ERROR.none;
    if (this.#writer === null) error = STUB_ERROR.notInFlashMode;
    else if (data.length < DATA_HEADER || word(view, 0) !== payload.length) error = STUB_ERROR.badLength;
    else if (xor(payload) !== checksum) error = STUB_ERROR.badChecksum;
    this.#reply(op, { error });
    if (error === 0 && this.#writer !== null) this.#carried = await this.#writer.write(payload);
  }

  async #flashEnd(op: number, view: DataView): Promise<StubExit | null> {
    if (this.#writer === null) {
      this.#reply(op, { error: STUB_ERROR.notInFlashMode });
      return null;
    }
    if (this.#carried === 0 && !this.#writer.complete) {
      this.#reply(op, { error: this.#rules.endTooEarly });
      return null;
    }
    this.#reply(op, { error: this.#carried });
    this.#carried = 0;
    this.#writer = null;
    if (this.#rules.kind !== 'legacy' || word(view, 0) !== 0) return null;
    await this.#machine.uart.drained();
    await busy(this.#machine, RESET_WAIT_MS);
    return { kind: 'reset' };
  }

  #memData(view: DataView): number {
    const length = view.byteLength - DATA_HEADER;
    if (length < 0 || word(view, 0) !== length) return STUB_ERROR.badLength;
    if (length > this.#memLeft) return STUB_ERROR.tooMuchData;
    this.#memLeft -= length;
    this.#ram.append(length);
    return 0;
  }

  async #memEnd(view: DataView): Promise<StubExit | null> {
    this.#reply(OP.memEnd, { error: view.byteLength === 8 ? 0 : this.#rules.badArguments });
    const entry = word(view, 4);
    const runs = this.#rules.kind === 'legacy' ? entry !== 0 : word(view, 0) === 0;
    if (!runs || view.byteLength !== 8) return null;
    await this.#machine.uart.drained();
    return { kind: 'call', entry, ram: this.#ram };
  }

  async #changeBaudrate(view: DataView): Promise<void> {
    const { uart } = this.#machine;
    const baud = word(view, 0);
    if (view.byteLength !== 8 || baud === 0) {
      this.#reply(STUB_OP.changeBaudrate, { error: this.#rules.badArguments });
      return;
    }
    this.#reply(STUB_OP.changeBaudrate, { error: 0 });
    await uart.drained();
    await busy(this.#machine, BAUD_WAIT_MS[this.#rules.kind]);
    const old = this.#rules.kind === 'legacy' ? word(view, 4) : ASSUMED_BAUD;
    uart.divisor = Math.floor((old * uart.divisor) / baud);
    this.#frames.reset();
  }

  async #md5(view: DataView): Promise<Reply> {
    if (view.byteLength !== 16) return { error: this.#rules.badArguments };
    const size = word(view, 4);
    if (word(view, 0) + size > this.#rules.flashLimit) return { error: STUB_ERROR.spiFailed };
    await busy(this.#machine, (size / 0x100000) * MD5_MS_PER_MB);
    return { error: 0, data: md5(this.#machine.flash.read(word(view, 0), size)) };
  }

  async #eraseRegion(view: DataView): Promise<number> {
    const address = word(view, 0);
    const size = word(view, 4);
    if (view.byteLength !== 8 || address % SECTOR !== 0 || size % SECTOR !== 0) return this.#rules.badArguments;
    if (address + size > this.#rules.flashLimit) return STUB_ERROR.spiFailed;
    await eraseRegion(this.#machine, this.#rules, address, size);
    return 0;
  }

  /** Refused reads reply OK all the same; the error comes with a later command (ESP8266.md 4.7, 4.10). */
  async #readFlash(view: DataView): Promise<void> {
    const read: FlashRead = {
      address: word(view, 0),
      length: word(view, 4),
      block: word(view, 8),
      inFlight: word(view, 12),
    };
    if (view.byteLength !== 16) {
      this.#reply(STUB_OP.readFlash, { error: this.#rules.badArguments });
      return;
    }
    this.#reply(STUB_OP.readFlash, { error: 0 });
    if (read.block > READ_BLOCK_MAX || read.block === 0) {
      // The legacy stub never listens again.
      if (this.#rules.kind === 'legacy') await this.#machine.run.forever();
      this.#carried = STUB_ERROR.badLength;
    } else if (read.address + read.length > this.#rules.flashLimit) {
      this.#carried = STUB_ERROR.spiFailed;
    } else {
      await streamFlash(this.#machine, this.#frames, this.#rules, read);
    }
  }

  async #runUserCode(): Promise<StubExit | null> {
    if (this.#rules.kind === 'new') return null;
    await this.#machine.uart.send(CUT_REPLY);
    return { kind: 'flash' };
  }

  #reply(op: number, { error, value = 0, data = new Uint8Array(0) }: Reply, times = 1): void {
    const payload = new Uint8Array(HEADER + data.length + 2);
    const view = new DataView(payload.buffer);
    payload[0] = 1;
    payload[1] = op;
    view.setUint16(2, data.length + 2, true);
    view.setUint32(4, value, true);
    payload.set(data, HEADER);
    payload[HEADER + data.length] = error;
    const frame = slipEncode(payload);
    for (let i = 0; i < times; i++) void this.#machine.uart.send(frame);
  }
}
