import {
  crc32,
  FLAG,
  HEADER_BYTES,
  MAX_CA_BYTES,
  quadAt,
  RECORD_MAGIC,
  TEXT_BYTES,
  type TextField,
  textAt,
  viewOf,
} from './layout.js';
import { DEFAULT_SETTINGS, type Settings } from './settings.js';

/** Payload bytes before the certificate. */
const FIXED_BYTES = 448;
const CA_OFFSET = HEADER_BYTES + FIXED_BYTES;
const TEXT_OFFSETS: Readonly<Record<Exclude<TextField, 'configPassword'>, number>> = {
  ssid: 36,
  wifiPassword: 69,
  brokerHost: 134,
  mqttUser: 199,
  mqttPassword: 232,
  clientId: 297,
  rxTopic: 330,
  txTopic: 395,
};

/**
 * A record of version 1, which had the sector to itself with the certificate in its payload: its settings, with
 * defaults for what version 2 added, or what is wrong with it. The caller has seen magic and version.
 */
export function decodeVersion1(sector: Uint8Array): Settings | 'bad length' | 'bad CRC' {
  const view = viewOf(sector);
  const length = view.getUint16(6, true);
  const caLength = view.getUint16(18, true);
  if (caLength > MAX_CA_BYTES || length !== FIXED_BYTES + caLength) return 'bad length';
  if (crc32(sector.subarray(HEADER_BYTES, HEADER_BYTES + length)) !== view.getUint32(8, true)) return 'bad CRC';
  const flags = view.getUint8(12);
  const texts = Object.fromEntries(
    Object.entries(TEXT_OFFSETS).map(([name, offset]) => [name, textAt(sector, offset, TEXT_BYTES[name as TextField])]),
  ) as Record<keyof typeof TEXT_OFFSETS, string>;
  return {
    ...DEFAULT_SETTINGS,
    ...texts,
    mqttEnabled: (flags & FLAG.mqtt) !== 0,
    tlsEnabled: (flags & FLAG.tls) !== 0,
    staticIp:
      (flags & FLAG.staticIp) === 0
        ? null
        : { ip: quadAt(sector, 24), netmask: quadAt(sector, 28), gateway: quadAt(sector, 32) },
    httpPort: view.getUint16(14, true),
    mqttPort: view.getUint16(16, true),
    serialBaud: view.getUint32(20, true),
    caDer: sector.slice(CA_OFFSET, CA_OFFSET + caLength),
  };
}

/** Whether a record of version 1 begins here. */
export function isVersion1(sector: Uint8Array): boolean {
  const view = viewOf(sector);
  return view.getUint32(0, true) === RECORD_MAGIC && view.getUint16(4, true) === 1;
}
