import { randomFillSync } from 'node:crypto';
import type { SdkResetReason } from '../reset.js';
import type { BoardImport } from './abi.js';
import { type SharedBoard, WIFI, WORD } from './layout.js';
import type { ProgramMemory } from './memory.js';
import { type BoardMessage, FLASH_GOES_ON, type WifiAction, type WorkerInput } from './messages.js';
import type { Pace } from './pace.js';
import { ringFree, ringPeek, ringRead, ringSkip, ringUsed, ringWrite } from './ring.js';
import { LeaveProgram, Panic } from './traps.js';

const SECTOR = 4096;
const CPU_MHZ = 80;
const INPUT_PULLUP = 2;
const OUTPUT = 1;
/** What `RSSI()` gives without a connection. */
const NO_SIGNAL = 31;
const OK = 0;
const FAILED = 1;
/** `wifi_ctl`'s operations from 1 on. */
const WIFI_ACTIONS: readonly WifiAction[] = ['station', 'off', 'access-point', 'access-point-off'];

export type ImportTable<K extends string> = Record<K, (...args: number[]) => number | undefined>;
type ChipImport = Exclude<BoardImport, `net_${string}`>;

/** What the board's imports work on. Board side. */
export interface Chip {
  readonly board: SharedBoard;
  readonly memory: ProgramMemory;
  readonly pace: Pace;
  readonly input: WorkerInput;
  post(message: BoardMessage): void;
}

/** Everything but the sockets. */
export function chipImports(chip: Chip): ImportTable<ChipImport> {
  return {
    ...timeImports(chip),
    ...uartImports(chip),
    ...flashImports(chip),
    ...rtcImports(chip),
    ...pinImports(chip),
  };
}

function timeImports({ board, memory, pace, input, post }: Chip) {
  const { words } = board;
  const noise = new Int32Array(1024);
  let noiseUsed = noise.length;
  return {
    millis: () => pace.uptime() | 0,
    micros: () => (pace.uptime() * 1000) | 0,
    delay: (ms = 0) => {
      if (ms === 0) pace.yield();
      else pace.delay(ms >>> 0);
      return undefined;
    },
    yield: () => {
      pace.yield();
      return undefined;
    },
    wdt_feed: () => {
      pace.feed();
      return undefined;
    },
    rtc_time: () => (Atomics.load(words, WORD.clockSet) === 0 ? pace.uptime() : Date.now()) / 1000,
    sntp: (on = 0) => {
      pace.call({ op: 'sntp', on: on !== 0 });
      return undefined;
    },
    random: () => {
      if (noiseUsed === noise.length) {
        randomFillSync(noise);
        noiseUsed = 0;
      }
      return noise[noiseUsed++];
    },
    sysinfo: (key = 0) => systemInformation(key, words, input),
    restart: (reason = 0) => {
      post({ op: 'restart', reason: (reason >= 0 && reason <= 6 ? reason : 4) as SdkResetReason });
      throw new LeaveProgram();
    },
    panic: (cause = -1, epc = 0, excvaddr = 0, text = 0) => {
      throw new Panic(cause, epc >>> 0, excvaddr >>> 0, memory.text(text));
    },
    wifi_ctl: (op = 0, first = 0) => {
      if (op === 0) return Atomics.load(words, WORD.wifi);
      const action = WIFI_ACTIONS[op - 1];
      if (action === undefined) return -1;
      pace.call({ op: 'wifi', action, ssid: op === 2 ? null : memory.text(first) });
      return op === 1 ? Atomics.load(words, WORD.wifi) : 1;
    },
  } satisfies Partial<ImportTable<ChipImport>>;
}

function systemInformation(key: number, words: Int32Array, input: WorkerInput): number {
  const mac = new DataView(input.mac.buffer, input.mac.byteOffset, 6);
  switch (key) {
    case 0:
      return mac.getUint32(2) & 0xff_ffff;
    case 1:
      return CPU_MHZ;
    case 2:
      return input.flashSize;
    case 3:
      return input.resetReason;
    case 4:
      return Atomics.load(words, WORD.ipv4);
    case 5:
      return Atomics.load(words, WORD.wifi) === WIFI.connected ? Atomics.load(words, WORD.rssi) : NO_SIGNAL;
    case 6:
      return mac.getUint16(0);
    case 7:
      return mac.getInt32(2);
    case 8:
      return input.lastCrash.cause;
    case 9:
      return input.lastCrash.epc1 | 0;
    case 10:
      return input.lastCrash.excvaddr | 0;
    default:
      return 0;
  }
}

