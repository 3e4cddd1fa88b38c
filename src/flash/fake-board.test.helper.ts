import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { EspwatchError } from '../errors.js';
import type { Chunk, ModemLines, OpenOptions, SerialLink, Unsubscribe } from '../serial/link.js';
import { u32, words, xorChecksum } from './bytes.js';
import { pinsOf, type Wiring } from './reset.js';
import { SlipDecoder, slipFrame } from './slip.js';

type Mode = 'app' | 'rom' | 'stub';

/** What a test can make the board do wrong. */
export interface Faults {
  /** `none`: the lines go nowhere. */
  wiring?: Wiring | 'none';
  /** GPIO0 held low by a jumper, or pulled high against DTR. */
  gpio0?: 'low' | 'high';
  /** Bauds at which the board hears nothing right. */
  deafAt?: readonly number[];
  magic?: number;
  virtual?: boolean;
  /** JEDEC id. */
  flashId?: number;
  /** Called for every command the stub gets; `drop` loses it, `corrupt` spoils its data. */
  onCommand?: (op: number) => 'drop' | 'corrupt' | 'corrupt-silently' | undefined;
  /** The MEM_END answer is lost, as the ROM sometimes does. */
  losesMemEnd?: boolean;
}

const ROM_BAUD = 74_880;
const BANNER = (x: number): string =>
  `\r\n ets Jan  8 2013,rst cause:2, boot mode:(${x},6)\r\n\r\nload 0x4010f000, len 3424, room 16 \r\n~ld\r\n`;

/** A board small enough to read: pins, ROM loader, stub and flash, just as far as the flasher needs them. No time. */
export class FakeBoard implements SerialLink {
  readonly path = 'fake';
  readonly flash = new Uint8Array(0x400000).fill(0xff);
  readonly linesLog: ModemLines[] = [];
  readonly commands: number[] = [];
  readonly resets: Mode[] = [];
  readonly registers = new Map<number, number>();
  isOpen = false;
  opens = 0;
  baud = 0;
  lines: ModemLines = { dtr: false, rts: false };
  mode: Mode = 'app';
  /** The ROM's banner does not reach the host. */
  mutesRom = false;
  /** READ_FLASH sends other bytes than its digest says. */
  spoilsReads = false;
  busy = 0;
  /** Calls that reach the port, and the one at which the cable is pulled. */
  calls = 0;
  unplugAtCall = 0;
  /** From here on no call comes back, as with a driver whose device is dead. */
  hangs = false;

  readonly #faults: Faults;
  readonly #data = new Set<(chunk: Chunk) => void>();
  readonly #lost = new Set<(error: EspwatchError) => void>();
  #decoder = new SlipDecoder((frame) => this.#command(frame), 0x8000);
  #boardBaud = 115_200;
  #trained = false;
  #previousOp = 0;
  #deflate: { offset: number; size: number; parts: Uint8Array[] } | null = null;
  #acks: ((total: number) => void) | null = null;

  constructor(faults: Faults = {}) {
    this.#faults = faults;
  }

