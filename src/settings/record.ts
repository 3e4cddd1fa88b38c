import { EspwatchError } from '../errors.js';

/** Bytes of the EEPROM sector that the record lives in. */
export const SETTINGS_SECTOR_BYTES = 4096;

/** Where the Arduino core keeps the EEPROM sector on a flash chip of `flashSize` bytes (ESP8266.md 7). */
export function settingsAddress(flashSize: number): number {
  return flashSize - 0x5000;
}

/** The sketch's settings, version 1. Empty client id and topics mean the defaults made from the MAC. */
export interface Settings {
  readonly mqttEnabled: boolean;
  readonly tlsEnabled: boolean;
  /** Static address; null = DHCP. Dotted quads. */
  readonly staticIp: { readonly ip: string; readonly netmask: string; readonly gateway: string } | null;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly serialBaud: number;
  readonly ssid: string;
  readonly wifiPassword: string;
  readonly brokerHost: string;
  readonly mqttUser: string;
  readonly mqttPassword: string;
  readonly clientId: string;
  readonly rxTopic: string;
  readonly txTopic: string;
  /** The broker's CA certificate, DER; empty = none. */
  readonly caDer: Uint8Array;
}

export const DEFAULT_SETTINGS: Settings = {
  mqttEnabled: false,
  tlsEnabled: false,
  staticIp: null,
  httpPort: 9705,
  mqttPort: 8883,
  serialBaud: 115200,
  ssid: '',
  wifiPassword: '',
  brokerHost: '',
  mqttUser: '',
  mqttPassword: '',
  clientId: '',
  rxTopic: '',
  txTopic: '',
  caDer: new Uint8Array(0),
};

const MAGIC = 0x57505345;
const VERSION = 1;
const HEADER_BYTES = 12;
const FIXED_BYTES = 448;
const MAX_CA_BYTES = 2048;
const FLAG = { mqtt: 1, tls: 2, staticIp: 4 } as const;

/** Zero-terminated text fields: offset in the record, bytes including the terminator. */
const TEXT_FIELDS = {
  ssid: [36, 33],
  wifiPassword: [69, 65],
  brokerHost: [134, 65],
  mqttUser: [199, 33],
  mqttPassword: [232, 65],
  clientId: [297, 33],
  rxTopic: [330, 65],
  txTopic: [395, 65],
} as const;
type TextField = keyof typeof TEXT_FIELDS;
const TEXT_NAMES = Object.keys(TEXT_FIELDS) as TextField[];

/** The whole sector, erased bytes as FF. Throws SETTINGS_INVALID for values that do not fit. */
export function encodeSettings(settings: Settings): Uint8Array {
  const sector = new Uint8Array(SETTINGS_SECTOR_BYTES).fill(0xff);
  const length = FIXED_BYTES + settings.caDer.length;
  if (settings.caDer.length > MAX_CA_BYTES) throw invalid('caDer', `is longer than ${MAX_CA_BYTES} bytes`);
  sector.fill(0, 0, HEADER_BYTES + FIXED_BYTES);
  const view = new DataView(sector.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, length, true);
  view.setUint8(
    12,
    (settings.mqttEnabled ? FLAG.mqtt : 0) |
      (settings.tlsEnabled ? FLAG.tls : 0) |
      (settings.staticIp === null ? 0 : FLAG.staticIp),
  );
  view.setUint16(14, port('httpPort', settings.httpPort), true);
  view.setUint16(16, port('mqttPort', settings.mqttPort), true);
  view.setUint16(18, settings.caDer.length, true);
  view.setUint32(20, settings.serialBaud, true);
  if (settings.staticIp !== null) {
    sector.set(quad('ip', settings.staticIp.ip), 24);
    sector.set(quad('netmask', settings.staticIp.netmask), 28);
    sector.set(quad('gateway', settings.staticIp.gateway), 32);
  }
  for (const name of TEXT_NAMES) {
    const [offset, size] = TEXT_FIELDS[name];
    const text = new TextEncoder().encode(settings[name]);
    if (text.length >= size || text.includes(0)) throw invalid(name, `must be text of at most ${size - 1} bytes`);
    sector.set(text, offset);
  }
  sector.set(settings.caDer, HEADER_BYTES + FIXED_BYTES);
  view.setUint32(8, crc32(sector.subarray(HEADER_BYTES, HEADER_BYTES + length)), true);
  return sector;
}

/** The settings in a sector, or null when it holds no valid record (blank, damaged, another version). */
export function decodeSettings(sector: Uint8Array): Settings | null {
  if (sector.length < HEADER_BYTES + FIXED_BYTES) return null;
  const view = new DataView(sector.buffer, sector.byteOffset, sector.length);
  if (view.getUint32(0, true) !== MAGIC || view.getUint16(4, true) !== VERSION) return null;
  const length = view.getUint16(6, true);
  const caLength = view.getUint16(18, true);
  if (length !== FIXED_BYTES + caLength || caLength > MAX_CA_BYTES || HEADER_BYTES + length > sector.length)
    return null;
  if (crc32(sector.subarray(HEADER_BYTES, HEADER_BYTES + length)) !== view.getUint32(8, true)) return null;
  const flags = view.getUint8(12);
  const texts = Object.fromEntries(TEXT_NAMES.map((name) => [name, textAt(sector, name)])) as Record<TextField, string>;
  return {
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
    caDer: sector.slice(HEADER_BYTES + FIXED_BYTES, HEADER_BYTES + FIXED_BYTES + caLength),
  };
}

function textAt(sector: Uint8Array, name: TextField): string {
  const [offset, size] = TEXT_FIELDS[name];
  const field = sector.subarray(offset, offset + size);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function quadAt(sector: Uint8Array, offset: number): string {
  return [...sector.subarray(offset, offset + 4)].join('.');
}

function quad(name: string, text: string): number[] {
  const parts = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (parts.length !== 4 || parts.some((part) => part > 255))
    throw invalid(name, 'must be an address like 192.168.0.10');
  return parts;
}

function port(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 65535) throw invalid(name, 'must be a port from 1 to 65535');
  return value;
}

function invalid(name: string, why: string): EspwatchError {
  return new EspwatchError('SETTINGS_INVALID', `The setting ${name} ${why}.`, 'Correct the value and try again.');
}

/** CRC-32 as in zlib: reflected, polynomial EDB88320. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
