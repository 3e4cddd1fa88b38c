import { readFile } from 'node:fs/promises';
import { EspwatchError, messageOf } from '../errors.js';
import { parseBrokerUrl, readCa } from '../netprobe/broker-url.js';
import { credentialsFromEnv, parseCredentials } from '../netprobe/credentials.js';
import type { NetworkAccess } from '../session/detect.js';
import type { NetworkOptions } from './program.js';

/** For one probe: a board that stores and answers takes well under a second, one that is asleep never answers. */
const PROBE_TIMEOUT_MS = 5_000;

/** What the options and the environment say about reaching the board. Throws USAGE when a file can't be read. */
export async function networkAccess(options: NetworkOptions): Promise<NetworkAccess> {
  return {
    allowPublic: options.allowPublic === true,
    host: options.host === undefined ? null : hostOf(options.host),
    broker: await brokerAccess(options),
    configPassword: process.env['ESPWATCH_CONFIG_PASSWORD'] || null,
    timeoutMs: PROBE_TIMEOUT_MS,
  };
}

async function brokerAccess(options: NetworkOptions): Promise<NetworkAccess['broker']> {
  if (options.broker === undefined) return null;
  const address = parseBrokerUrl(options.broker);
  // It does not repeat the URL, which may hold a password.
  if (typeof address === 'string') throw usage(`--broker: ${address}.`);
  const credentials =
    options.mqttCredentials === undefined
      ? credentialsFromEnv(process.env)
      : parseCredentials(await read(options.mqttCredentials, 'file with the MQTT credentials'));
  if (credentials.username === null && credentials.password !== null)
    throw usage('There is a password for the broker, but no user: MQTT takes none without one.');
  const ca = options.ca === undefined ? null : await read(options.ca, 'CA file');
  if (ca !== null && readCa(ca) === null) throw usage('The CA file holds no certificate in PEM form.');
  return { url: options.broker, ...credentials, ca };
}

interface Host {
  readonly address: string;
  readonly port: number | null;
}

function hostOf(text: string): Host {
  const host = parseHost(text);
  if (host === null) throw usage('--host takes an address such as 192.168.0.133 or 192.168.0.133:9705.');
  return host;
}

/** `ADDRESS`, `ADDRESS:PORT`, `[IPv6]:PORT`; null for anything else. */
export function parseHost(text: string): Host | null {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s/]+))(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? null : Number(match[3]);
  return address === undefined || (port !== null && (port < 1 || port > 65535)) ? null : { address, port };
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