  async open({ baud }: OpenOptions): Promise<void> {
    this.isOpen = true;
    this.opens++;
    this.baud = baud;
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  async setBaud(baud: number): Promise<void> {
    await this.#check();
    this.baud = baud;
  }

  async setLines(lines: ModemLines): Promise<void> {
    await this.#check();
    const wiring = this.#faults.wiring ?? 'two-transistor';
    const before = wiring === 'none' ? { en: true, gpio0: true } : pinsOf(this.lines, wiring);
    const now = wiring === 'none' ? { en: true, gpio0: true } : pinsOf(lines, wiring);
    this.lines = lines;
    this.linesLog.push(lines);
    if (!before.en && now.en) this.#reset(now.gpio0);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#check();
    const heard = this.baud === this.#boardBaud || (this.mode === 'rom' && !this.#trained);
    if (!heard || this.#faults.deafAt?.includes(this.baud)) return;
    this.#decoder.push(bytes);
  }

  async discard(): Promise<void> {}

  onData(listener: (chunk: Chunk) => void): Unsubscribe {
    this.#data.add(listener);
    return () => this.#data.delete(listener);
  }

  onLost(listener: (error: EspwatchError) => void): Unsubscribe {
    this.#lost.add(listener);
    return () => this.#lost.delete(listener);
  }

  onBack(): Unsubscribe {
    return () => {};
  }

  async reopen(): Promise<void> {
    await this.open({ baud: this.baud });
  }

  async signature(): Promise<string | null> {
    return null;
  }

  /** Listeners left behind: none, after the flasher has let go. */
  get listeners(): number {
    return this.#data.size + this.#lost.size;
  }

  unplug(): void {
    this.isOpen = false;
    const error = new EspwatchError('PORT_LOST', 'The port is gone.', 'Plug it in again.');
    for (const tell of [...this.#lost]) tell(error);
  }

  /** Bytes from the board at `baud`; at another baud the host gets noise. */
  say(bytes: Uint8Array, baud: number): void {
    this.busy++;
    setImmediate(() => {
      this.busy--;
      if (!this.isOpen) return;
      const right = Math.abs(this.baud / baud - 1) < 0.03;
      const noise = (): Uint8Array => Uint8Array.from(bytes, (byte) => (byte * 7) | 0x80);
      const chunk = { t: 0, baud: this.baud, bytes: right ? bytes : noise() };
      for (const tell of [...this.#data]) tell(chunk);
    });
  }

  async #check(): Promise<void> {
    if (++this.calls === this.unplugAtCall) this.unplug();
    if (this.hangs) await new Promise<never>(() => {});
    if (!this.isOpen) throw new EspwatchError('PORT_LOST', 'The port is gone.', 'Plug it in again.');
  }

  #reset(gpio0High: boolean): void {
    const high = this.#faults.gpio0 === undefined ? gpio0High : this.#faults.gpio0 === 'high';
    this.mode = high ? 'app' : 'rom';
    this.resets.push(this.mode);
    this.registers.clear();
    // The reset value of SPI_USER1: one bit of MISO (ESP8266.md 14).
    this.registers.set(0x60000220, 0x5c000000);
    this.#trained = false;
    this.#boardBaud = 115_200;
    this.#decoder = new SlipDecoder((frame) => this.#command(frame), 0x8000);
    if (!this.mutesRom) this.say(Buffer.from(BANNER(high ? 3 : 1), 'latin1'), ROM_BAUD);
  }

  #command(frame: Uint8Array): void {
    if (this.mode === 'app') return;
    if (this.#acks !== null && frame.length === 4) {
      this.#acks(u32(frame, 0));
      return;
    }
    if (!this.#trained) {
      this.#trained = true;
      if (this.mode === 'rom') return;
    }
    if (frame.length < 8) return;
    const op = frame[1] ?? 0;
    this.commands.push(op);
    const fault = this.#faults.onCommand?.(op);
    if (fault === 'drop') return;
    const data = frame.slice(8);
    if (fault !== undefined) data[data.length - 1] = (data.at(-1) ?? 0) ^ 0x10;
    if (fault === 'corrupt' && xorChecksum(data.subarray(16)) !== u32(frame, 4)) {
      this.#answer(op, 0, Uint8Array.of(0xc1, 0));
      return;
    }
    if (this.mode === 'stub') this.#stub(op, data);
    else this.#rom(op, data);
    this.#previousOp = op;
  }

  #answer(op: number, value: number, tail: Uint8Array = new Uint8Array(2)): void {
    const head = Uint8Array.of(1, op, tail.length, 0);
    this.say(slipFrame(head, words(value), tail), this.#boardBaud);
  }

  #rom(op: number, data: Uint8Array): void {
    if (op === 0x06) {
      if (!this.#faults.losesMemEnd) this.#answer(op, 0);
      this.say(slipFrame(Buffer.from('OHAI')), this.#boardBaud);
      this.mode = 'stub';
    } else if (op === 0x02) {
      this.#answer(op, 0, Uint8Array.of(data.length === 16 ? 0 : 1, 5));
    } else if (!this.#common(op, data, 0x20120707)) {
      for (let i = 0; i < (this.#previousOp === 0x08 ? 8 : 1); i++) {
        this.#answer(this.#previousOp, 0, Uint8Array.of(1, 5));
      }
    }
  }

  #common(op: number, data: Uint8Array, syncValue: number): boolean {
    if (op === 0x08) for (let i = 0; i < 8; i++) this.#answer(op, syncValue);
    else if (op === 0x0a) this.#answer(op, this.#read(u32(data, 0)));
    else if (op === 0x09) {
      this.registers.set(u32(data, 0), u32(data, 4));
      this.#answer(op, 0);
    } else if (op === 0x05 || op === 0x07) this.#answer(op, 0);
    else return false;
    return true;
  }

  #stub(op: number, data: Uint8Array): void {
    if (this.#common(op, data, 0)) return;
    if (op === 0x0f) {
      this.#answer(op, 0);
      this.#boardBaud = u32(data, 0);
    } else if (op === 0x10 || op === 0x02) {
      const size = u32(data, 0);
      this.#deflate = { offset: u32(data, 12), size, parts: [] };
      this.flash.fill(0xff, u32(data, 12), u32(data, 12) + Math.ceil(size / 4096) * 4096);
      this.#answer(op, 0);
    } else if (op === 0x11 || op === 0x03) {
      this.#deflate?.parts.push(data.slice(16));
      this.#answer(op, 0);
    } else if (op === 0x12 || op === 0x04) {
      this.#program(op === 0x12);
      this.#answer(op, 0);
    } else if (op === 0x13) {
      const region = this.flash.subarray(u32(data, 0), u32(data, 0) + u32(data, 4));
      const digest = createHash('md5').update(region).digest();
      this.#answer(op, 0, Uint8Array.from([...digest, 0, 0]));
    } else if (op === 0xd2) this.#stream(u32(data, 0), u32(data, 4));
    else this.#answer(op, 0, Uint8Array.of(0xc3, 0));
  }

  #program(deflated: boolean): void {
    if (this.#deflate === null) return;
    const { offset, size, parts } = this.#deflate;
    const wire = Buffer.concat(parts);
    const bytes = deflated ? inflateTolerant(wire) : wire;
    this.flash.set(bytes.subarray(0, size), offset);
    this.#deflate = null;
  }

  #stream(offset: number, length: number): void {
    this.#answer(0xd2, 0);
    const region = this.flash.slice(offset, offset + length);
    if (this.spoilsReads) region[0] = (region[0] ?? 0) ^ 1;
    const next = (done: number): void => {
      if (done < length) {
        this.say(slipFrame(region.subarray(done, Math.min(length, done + 4096))), this.#boardBaud);
        return;
      }
      this.#acks = null;
      const digest = createHash('md5')
        .update(this.flash.subarray(offset, offset + length))
        .digest();
      this.say(slipFrame(digest), this.#boardBaud);
    };
    this.#acks = next;
    next(0);
  }

  #read(address: number): number {
    if (address === 0x40001000) return this.#faults.magic ?? 0xfff0c101;
    if (address === 0x6000007c) return this.#faults.virtual ? 0x56505345 : 0x500;
    // SPI_W0 after RDID: as many bits as SPI_USER1 asks for, most significant first within each byte.
    if (address === 0x60000240) {
      const bits = (((this.registers.get(0x60000220) ?? 0) >>> 8) & 0x1ff) + 1;
      const id = this.#faults.flashId ?? 0x1640ef;
      return bits >= 24 ? id : id & 0x80;
    }
    if (address === 0x60000200) return 0;
    return EFUSES[address] ?? this.registers.get(address) ?? 0;
  }
}

/** MAC 5c:cf:7f:5a:4c:ab. */
const EFUSES: Readonly<Record<number, number>> = {
  1072693328: 0xab000000,
  1072693332: 0x02005a4c,
  1072693336: 0x0000b000,
  1072693340: 0x005ccf7f,
};

/** Spoilt streams give what they give: the board's flash then differs, which is the test's point. */
function inflateTolerant(wire: Uint8Array): Uint8Array {
  try {
    return inflateSync(wire);
  } catch {
    return new Uint8Array(0);
  }
}
