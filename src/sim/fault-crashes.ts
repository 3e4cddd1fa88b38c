/** Crashes that faults show, as the chip would report them. */
import type { ProgramCrash } from './program/program.js';

const FRAMES = [0x40201f40, 0x40202a10, 0x40100f58];

/** Code of no particular place. */
export const NULL_POINTER_ADDRESS = 0x40201f40;

/** The program reads through a null pointer at `address`. */
export function nullPointerCrash(address: number = NULL_POINTER_ADDRESS): ProgramCrash {
  const frames = [address, ...FRAMES.slice(1)];
  return { cause: 28, epc1: address, excvaddr: 0, message: null, softWatchdog: false, frames };
}

/** The program is stuck until the soft watchdog finds it. */
export const STUCK_CRASH: ProgramCrash = {
  cause: 4,
  epc1: 0x40202a10,
  excvaddr: 0,
  message: null,
  softWatchdog: true,
  frames: FRAMES,
};

/** The program gives up by itself. */
export const ABORT_CRASH: ProgramCrash = {
  cause: -1,
  epc1: 0,
  excvaddr: 0,
  message: 'Abort called',
  softWatchdog: false,
  frames: FRAMES,
};
