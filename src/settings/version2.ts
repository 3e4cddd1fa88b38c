import {
  crc32,
  FLAG,
  HEADER_BYTES,
  quad,
  quadAt,
  RECORD_MAGIC,
  TEXT_BYTES,
  type TextField,
  textAt,
  viewOf,
} from './layout.js';
import { checkSettings, type Settings } from './settings.js';

const VERSION = 2;
const PAYLOAD_BYTES = 550;
/** Bytes of a record of version 2. */
export const RECORD_BYTES = HEADER_BYTES + PAYLOAD_BYTES;

const TEXT_OFFSETS: Readonly<Record<TextField, number>> = {
  ssid: 48,
  wifiPassword: 81,
  brokerHost: 146,
  mqttUser: 211,
  mqttPassword: 244,
  clientId: 309,
  rxTopic: 342,
  txTopic: 407,
  configPassword: 472,
};
const TEXT_NAMES = Object.keys(TEXT_OFFSETS) as TextField[];

/** Why a slot holds no record that counts. `blank`: never written; `not ours`: another program's bytes. */
export type SlotFault = 'blank' | 'not ours' | 'unknown version' | 'bad length' | 'bad CRC';

/** The settings of a record; the certificate lies elsewhere. */
export interface DecodedRecord {
  /** The higher, the newer. */
  readonly sequence: number;
  readonly settings: Omit<Settings, 'caDer'>;
}

/** A record of version 2. Throws SETTINGS_INVALID for values that do not fit. */
export function encodeRecord(settings: Settings, sequence: number): Uint8Array {
  checkSettings(settings);
  const record = new Uint8Array(RECORD_BYTES);
  const view = viewOf(record);
  view.setUint32(0, RECORD_MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, PAYLOAD_BYTES, true);
  view.setUint32(12, sequence, true);
  view.setUint8(
    16,
    (settings.mqttEnabled ? FLAG.mqtt : 0) |
      (settings.tlsEnabled ? FLAG.tls : 0) |
      (settings.staticIp === null ? 0 : FLAG.staticIp) |
      (settings.tlsInsecure ? FLAG.insecure : 0),
  );
  view.setUint16(18, settings.httpPort, true);
  view.setUint16(20, settings.mqttPort, true);
  view.setUint16(22, settings.wifiTimeoutSeconds, true);
  view.setUint32(24, settings.serialBaud, true);
  view.setUint16(28, settings.telemetrySeconds, true);
  if (settings.staticIp !== null) {
    record.set(quad('ip', settings.staticIp.ip), 32);
    record.set(quad('netmask', settings.staticIp.netmask), 36);
    record.set(quad('gateway', settings.staticIp.gateway), 40);
  }
  record.set(quad('apIp', settings.apIp), 44);
  for (const name of TEXT_NAMES) record.set(new TextEncoder().encode(settings[name]), TEXT_OFFSETS[name]);
  view.setUint32(8, crc32(record.subarray(HEADER_BYTES)), true);
  return record;
}

/** The record of version 2 at the beginning of `slot` (at least `RECORD_BYTES` long), or why there is none. */
export function decodeRecord(slot: Uint8Array): DecodedRecord | SlotFault {
  const view = viewOf(slot);
  if (view.getUint32(0, true) === 0xffffffff) return 'blank';
  if (view.getUint32(0, true) !== RECORD_MAGIC) return 'not ours';
  if (view.getUint16(4, true) !== VERSION) return 'unknown version';
  if (view.getUint16(6, true) !== PAYLOAD_BYTES) return 'bad length';
  if (crc32(slot.subarray(HEADER_BYTES, RECORD_BYTES)) !== view.getUint32(8, true)) return 'bad CRC';
  const flags = view.getUint8(16);
  const texts = Object.fromEntries(
    TEXT_NAMES.map((name) => [name, textAt(slot, TEXT_OFFSETS[name], TEXT_BYTES[name])]),
  ) as Record<TextField, string>;
  return {
    sequence: view.getUint32(12, true),
    settings: {
      ...texts,
      mqttEnabled: (flags & FLAG.mqtt) !== 0,
      tlsEnabled: (flags & FLAG.tls) !== 0,
      tlsInsecure: (flags & FLAG.insecure) !== 0,
      staticIp:
        (flags & FLAG.staticIp) === 0
          ? null
          : { ip: quadAt(slot, 32), netmask: quadAt(slot, 36), gateway: quadAt(slot, 40) },
      apIp: quadAt(slot, 44),
      httpPort: view.getUint16(18, true),
      mqttPort: view.getUint16(20, true),
      wifiTimeoutSeconds: view.getUint16(22, true),
      serialBaud: view.getUint32(24, true),
      telemetrySeconds: view.getUint16(28, true),
    },
  };
}
