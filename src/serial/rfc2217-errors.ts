import { EspwatchError, messageOf } from '../errors.js';

export function remoteMissing(name: string, cause: unknown): EspwatchError {
  return new EspwatchError(
    'PORT_MISSING',
    `Nobody answers at ${name}: ${messageOf(cause)}`,
    'Check the host, the port, and that the server runs.',
    { cause },
  );
}

export function remoteBusy(name: string, text: string, cause: unknown): EspwatchError {
  return new EspwatchError(
    'PORT_BUSY',
    `${name} serves another client: ${text}`,
    'Close the other client and try again.',
    { cause },
  );
}

export function remoteSilent(name: string, text: string, cause: unknown): EspwatchError {
  const said = text === '' ? '' : ` It said: ${text}`;
  return new EspwatchError(
    'PORT_REMOTE',
    `${name} does not work as an RFC 2217 server: ${messageOf(cause)}.${said}`,
    'Check that the port is RFC 2217 (not raw or plain telnet), and that no other client is connected.',
    { cause },
  );
}

export function remoteBaud(asked: number, got: number): EspwatchError {
  return new EspwatchError(
    'PORT_BAUD',
    `The remote port runs at ${got} baud where ${asked} was asked for.`,
    'Try 115200 or 460800.',
  );
}
