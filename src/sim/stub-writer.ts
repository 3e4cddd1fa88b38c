import { constants, inflateSync } from 'node:zlib';
import { SECTOR } from './flash-chip.js';
import { busy, type Machine, programFlash } from './machine.js';
import { SECTORS_PER_BLOCK, STUB_ERROR, type StubRules } from './stub-rules.js';

/** Reading 4 KB to see whether they are blank, in ms. */
const BLANK_CHECK_MS = 0.5;

/** One FLASH_BEGIN to FLASH_END, or FLASH_DEFL_BEGIN to FLASH_DEFL_END, in the stub (ESP8266.md 4.5, 4.6). */
export class StubWriter {
  readonly #machine: Machine;
  readonly #rules: StubRules;
  readonly #compressed: boolean;
  readonly #size: number;
  readonly #deflated: Uint8Array[] = [];
  #inflatedLength = 0;
  #writeAt: number;
  #left: number;
  #nextErase: number;
  #eraseLeft: number;
  #pastBlank = false;

  /** `size` = bytes to be written, uncompressed; `address` = where in flash. */
  constructor(machine: Machine, rules: StubRules, compressed: boolean, size: number, address: number) {
    this.#machine = machine;
    this.#rules = rules;
    this.#compressed = compressed;
    this.#size = size;
    this.#writeAt = address;
    this.#left = size;
    this.#nextErase = Math.floor(address / SECTOR);
    this.#eraseLeft = size === 0 ? 0 : Math.ceil((address + size) / SECTOR) - this.#nextErase;
  }

  get complete(): boolean {
    return this.#left === 0;
  }

  /** Writes one data block, which was acknowledged before; gives the error that the next command will carry, or 0. */
  async write(payload: Uint8Array): Promise<number> {
    // Hosts pad the last block: what is beyond the announced size is not written.
    if (!this.#compressed) return await this.#store(payload.subarray(0, this.#left));
    const inflated = this.#inflate(payload);
    return inflated === null ? STUB_ERROR.inflate : await this.#store(inflated);
  }

  /** What this block adds to the inflated stream; null when the stream is damaged. */
  #inflate(payload: Uint8Array): Uint8Array | null {
    this.#deflated.push(payload);
    try {
      // Inflating from the start each time is what keeps this synchronous, and so exact on a virtual clock.
      const all = inflateSync(Buffer.concat(this.#deflated), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: this.#size + SECTOR,
      });
      const fresh = all.subarray(this.#inflatedLength);
      this.#inflatedLength = all.length;
      return fresh;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return null;
      return new Uint8Array(this.#left + 1);
    }
  }

  async #store(data: Uint8Array): Promise<number> {
    if (data.length > this.#left) return STUB_ERROR.tooMuchData;
    await this.#eraseUpTo(this.#writeAt + data.length);
    // The chip takes a page at a time, so that a reset in the middle leaves what was written by then.
    for (let done = 0; done < data.length; ) {
      const length = Math.min(SECTOR - (this.#writeAt % SECTOR), data.length - done);
      await programFlash(this.#machine, this.#writeAt, data.subarray(done, done + length));
      this.#writeAt += length;
      this.#left -= length;
      done += length;
    }
    return STUB_ERROR.none;
  }

  /** Erases just ahead of the data, so that the line never waits for sectors that are not needed yet. */
  async #eraseUpTo(end: number): Promise<void> {
    while (this.#eraseLeft > 0 && this.#nextErase * SECTOR < end) await this.#eraseNext();
  }

  async #eraseNext(): Promise<void> {
    const { flash } = this.#machine;
    const address = this.#nextErase * SECTOR;
    if (this.#rules.skipsBlankSectors && !this.#pastBlank) {
      if (flash.isBlank(address, SECTOR)) {
        this.#advanceErase(1);
        await busy(this.#machine, BLANK_CHECK_MS);
        return;
      }
      this.#pastBlank = true;
    }
    if (this.#nextErase % SECTORS_PER_BLOCK === 0 && this.#eraseLeft >= this.#rules.blockEraseFrom) {
      this.#advanceErase(SECTORS_PER_BLOCK);
      await busy(this.#machine, flash.eraseBlock(address));
    } else {
      this.#advanceErase(1);
      await busy(this.#machine, flash.eraseSector(address));
    }
  }

  #advanceErase(sectors: number): void {
    this.#nextErase += sectors;
    this.#eraseLeft -= sectors;
  }
}

/** ERASE_REGION: whole blocks where they fit, sectors elsewhere. */
export async function eraseRegion(machine: Machine, rules: StubRules, address: number, size: number): Promise<void> {
  let sector = address / SECTOR;
  let left = size / SECTOR;
  while (left > 0) {
    const block = sector % SECTORS_PER_BLOCK === 0 && left >= rules.blockEraseFrom;
    const count = block ? SECTORS_PER_BLOCK : 1;
    const at = sector * SECTOR;
    await busy(machine, block ? machine.flash.eraseBlock(at) : machine.flash.eraseSector(at));
    sector += count;
    left -= count;
  }
}
