import type { SdkResetReason } from '../reset.js';

/** What a program that runs on the virtual board can do to the rest of the board. */
export interface ProgramPorts {
  /** `Serial.begin`: the UART's speed in baud. */
  uartBaud(baud: number): void;
  /** Bytes the program sends; they leave at the UART's speed. */
  uartSend(bytes: Uint8Array): void;
  gpioChanged(pin: number, level: 0 | 1): void;
  /** `ESP.restart()` and friends: the chip resets with this SDK reason. */
  restart(reason: SdkResetReason): void;
  /** The program crashed. `cause` = EXCCAUSE, -1 = abort or panic; `frames` = program counters, innermost first. */
  crashed(crash: ProgramCrash): void;
  /** The host side failed (not the sketch): worth a line in the board's own log. */
  failed(error: Error): void;
}

export interface ProgramCrash {
  readonly cause: number;
  readonly epc1: number;
  readonly excvaddr: number;
  readonly message: string | null;
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
}

/** A program that was started; one run from reset to reset. */
export interface RunningProgram {
  /** Bytes that arrive at RXD. */
  receive(bytes: Uint8Array): void;
  /** Ends it at once (EN low, power off): after the promise no port is called any more and its sockets are closed. */
  stop(): Promise<void>;
}

/** Starts what `firmware/sim/build.mjs` built: `wasm` is the module, inflated. */
export type StartProgram = (wasm: Uint8Array, env: ProgramEnvironment, ports: ProgramPorts) => RunningProgram;
