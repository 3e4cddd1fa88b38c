import type { BoardControls, Fault, FaultKind, ProgramControls } from './fault.js';
import { nullPointerCrash, STUCK_CRASH } from './fault-crashes.js';
import { lieAboutMode } from './lie-mode.js';

const NOTHING = new Uint8Array(0);

/** A whole number from 0 up. */
function count(arg: string | null): number {
  if (arg === null || !/^\d{1,12}$/.test(arg)) throw new Error('it needs a whole number');
  return Number(arg);
}

function none(arg: string | null): void {
  if (arg !== null) throw new Error('it takes no argument');
}

/** `MS` or `MS,once`. */
function moment(
  arg: string | null,
  words: readonly string[],
): { readonly ms: number; readonly words: readonly string[] } {
  const [ms = null, ...rest] = arg?.split(',') ?? [];
  const unknown = rest.find((word) => !words.includes(word));
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of its words`);
  return { ms: count(ms), words: rest };
}

/** Does `act` so many ms after each start of the program, or after the first only. */
function timed(name: string, arg: string | null, words: readonly string[], act: TimedAction): Fault {
  const { ms, words: given } = moment(arg, ['once', ...words]);
  let done = false;
  let board: BoardControls | null = null;
  return {
    name,
    install: (controls) => {
      board = controls;
    },
    programStarted: (program) => {
      if (done && given.includes('once')) return;
      program.after(ms, () => {
        done = true;
        act(program, board, given);
      });
    },
  };
}

type TimedAction = (program: ProgramControls, board: BoardControls | null, words: readonly string[]) => void;

function dropByte(arg: string | null): Fault {
  const nth = count(arg);
  let left: number | null = null;
  return {
    name: 'drop-byte',
    downloadBegan: () => {
      left ??= nth;
    },
    fromHost: (bytes) => {
      if (left === null || left <= 0) return bytes;
      const at = left - 1;
      left -= bytes.length;
      return at < bytes.length ? Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]) : bytes;
    },
  };
}

function corruptByte(arg: string | null): Fault {
  let left = count(arg);
  return {
    name: 'corrupt-byte',
    programming: (_address, data) => {
      const at = left - 1;
      left -= data.length;
      if (at < 0 || at >= data.length) return data;
      const changed = Uint8Array.from(data);
      changed[at] = (changed[at] ?? 0) ^ 0x04;
      return changed;
    },
  };
}

function hangWrite(arg: string | null): Fault {
  let left = count(arg);
  let board: BoardControls | null = null;
  return {
    name: 'hang-write',
    install: (controls) => {
      board = controls;
    },
    programming: (_address, data) => {
      if (left < 0) return data;
      left -= data.length;
      if (left >= 0) return data;
      board?.haltCpu();
      return data.subarray(0, data.length + left);
    },
  };
}

function powerCut(arg: string | null): Fault {
  const [nth = null, bytes = null, ...rest] = arg?.split(',') ?? [];
  if (rest.length > 0) throw new Error('it takes two numbers at most');
  let left = count(nth);
  const done = bytes === null ? null : count(bytes);
  let board: BoardControls | null = null;
  return {
    name: 'power-cut',
    install: (controls) => {
      board = controls;
    },
    programFlash: (length) => {
      left -= 1;
      if (left !== 0) return null;
      return { bytes: Math.min(done ?? length >> 1, length), cut: () => board?.brownOut() };
    },
  };
}

function unplugAt(arg: string | null): Fault {
  let left = count(arg);
  let board: BoardControls | null = null;
  return {
    name: 'unplug-at',
    install: (controls) => {
      board = controls;
    },
    fromHost: (bytes) => {
      if (left < 0) return bytes;
      left -= bytes.length;
      if (left >= 0) return bytes;
      board?.unplug();
      return NOTHING;
    },
  };
}

function stayInBootloader(arg: string | null): Fault {
  if (arg !== null && arg !== 'always') throw new Error('its only argument is "always"');
  let flashed = false;
  let done = false;
  return {
    name: 'stay-in-bootloader',
    programming: (_address, data) => {
      flashed = true;
      return data;
    },
    straps: (straps) => {
      if (!flashed || straps.gpio0 === 0 || (done && arg !== 'always')) return straps;
      done = true;
      return { ...straps, gpio0: 0 };
    },
  };
}

/** Every fault there is. To add one: a function that gives a `Fault`, and its line here. */
export const FAULTS: readonly FaultKind[] = [
  {
    name: 'drop-byte',
    usage: 'drop-byte:N',
    help: 'the Nth byte from the host after download mode began is lost.',
    create: dropByte,
  },
  {
    name: 'corrupt-byte',
    usage: 'corrupt-byte:N',
    help: 'one bit of the Nth byte programmed into flash is flipped, once.',
    create: corruptByte,
  },
  {
    name: 'hang-write',
    usage: 'hang-write:N',
    help: 'the board stops answering after N bytes were programmed.',
    create: hangWrite,
  },
  {
    name: 'power-cut',
    usage: 'power-cut:N[,BYTES]',
    help: 'the power fails in the Nth flash operation of the program, after BYTES bytes (default half), once.',
    create: powerCut,
  },
  {
    name: 'unplug-at',
    usage: 'unplug-at:N',
    help: 'the cable comes out after N bytes from the host, once.',
    create: unplugAt,
  },
  {
    name: 'stay-in-bootloader',
    usage: 'stay-in-bootloader[:always]',
    help: 'the first reset after a flash (or each) comes up with GPIO0 low.',
    create: stayInBootloader,
  },
  {
    name: 'mute',
    usage: 'mute',
    help: 'what the program prints never leaves the board.',
    create: (arg) => {
      none(arg);
      return { name: 'mute', programOutput: () => NOTHING };
    },
  },
  {
    name: 'brown-out',
    usage: 'brown-out:MS[,once]',
    help: 'the supply dips MS ms after each start of the program.',
    create: (arg) => timed('brown-out', arg, [], (_program, board) => board?.brownOut()),
  },
  {
    name: 'watchdog',
    usage: 'watchdog:MS[,once][,hardware]',
    help: 'the program gets stuck MS ms after each start: soft watchdog report, or a silent hardware watchdog.',
    create: (arg) =>
      timed('watchdog', arg, ['hardware'], (program, _board, words) => {
        if (words.includes('hardware')) program.hardwareWatchdog();
        else program.crash(STUCK_CRASH);
      }),
  },
  {
    name: 'exception',
    usage: 'exception:MS[,once]',
    help: 'the program reads a null pointer MS ms after each start.',
    create: (arg) => timed('exception', arg, [], (program) => program.crash(nullPointerCrash())),
  },
  {
    name: 'boot-loop',
    usage: 'boot-loop',
    help: 'the program crashes at every start, before it prints anything.',
    create: (arg) => {
      none(arg);
      return { name: 'boot-loop', programStarted: (program) => program.crash(nullPointerCrash()) };
    },
  },
  {
    name: 'wifi-gone',
    usage: 'wifi-gone[:MS]',
    help: 'the access point vanishes MS ms after each start of the program (default 0).',
    create: (arg) => {
      const ms = arg === null ? 0 : count(arg);
      return { name: 'wifi-gone', programStarted: (program) => program.after(ms, () => program.setWifi(false)) };
    },
  },
  {
    name: 'no-ntp',
    usage: 'no-ntp',
    help: 'no time server answers.',
    create: (arg) => {
      none(arg);
      return { name: 'no-ntp', programStarted: (program) => program.setNtp(false) };
    },
  },
  {
    name: 'lie-mode',
    usage: 'lie-mode',
    help: 'the program announces MQTT mode where it serves the web.',
    create: (arg) => {
      none(arg);
      return lieAboutMode();
    },
  },
];
