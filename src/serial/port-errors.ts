import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';

/** What the error texts name besides the port; each may fail or find nothing, then the hint does without it. */
export interface PortFacts {
  /** The process that has the device open. */
  holder(path: string): Promise<{ pid: number; command: string } | null>;
  /** The names of the ports that are there. */
  ports(): Promise<string[]>;
  /** The name of the group that may use the device file. */
  group(path: string): Promise<string | null>;
}

type OpenTrouble = 'busy' | 'missing' | 'permission' | 'baud' | 'not-a-port' | 'lost' | 'other';

// bindings-cpp gives strerror() text and no code; Node's own errors have both.
const OPEN_TROUBLE: readonly (readonly [RegExp, OpenTrouble])[] = [
  [/cannot lock port|EBUSY|resource busy|EAGAIN|temporarily unavailable/i, 'busy'],
  [/ENOENT|no such file|file not found|ENXIO|ENODEV|no such device/i, 'missing'],
  [/EACCES|EPERM|permission denied|not permitted/i, 'permission'],
  [/EISDIR|is a directory|ENOTTY|inappropriate ioctl/i, 'not-a-port'],
  [/EIO\b|input\/output error/i, 'lost'],
  [/baud/i, 'baud'],
];

const GONE =
  /EIO\b|ENXIO|ENODEV|EBADF|input\/output error|no such device|bad file descriptor|invalid handle|access denied|operation aborted|port is not open|ECONNRESET|EPIPE|ETIMEDOUT|connection/i;
const NO_LINES = /ENOTTY|inappropriate ioctl|EINVAL|invalid argument|not a typewriter/i;

/** Why a port could not be opened, as an error to act on. */
export async function openError(
  cause: unknown,
  path: string,
  baud: number,
  facts: PortFacts,
  platform: NodeJS.Platform = process.platform,
): Promise<EspwatchError> {
  if (isEspwatchError(cause)) return cause;
  const options = { cause };
  switch (openTrouble(cause, platform)) {
    case 'busy': {
      const holder = await orNull(facts.holder(path));
      const who = holder === null ? 'another program' : `${holder.command} (process ${holder.pid})`;
      return new EspwatchError('PORT_BUSY', `${path} is in use by ${who}.`, `Close ${who} and try again.`, options);
    }
    case 'missing': {
      const there = (await orNull(facts.ports())) ?? [];
      const hint = there.length === 0 ? 'No board is plugged in; check the cable.' : `There is ${there.join(', ')}.`;
      return new EspwatchError('PORT_MISSING', `There is no port ${path}.`, hint, options);
    }
    case 'permission': {
      const group = await orNull(facts.group(path));
      const hint =
        group === null || group === 'root'
          ? 'Ask whoever runs this machine for access to the device.'
          : `Run "sudo usermod -aG ${group} $USER", then log in again.`;
      return new EspwatchError('PORT_PERMISSION', `You may not open ${path}.`, hint, options);
    }
    case 'baud':
      return baudError(path, baud, cause);
    case 'not-a-port':
      return new EspwatchError('PORT_BAD_NAME', `${path} is not a serial port.`, 'See "espwatch ports".', options);
    case 'lost':
      return lostError(path, cause);
    case 'other':
      return ioError(path, 'opened', cause);
  }
}

export function openTrouble(cause: unknown, platform: NodeJS.Platform): OpenTrouble {
  const text = textOf(cause);
  // Windows refuses a second open with this, whoever asks.
  if (platform === 'win32' && /access denied/i.test(text)) return 'busy';
  return OPEN_TROUBLE.find(([pattern]) => pattern.test(text))?.[1] ?? 'other';
}

/** A failure of an open port; `doing` completes "could not be ...". */
export function runtimeError(cause: unknown, path: string, doing: string): EspwatchError {
  if (isEspwatchError(cause)) return cause;
  return GONE.test(textOf(cause)) ? lostError(path, cause) : ioError(path, doing, cause);
}

export function linesError(cause: unknown, path: string): EspwatchError {
  return isNoModemLines(cause) ? noModemLines(path, cause) : runtimeError(cause, path, 'reset (modem lines)');
}

export function isNoModemLines(cause: unknown): boolean {
  return isEspwatchError(cause, 'PORT_NO_MODEM_LINES') || NO_LINES.test(textOf(cause));
}

export function noModemLines(path: string, cause?: unknown): EspwatchError {
  return new EspwatchError(
    'PORT_NO_MODEM_LINES',
    `${path} has no DTR and RTS lines, so the board cannot be reset through it.`,
    'Use a USB-serial adapter, or reset the board by hand and use --no-reset.',
    { cause },
  );
}

export function updateError(cause: unknown, path: string, baud: number): EspwatchError {
  const error = runtimeError(cause, path, `set to ${baud} baud`);
  return error.code === 'PORT_IO' ? baudError(path, baud, cause) : error;
}

export function baudError(path: string, baud: number, cause?: unknown): EspwatchError {
  return new EspwatchError('PORT_BAUD', `${path} cannot run at ${baud} baud.`, 'Try 115200 or 460800.', { cause });
}

export function lostError(path: string, cause?: unknown): EspwatchError {
  return new EspwatchError('PORT_LOST', `${path} went away.`, 'Check the cable and plug the board in again.', {
    cause,
  });
}

export function closedError(path: string): EspwatchError {
  return new EspwatchError('PORT_CLOSED', `${path} is not open.`, 'Open the port first.');
}

export function ioError(path: string, doing: string, cause?: unknown): EspwatchError {
  return new EspwatchError(
    'PORT_IO',
    `${path} could not be ${doing}: ${messageOf(cause)}`,
    'Unplug the board, plug it in again and retry.',
    { cause },
  );
}

function textOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return `${code} ${messageOf(cause)}`;
}

async function orNull<T>(value: Promise<T>): Promise<T | null> {
  try {
    return await value;
  } catch {
    return null;
  }
}
