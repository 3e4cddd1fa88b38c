import { EspwatchError } from '../errors.js';

/** How to be let in by the broker. Never from the command line, where every user of the machine can read it. */
export interface Credentials {
  readonly username: string | null;
  readonly password: string | null;
}

/** From `ESPWATCH_MQTT_USER` and `ESPWATCH_MQTT_PASSWORD`; unset or empty = null. */
export function credentialsFromEnv(env: Readonly<Record<string, string | undefined>>): Credentials {
  return { username: env['ESPWATCH_MQTT_USER'] || null, password: env['ESPWATCH_MQTT_PASSWORD'] || null };
}

/**
 * From a file's text: `user:password` on the first line (the password may hold colons), or a JSON object with
 * `username` (or `user`) and `password`. Throws `USAGE` when it is neither; the message repeats nothing of it.
 */
export function parseCredentials(text: string): Credentials {
  const content = text.replace(/^\uFEFF/, '');
  if (content.trimStart().startsWith('{')) return fromJson(content);
  const line = content.split(/\r?\n/, 1)[0] ?? '';
  const colon = line.indexOf(':');
  if (colon < 1) throw invalid();
  return { username: line.slice(0, colon), password: line.slice(colon + 1) || null };
}

function fromJson(text: string): Credentials {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so it is no cause to keep.
    throw invalid();
  }
  const { username, user, password } = value as Record<string, unknown>;
  const name = username ?? user;
  if (typeof name !== 'string' || name === '') throw invalid();
  if (password !== undefined && password !== null && typeof password !== 'string') throw invalid();
  return { username: name, password: password || null };
}

function invalid(): EspwatchError {
  return new EspwatchError(
    'USAGE',
    'The file with the MQTT user and password is neither user:password nor JSON with username and password.',
    'Write user:password on its first line.',
  );
}
