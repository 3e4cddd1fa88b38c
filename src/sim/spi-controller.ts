import type { FlashChip } from './flash-chip.js';

const CMD = 0x00;
const RD_STATUS = 0x10;
const USER = 0x1c;
const USER1 = 0x20;
const USER2 = 0x24;
const W0 = 0x40;
const W_END = 0x80;

/** 24 address bits and 1 MISO bit: what a host finds that never writes USER1 (ESP8266.md 14). */
const USER1_RESET = 0x5c000000;

const CMD_RDID = 1 << 28;
const CMD_RDSR = 1 << 27;
const CMD_WRSR = 1 << 26;
const CMD_USR = 1 << 18;
const USER_MISO = 1 << 28;

/** Commands of the flash chip itself. */
const FLASH_READ_ID = 0x9f;
const FLASH_READ_STATUS = 0x05;

/** SPI0, at 0x60000200: the commands that hosts and stubs drive through registers (ESP8266.md 5.3, 5.4). */
export class SpiController {
  readonly #flash: FlashChip;
  readonly #words = new Map<number, number>();

  constructor(flash: FlashChip) {
    this.#flash = flash;
    this.reset();
  }

  reset(): void {
    this.#words.clear();
    this.#words.set(USER1, USER1_RESET);
  }

  read(offset: number): number {
    return this.#words.get(offset) ?? 0;
  }

  write(offset: number, value: number): void {
    if (offset !== CMD) {
      this.#words.set(offset, value);
      return;
    }
    // Every command bit clears itself when the transaction is over, so CMD always reads 0.
    if (value & CMD_USR) this.#user();
    if (value & CMD_RDID) this.#words.set(W0, this.#flash.jedecId);
    if (value & CMD_RDSR) this.#words.set(RD_STATUS, this.#flash.status);
    if (value & CMD_WRSR) this.#flash.status = this.read(RD_STATUS) & 0xff;
  }

  /** A transaction made of phases: command, then as many MISO bits as USER1 says, which need not be whole bytes. */
  #user(): void {
    if (!(this.read(USER) & USER_MISO)) return;
    const bits = ((this.read(USER1) >>> 8) & 0x1ff) + 1;
    const answer = this.#answer(this.read(USER2) & 0xff);
    for (let word = W0; word < W_END && word - W0 < Math.ceil(bits / 32) * 4; word += 4) this.#words.set(word, 0);
    for (let bit = 0; bit < bits && bit < (W_END - W0) * 8; bit++) {
      const byte = bit >> 3;
      const level = ((answer[byte] ?? 0) >> (7 - (bit & 7))) & 1;
      if (level === 0) continue;
      const word = W0 + (byte & ~3);
      // First byte received is in bits 7:0; within a byte the most significant bit comes first.
      const position = (byte & 3) * 8 + (7 - (bit & 7));
      this.#words.set(word, (this.read(word) | (1 << position)) >>> 0);
    }
  }

  #answer(command: number): Uint8Array {
    if (command === FLASH_READ_ID) {
      const id = this.#flash.jedecId;
      return Uint8Array.of(id & 0xff, (id >> 8) & 0xff, (id >> 16) & 0xff);
    }
    if (command === FLASH_READ_STATUS) return Uint8Array.of(this.#flash.status & 0xff);
    // No other command gets an answer: the line floats high.
    return new Uint8Array(W_END - W0).fill(0xff);
  }
}
