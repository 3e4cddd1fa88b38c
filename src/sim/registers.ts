import type { FlashChip } from './flash-chip.js';
import { SpiController } from './spi-controller.js';

/** A ROM code word that identifies the ESP8266 (ESP8266.md 5.1). */
const CHIP_MAGIC_ADDRESS = 0x40001000;
const CHIP_MAGIC = 0xfff0c101;
const UART_CLKDIV = 0x60000014;
const UART_CLKDIV_MASK = 0xfffff;
/** UART0's ID register: silicon holds a version; this word, "ESPV", says that the board is a virtual one. */
const UART_ID = 0x6000007c;
export const VIRTUAL_BOARD_ID = 0x56505345;
const GPIO_IN = 0x60000318;
const RTC_CONTROL = 0x60000700;
const EFUSE = 0x3ff00050;
const SPI0 = 0x60000200;
const SPI0_END = 0x60000300;
/** y of `boot mode:(x,y)`: the SDIO strap pins, which change nothing in modes 1 and 3 (ESP8266.md 1.5). */
export const SDIO_STRAPS = 6;

/** A load or store that the bus does not answer: the CPU takes an exception and nobody handles it (ESP8266.md 3.5). */
export class BusError extends Error {
  readonly address: number;
  constructor(address: number) {
    super(`no memory at 0x${address.toString(16)}`);
    this.name = 'BusError';
    this.address = address;
  }
}

/** What of the rest of the chip shows in registers. */
export interface RegisterSources {
  readonly mac: Uint8Array;
  readonly flash: FlashChip;
  /** Boot mode as latched: 3 bits, GPIO15, GPIO0, GPIO2. */
  bootMode(): number;
  uartDivisor(): number;
  setUartDivisor(divisor: number): void;
  /** RTC software reset, bit 31 of 0x60000700. */
  softwareReset(): void;
}

/** The memory map as READ_REG and WRITE_REG see it (ESP8266.md 5). Words are unsigned 32 bits. */
export class Registers {
  readonly #sources: RegisterSources;
  readonly #efuse: readonly number[];
  readonly #spi: SpiController;
  /** Words that were written, in RAM and in peripherals without a behaviour of their own. */
  readonly #written = new Map<number, number>();

  constructor(sources: RegisterSources) {
    this.#sources = sources;
    this.#efuse = efuseWords(sources.mac);
    this.#spi = new SpiController(sources.flash);
  }

  /** What a reset by EN or power does. */
  reset(): void {
    this.#written.clear();
    this.#spi.reset();
  }

  read(address: number): number {
    this.#check(address);
    if (address === CHIP_MAGIC_ADDRESS) return CHIP_MAGIC;
    if (address === UART_CLKDIV) return this.#sources.uartDivisor() & UART_CLKDIV_MASK;
    if (address === UART_ID) return VIRTUAL_BOARD_ID;
    if (address === GPIO_IN) return ((SDIO_STRAPS << 29) | (this.#sources.bootMode() << 16)) >>> 0;
    if (address >= EFUSE && address < EFUSE + 16) return this.#efuse[(address - EFUSE) >> 2] ?? 0;
    if (address >= SPI0 && address < SPI0_END) return this.#spi.read(address - SPI0);
    return this.#written.get(address) ?? 0;
  }

  write(address: number, value: number, mask = 0xffffffff): void {
    const next = ((this.read(address) & ~mask) | (value & mask)) >>> 0;
    if (address === UART_CLKDIV) this.#sources.setUartDivisor(next & UART_CLKDIV_MASK);
    else if (address >= SPI0 && address < SPI0_END) this.#spi.write(address - SPI0, next);
    else if (address === RTC_CONTROL && next >>> 31 === 1) this.#sources.softwareReset();
    else if (address < 0x40000000 || address >= 0x40100000) this.#written.set(address, next);
  }

  #check(address: number): void {
    if (address % 4 !== 0 || !isMapped(address)) throw new BusError(address);
  }
}

const MAPPED: readonly (readonly [number, number])[] = [
  [0x20000000, 0x20100000],
  [0x3ff00000, 0x3ff20000],
  [0x3ffe8000, 0x40000000],
  [0x40000000, 0x40010000],
  [0x40100000, 0x40110000],
  [0x40200000, 0x40300000],
  [0x60000000, 0x60002000],
];

function isMapped(address: number): boolean {
  return MAPPED.some(([from, to]) => address >= from && address < to);
}

/** The RAM that a loader may fill: IRAM and DRAM. */
export function isRam(address: number, length: number): boolean {
  const end = address + length;
  return (address >= 0x3ffe8000 && end <= 0x40000000) || (address >= 0x40100000 && end <= 0x40110000);
}

const BUILT_IN_OUIS = ['18fe34', 'acd074'];

/** The four eFuse words that hold `mac`, laid out as hosts decode them (ESP8266.md 5.2). */
export function efuseWords(mac: Uint8Array): [number, number, number, number] {
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0] = mac;
  const builtIn = BUILT_IN_OUIS.indexOf(Buffer.from([b0, b1, b2]).toString('hex'));
  const ouiSelect = builtIn === -1 ? 2 : builtIn;
  const ouiWord = builtIn === -1 ? (b0 << 16) | (b1 << 8) | b2 : 0;
  return [(b5 << 24) >>> 0, ((ouiSelect << 16) | (b3 << 8) | b4) >>> 0, 0x0000b000, ouiWord];
}
