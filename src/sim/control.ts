import { printable } from '../printable.js';
import { NULL_POINTER_ADDRESS } from './fault-crashes.js';

type PlainControl = 'help' | 'status' | 'reset' | 'power-cycle' | 'plug' | 'brown-out' | 'hang' | 'abort';

/** What can be done to a virtual board while it runs, one line of text each. */
export type Control =
  | { readonly do: PlainControl }
  /** Null: until `plug`. */
  | { readonly do: 'unplug'; readonly seconds: number | null }
  | { readonly do: 'watchdog'; readonly hardware: boolean }
  /** `address` of the instruction that failed. */
  | { readonly do: 'exception'; readonly address: number }
  | { readonly do: 'wifi' | 'ntp' | 'mute' | 'boot-loop'; readonly on: boolean };

export interface ControlKind {
  readonly name: Control['do'];
  /** How it is written, and what it does in one line. */
  readonly usage: string;
  readonly help: string;
  /** Throws a plain Error that says what is wrong with the words behind the name. */
  parse(words: readonly string[]): Control;
}

/** Node's timers end at 2^31 ms. */
const LONGEST_S = 2_000_000;

function plain(name: PlainControl, help: string): ControlKind {
  return {
    name,
    usage: name,
    help,
    parse: (words) => {
      if (words.length > 0) throw new Error('it takes no argument');
      return { do: name };
    },
  };
}

function switched(name: 'wifi' | 'ntp' | 'mute' | 'boot-loop', help: string): ControlKind {
  return {
    name,
    usage: `${name} on|off`,
    help,
    parse: (words) => {
      const [word, ...rest] = words;
      if ((word !== 'on' && word !== 'off') || rest.length > 0) throw new Error('it takes "on" or "off"');
      return { do: name, on: word === 'on' };
    },
  };
}

function unplug(words: readonly string[]): Control {
  const [text, ...rest] = words;
  if (text === undefined) return { do: 'unplug', seconds: null };
  const seconds = /^\d{1,7}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0 || seconds > LONGEST_S || rest.length > 0) throw new Error('it takes a number of seconds above 0');
  return { do: 'unplug', seconds };
}

function watchdog(words: readonly string[]): Control {
  const [word, ...rest] = words;
  if (![undefined, 'soft', 'hardware'].includes(word) || rest.length > 0) {
    throw new Error('it takes "soft" or "hardware"');
  }
  return { do: 'watchdog', hardware: word === 'hardware' };
}

function exception(words: readonly string[]): Control {
  const [text, ...rest] = words;
  if (text === undefined) return { do: 'exception', address: NULL_POINTER_ADDRESS };
  if (!/^0x[0-9a-f]{8}$/i.test(text) || rest.length > 0) throw new Error('it takes an address such as 0x40201f40');
  return { do: 'exception', address: Number(text) };
}

/** Every control there is, in the order of `help`. */
export const CONTROL_KINDS: readonly ControlKind[] = [
  plain('help', 'lists the commands.'),
  plain('status', 'tells whether the board is plugged in and its program runs.'),
  plain('reset', 'the RST button, pressed and let go.'),
  plain('power-cycle', 'the power goes and comes back; a cable that is out is plugged in.'),
  {
    name: 'unplug',
    usage: 'unplug [SECONDS]',
    help: 'the cable comes out: the client is cut off, new ones are sent away; in again after SECONDS, or with "plug".',
    parse: unplug,
  },
  plain('plug', 'the cable goes in.'),
  plain('brown-out', 'the supply dips.'),
  {
    name: 'watchdog',
    usage: 'watchdog [soft|hardware]',
    help: 'the program gets stuck: soft watchdog report, or a silent hardware watchdog.',
    parse: watchdog,
  },
  {
    name: 'exception',
    usage: 'exception [ADDRESS]',
    help: 'the program reads a null pointer at ADDRESS.',
    parse: exception,
  },
  plain('abort', 'the program calls abort().'),
  plain('hang', 'the CPU stops dead until the next reset.'),
  switched('wifi', 'the access point vanishes or appears.'),
  switched('ntp', 'time servers answer or not.'),
  switched('mute', 'what the program prints never leaves the board, or does again.'),
  switched('boot-loop', 'the program crashes at every start, before it prints anything.'),
];

/** `NAME [ARGUMENT]`. Throws a plain Error, one sentence without its full stop. */
export function parseControl(line: string): Control {
  const [name = '', ...words] = line.trim().split(/\s+/);
  const kind = CONTROL_KINDS.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`There is no command "${printable(name, 40)}"`);
  try {
    return kind.parse(words);
  } catch (error) {
    throw new Error(`"${name}" is not right: ${error instanceof Error ? error.message : String(error)}`);
  }
}
