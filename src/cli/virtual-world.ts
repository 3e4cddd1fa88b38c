import { randomInt, X509Certificate } from 'node:crypto';
import { EspwatchError } from '../errors.js';
import type { FlashPart } from '../flash/plan.js';
import { parseBrokerUrl } from '../netprobe/broker-url.js';
import type { NetworkAccess } from '../session/detect.js';
import { DEFAULT_SETTINGS, encodeSettings, settingsAddress } from '../settings/record.js';

type BrokerAccess = NonNullable<NetworkAccess['broker']>;

/** What a virtual board is set up with, and the same broker as the tool reaches it. */
export interface VirtualWorld {
  readonly settings: FlashPart;
  readonly broker: BrokerAccess;
  close(): Promise<void>;
}

const VIRTUAL_FLASH_BYTES = 4 * 1024 * 1024;

/**
 * The settings that lead a virtual board to a broker: to the one that was named, else to one of its own, made for
 * this run with its CA. Without TLS the board runs web server and MQTT client at once.
 * Throws USAGE for a broker that the sketch can't speak to.
 */
export async function virtualWorld(named: BrokerAccess | null, plain: boolean): Promise<VirtualWorld> {
  if (named !== null) return { settings: settingsPart(named), broker: named, close: async () => undefined };
  const { startBroker } = await import('../sim/broker.js');
  const started = await startBroker({ tls: !plain, users: 'random' });
  const { url, user, caPem } = started;
  const broker = { url, username: user?.username ?? null, password: user?.password ?? null, ca: caPem };
  return { settings: settingsPart(broker), broker, close: () => started.close() };
}

function settingsPart(broker: BrokerAccess): FlashPart {
  const address = parseBrokerUrl(broker.url);
  if (typeof address === 'string') throw usage(`The broker can't be used: ${address}.`);
  const { protocol, hostname, port } = address;
  if (protocol !== 'mqtt' && protocol !== 'mqtts') throw usage('The sketch speaks MQTT over TCP only.');
  const tls = protocol === 'mqtts';
  if (tls && broker.ca === null) throw usage("The sketch checks the broker's certificate, so it needs the CA.");
  const bytes = encodeSettings({
    ...DEFAULT_SETTINGS,
    // macOS has one loopback address, so boards there tell each other apart by port.
    httpPort: process.platform === 'darwin' ? randomInt(20_000, 50_000) : DEFAULT_SETTINGS.httpPort,
    mqttEnabled: !tls,
    tlsEnabled: tls,
    brokerHost: hostname,
    mqttPort: port,
    mqttUser: broker.username ?? '',
    mqttPassword: broker.password ?? '',
    caDer: broker.ca === null ? new Uint8Array(0) : new Uint8Array(new X509Certificate(broker.ca).raw),
  });
  return { name: 'settings', offset: settingsAddress(VIRTUAL_FLASH_BYTES), bytes, role: 'data' };
}

function usage(message: string): EspwatchError {
  return new EspwatchError(
    'USAGE',
    message,
    'Give it as --broker mqtts://localhost:8883 --ca ca.pem, or leave it out.',
  );
}
