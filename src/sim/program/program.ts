import type { SdkResetReason } from '../reset.js';

/**
 * What a program that runs on the virtual board can do to the rest of the board. Calls come on the main thread,
 * never before `StartProgram` has returned and never after `stop()` was called.
 */
export interface ProgramPorts {
  /** `Serial.begin`: the UART's speed in baud. Everything sent before has been taken by then. */
  uartBaud(baud: number): void;
  /**
   * Bytes the program sends (1 to 128, the hardware's FIFO), a copy that the callee may keep. They leave at the UART's
   * speed: return a promise that resolves when the line can take more, and the program blocks meanwhile, as on the
   * chip; with no promise the next bytes come at once.
   */
  uartSend(bytes: Uint8Array): void | Promise<void>;
  /** An output changed. Changes that undo each other within a fraction of a millisecond are not seen. */
  gpioChanged(pin: number, level: 0 | 1): void;
  /** The program wrote or erased flash: `length` bytes from `address` differ from what a file behind it holds. */
  flashChanged?(address: number, length: number): void;
  /** The program is about to erase or program `length` bytes: null, or how many get done before the power goes. */
  flashing?(length: number): number | null;
  /** The power has gone, as `flashing` said: the program runs no further, and waits to be stopped. */
  powerCut?(): void;
  /** `ESP.restart()` and friends: the chip resets with this SDK reason. The program is over, its sockets are closed. */
  restart(reason: SdkResetReason): void;
  /** The program crashed and is over, as after `restart`: what it had sent before is delivered first. */
  crashed(crash: ProgramCrash): void;
  /** The host side failed, or the flashed module is none that the board can run: worth a line in the board's own log. */
  failed(error: Error): void;
}

export interface ProgramCrash {
  /** EXCCAUSE (28 load prohibited, ...); -1 = abort, panic or stack overflow, and `message` says which. */
  readonly cause: number;
  /** 0x40200000 + offset in the wasm module; 0 = not known. */
  readonly epc1: number;
  /** Address of the bad access; 0 = not known. */
  readonly excvaddr: number;
  readonly message: string | null;
  /** Program counters, innermost first, each as `epc1`; empty when not known. */
  readonly frames: readonly number[];
  readonly softWatchdog: boolean;
}

/** What the program is told about the board at start. */
export interface ProgramEnvironment {
  /** 6 bytes. */
  readonly mac: Uint8Array;
  /** Size of the flash chip in bytes. */
  readonly flashSize: number;
  readonly resetReason: SdkResetReason;
  /** EXCCAUSE, epc1, excvaddr of the crash before this start; zeros otherwise. */
  readonly lastCrash: { readonly cause: number; readonly epc1: number; readonly excvaddr: number };
  /** The board's flash, NOT of each byte (erased = 0), shared with the program: writes are `stored |= ~data`. */
  readonly flash: SharedArrayBuffer;
  /** The RTC's user memory, 512 bytes: what the program writes is there at the next start, unless the power goes. */
  readonly rtc: SharedArrayBuffer;
}

/** A program that was started; one run from reset to reset. */
export interface RunningProgram {
  /** Bytes that arrive at RXD; what the 128-byte FIFO and the core's 256-byte buffer cannot hold is lost. */
  receive(bytes: Uint8Array): void;
  /** The access point appears (as at start) or vanishes: connections freeze, and come back reset. */
  setWifi(up: boolean): void;
  /** Whether time servers answer (as at start). */
  setNtp?(answers: boolean): void;
  /** Ends it at once (EN low, power off): after the promise no port is called any more and its sockets are closed. */
  stop(): Promise<void>;
}

/** Starts what `firmware/sim/build.mjs` built: `wasm` is the module, inflated. */
export type StartProgram = (wasm: Uint8Array, env: ProgramEnvironment, ports: ProgramPorts) => RunningProgram;
