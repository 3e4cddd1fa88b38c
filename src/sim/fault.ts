import type { Straps } from './lines.js';
import type { ProgramCrash } from './program/program.js';

/** What a fault can do to the board as a whole. */
export interface BoardControls {
  /** 12 hexadecimal digits. */
  readonly mac: string;
  /** The cable comes out: the host loses the port, the board its power. */
  unplug(): void;
  /** The CPU stops until the next reset. */
  haltCpu(): void;
  /** The supply dips: the chip restarts as at power-on. */
  brownOut(): void;
}

/** What a fault can do to a program that has just started; its timers end with the run. */
export interface ProgramControls {
  /** False once it has crashed, restarted or been reset. */
  readonly running: boolean;
  after(ms: number, run: () => void): void;
  setWifi(up: boolean): void;
  setNtp(answers: boolean): void;
  crash(crash: ProgramCrash): void;
  hardwareWatchdog(): void;
}

/** The power goes in the middle of a flash operation. */
export interface FlashCut {
  /** What got done: that much from its first byte on. */
  readonly bytes: number;
  /** To be called when that much is done. */
  cut(): void;
}

/** A misbehaviour put on top of the board; each hook may change what passes through, or only watch. */
export interface Fault {
  readonly name: string;
  install?(board: BoardControls): void;
  /** Bytes from the host arrive at the board. */
  fromHost?(bytes: Uint8Array): Uint8Array;
  /** The chip has come up in UART download mode. */
  downloadBegan?(): void;
  /** The loader or the stub programs flash. */
  programming?(address: number, data: Uint8Array): Uint8Array;
  /** The program erases or programs flash: null, or how far it gets before the power goes. */
  programFlash?(length: number): FlashCut | null;
  /** The straps are latched at the end of a reset. */
  straps?(straps: Straps): Straps;
  programStarted?(program: ProgramControls): void;
  /** Bytes that the program sends. */
  programOutput?(bytes: Uint8Array): Uint8Array;
}

/** A fault as `--fault NAME[:ARG]` names it. */
export interface FaultKind {
  readonly name: string;
  /** How it is written, and what it does in one line. */
  readonly usage: string;
  readonly help: string;
  /** Throws a plain Error that says what is wrong with `arg` (null = none given). */
  create(arg: string | null): Fault;
}
