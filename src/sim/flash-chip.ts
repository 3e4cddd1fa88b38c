/** Sizes of the NOR flash in bytes (ESP8266.md 9.2, 9.3). */
export const SECTOR = 0x1000;
export const BLOCK = 0x10000;
export const PAGE = 0x100;

/** Typical times of a W25Q32 class chip in ms (ESP8266.md 9.3). */
const TIMES = {
  sectorDirty: 45,
  sectorBlank: 10,
  blockDirty: 200,
  blockBlank: 40,
  page: 0.7,
  chipCapPer4MB: 12_000,
} as const;

/** Winbond W25Q32, the ROM's own default id: manufacturer | type << 8 | size << 16 (ESP8266.md 5.5). */
export const DEFAULT_JEDEC_ID = 0x1640ef;
export const DEFAULT_FLASH_SIZE = 0x400000;

/**
 * The SPI NOR flash: erasing sets bits, programming only clears them. Every operation gives the milliseconds that the
 * chip is busy with it; whoever drives the chip waits. Addresses wrap at the chip's size, as the address lines do.
 */
export class FlashChip {
  readonly size: number;
  readonly jedecId: number;
  /** NOT of each byte, so that an erased chip is untouched zero pages; shared with the program. */
  readonly shared: SharedArrayBuffer;
  readonly #inverted: Uint8Array;
  readonly #words: Uint32Array;
  #changed: () => void = () => undefined;
  status = 0;

  constructor(options: { readonly size?: number; readonly jedecId?: number } = {}) {
    this.size = options.size ?? DEFAULT_FLASH_SIZE;
    this.jedecId = options.jedecId ?? DEFAULT_JEDEC_ID;
    this.shared = new SharedArrayBuffer(this.size);
    this.#inverted = new Uint8Array(this.shared);
    this.#words = new Uint32Array(this.shared);
  }

  /** Called after each operation that may have changed the content. */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  /** The program wrote to the shared buffer itself. */
  touched(): void {
    this.#changed();
  }

  read(address: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    const from = address % this.size;
    // Whole words where that is possible: hosts read and hash megabytes.
    const words = from % 4 === 0 && from + length <= this.size ? length >> 2 : 0;
    const outWords = new Uint32Array(out.buffer, 0, words);
    for (let i = 0; i < words; i++) outWords[i] = ~(this.#words[(from >> 2) + i] ?? 0);
    for (let i = words * 4; i < length; i++) out[i] = ~(this.#inverted[(from + i) % this.size] ?? 0);
    return out;
  }

  readWord(address: number): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.read(address, 4);
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  isBlank(address: number, length: number): boolean {
    const from = (address % this.size) >> 2;
    const to = from + (length >> 2);
    for (let i = from; i < to; i++) if (this.#words[i] !== 0) return false;
    return true;
  }

  /** Programs at most to the end of what `data` covers, page by page; gives ms. */
  program(address: number, data: Uint8Array): number {
    for (let i = 0; i < data.length; i++) {
      const at = (address + i) % this.size;
      this.#inverted[at] = (this.#inverted[at] ?? 0) | (~(data[i] ?? 0) & 0xff);
    }
    this.#changed();
    const pages = Math.ceil((address + data.length) / PAGE) - Math.floor(address / PAGE);
    return data.length === 0 ? 0 : pages * TIMES.page;
  }

  /** Erases the 4 KB sector that holds `address`; gives ms. */
  eraseSector(address: number): number {
    const blank = this.#erase(address - (address % SECTOR), SECTOR);
    return blank ? TIMES.sectorBlank : TIMES.sectorDirty;
  }

  /** Erases the 64 KB block that holds `address`; gives ms. */
  eraseBlock(address: number): number {
    const blank = this.#erase(address - (address % BLOCK), BLOCK);
    return blank ? TIMES.blockBlank : TIMES.blockDirty;
  }

  eraseChip(): number {
    const blank = this.#erase(0, this.size);
    const blocks = this.size / BLOCK;
    if (blank) return Math.min(blocks * TIMES.blockBlank, TIMES.chipCapPer4MB);
    return Math.min(blocks * TIMES.blockDirty, (TIMES.chipCapPer4MB * this.size) / DEFAULT_FLASH_SIZE);
  }

  /** Puts content in as a factory programmer would: no time, no NOR rule. */
  preload(address: number, data: Uint8Array): void {
    for (let i = 0; i < data.length; i++) this.#inverted[(address + i) % this.size] = ~(data[i] ?? 0);
    this.#changed();
  }

  /** Gives whether the range was blank before. */
  #erase(address: number, length: number): boolean {
    const from = address % this.size;
    if (this.isBlank(from, length)) return true;
    this.#inverted.fill(0, from, from + length);
    this.#changed();
    return false;
  }
}
