import { readFile } from 'node:fs/promises';
import { EspwatchError, messageOf } from '../errors.js';
import { credentialsFromEnv, parseCredentials } from '../netprobe/credentials.js';
import type { NetworkAccess } from '../session/detect.js';
import type { NetworkOptions } from './program.js';

/** For one probe: a board that stores and answers takes well under a second, one that is asleep never answers. */
const PROBE_TIMEOUT_MS = 5_000;

/** What the options and the environment say about reaching the board. Throws USAGE when a file can't be read. */
export async function networkAccess(options: NetworkOptions): Promise<NetworkAccess> {
  return {
    allowPublic: options.allowPublic === true,
    host: options.host === undefined ? null : parseHost(options.host),
    broker: await brokerAccess(options),
    timeoutMs: PROBE_TIMEOUT_MS,
  };
}

async function brokerAccess(options: NetworkOptions): Promise<NetworkAccess['broker']> {
  if (options.broker === undefined) return null;
  let url: URL;
  try {
    url = new URL(options.broker);
  } catch {
    throw usage('--broker takes a URL such as mqtts://broker.lan:8883.');
  }
  if (url.username !== '' || url.password !== '')
    throw usage('--broker takes no user or password: every user of the machine could read them.');
  const credentials =
    options.mqttCredentials === undefined
      ? credentialsFromEnv(process.env)
      : parseCredentials(await read(options.mqttCredentials, 'file with the MQTT credentials'));
  return {
    url: options.broker,
    ...credentials,
    ca: options.ca === undefined ? null : await read(options.ca, 'CA file'),
  };
}

/** `ADDRESS`, `ADDRESS:PORT`, `[IPv6]:PORT`. */
export function parseHost(text: string): { address: string; port: number | null } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s/]+))(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? null : Number(match[3]);
  if (address === undefined || (port !== null && (port < 1 || port > 65535))) {
    throw usage('--host takes an address such as 192.168.0.133 or 192.168.0.133:9705.');
  }
  return { address, port };
}

async function read(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new EspwatchError('USAGE', `The ${what} can't be read: ${messageOf(error)}.`, 'Check the path.', {
      cause: error,
    });
  }
}

function usage(message: string): EspwatchError {
  return new EspwatchError('USAGE', message, 'See "espwatch help detect".');
}