function uartImports({ board, memory, pace }: Chip) {
  const { uartTx, uartRx } = board;
  return {
    uart_begin: (baud = 0) => {
      pace.call({ op: 'baud', baud: baud >>> 0 });
      // `uart_init` empties the FIFOs.
      ringSkip(uartRx, ringUsed(uartRx));
      return undefined;
    },
    uart_write: (address = 0, length = 0) => {
      let left = memory.readable(address, length);
      while (left.length > 0) {
        left = left.subarray(ringWrite(uartTx, left));
        pace.moved();
        pace.signalHost();
        if (left.length > 0) pace.waitFor(() => ringFree(uartTx) > 0);
      }
      return undefined;
    },
    uart_avail: () => ringUsed(uartRx),
    uart_read: (address = 0, length = 0, peek = 0) => {
      const into = memory.writable(address, length);
      if (peek !== 0) return ringPeek(uartRx, into);
      const count = ringRead(uartRx, into);
      if (count > 0) pace.moved();
      return count;
    },
  } satisfies Partial<ImportTable<ChipImport>>;
}

/** The flash holds NOT of each byte, so erased flash is memory that was never touched. */
function flashImports({ memory, input, pace }: Chip) {
  const stored = new Uint8Array(input.flash);
  const inChip = (address: number, length: number): boolean => (address >>> 0) + (length >>> 0) <= stored.length;
  /** Does as much of it as the power lasts for. */
  const change = (address: number, length: number, run: (count: number) => void): void => {
    const limit = pace.call({ op: 'flash-start', length });
    const cut = limit !== FLASH_GOES_ON;
    const count = cut ? Math.min(limit, length) : length;
    run(count);
    pace.call({ op: 'flash', address, length: count, cut });
    if (cut) throw new LeaveProgram();
  };
  return {
    flash_read: (address = 0, pointer = 0, length = 0) => {
      const into = memory.writable(pointer, length);
      if (!inChip(address, length)) return FAILED;
      const start = address >>> 0;
      for (let i = 0; i < into.length; i++) into[i] = ~(stored[start + i] ?? 0);
      return OK;
    },
    flash_write: (address = 0, pointer = 0, length = 0) => {
      const from = memory.readable(pointer, length);
      if (!inChip(address, length)) return FAILED;
      const start = address >>> 0;
      change(start, from.length, (count) => {
        // NOR: programming clears bits and never sets them.
        for (let i = 0; i < count; i++) stored[start + i] = (stored[start + i] ?? 0) | ~(from[i] ?? 0);
      });
      return OK;
    },
    flash_erase: (sector = 0) => {
      const start = (sector >>> 0) * SECTOR;
      if (start + SECTOR > stored.length) return FAILED;
      change(start, SECTOR, (count) => stored.fill(0, start, start + count));
      return OK;
    },
  } satisfies Partial<ImportTable<ChipImport>>;
}

function rtcImports({ memory, input }: Chip) {
  const rtc = new Uint8Array(input.rtc);
  const inside = (offset: number, length: number): boolean => (offset >>> 0) + (length >>> 0) <= rtc.length;
  return {
    rtc_read: (offset = 0, pointer = 0, length = 0) => {
      const into = memory.writable(pointer, length);
      if (!inside(offset, length)) return FAILED;
      into.set(rtc.subarray(offset >>> 0, (offset >>> 0) + into.length));
      return OK;
    },
    rtc_write: (offset = 0, pointer = 0, length = 0) => {
      const from = memory.readable(pointer, length);
      if (!inside(offset, length)) return FAILED;
      rtc.set(from, offset >>> 0);
      return OK;
    },
  } satisfies Partial<ImportTable<ChipImport>>;
}

function pinImports({ board: { words }, pace }: Chip) {
  const set = (word: number, bit: number, on: boolean): void => {
    if (on) Atomics.or(words, word, bit);
    else Atomics.and(words, word, ~bit);
  };
  const bitOf = (pin: number): number => (pin >= 0 && pin <= 16 ? 1 << pin : 0);
  return {
    gpio_mode: (pin = -1, mode = 0) => {
      set(WORD.gpioIsOutput, bitOf(pin), mode === OUTPUT);
      set(WORD.gpioPullUp, bitOf(pin), mode === INPUT_PULLUP);
      pace.signalHost();
      return undefined;
    },
    gpio_write: (pin = -1, level = 0) => {
      set(WORD.gpioOut, bitOf(pin), level !== 0);
      pace.signalHost();
      return undefined;
    },
    gpio_read: (pin = -1) => {
      const outputs = Atomics.load(words, WORD.gpioIsOutput);
      const inputs = Atomics.load(words, WORD.gpioIn) | Atomics.load(words, WORD.gpioPullUp);
      const levels = (Atomics.load(words, WORD.gpioOut) & outputs) | (inputs & ~outputs);
      return (levels & bitOf(pin)) === 0 ? 0 : 1;
    },
    adc_read: () => Atomics.load(words, WORD.adc),
  } satisfies Partial<ImportTable<ChipImport>>;
}
