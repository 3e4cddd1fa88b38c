import { EspwatchError } from '../errors.js';

/** Bytes of a flash sector: the EEPROM sector S, and the scratch sector T below it. */
export const SETTINGS_SECTOR_BYTES = 4096;

/** Where the sketch keeps its settings on a flash chip of `flashSize` bytes: the Arduino core's EEPROM sector. */
export function settingsAddress(flashSize: number): number {
  return flashSize - 0x5000;
}

/** Where the sketch keeps a copy while it rewrites the settings sector. */
export function scratchAddress(flashSize: number): number {
  return settingsAddress(flashSize) - SETTINGS_SECTOR_BYTES;
}

/** `ESPW`, little-endian: begins a record of any version. */
export const RECORD_MAGIC = 0x57505345;
/** A record is a header and its payload: u32 magic, u16 version, u16 length of the payload, u32 CRC-32 of the payload. */
export const HEADER_BYTES = 12;
/** Bytes of DER that fit. */
export const MAX_CA_BYTES = 2048;

/** Zero-terminated UTF-8 texts and the bytes that each may have, without the terminator. */
export const TEXT_BYTES = {
  ssid: 32,
  wifiPassword: 64,
  brokerHost: 64,
  mqttUser: 32,
  mqttPassword: 64,
  clientId: 32,
  rxTopic: 64,
  txTopic: 64,
  configPassword: 64,
} as const;
export type TextField = keyof typeof TEXT_BYTES;

/** Bits of the flags byte, the same in both versions. */
export const FLAG = { mqtt: 1, tls: 2, staticIp: 4, insecure: 8 } as const;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The text of a zero-terminated field; bytes that are no UTF-8 show as U+FFFD. */
export function textAt(record: Uint8Array, offset: number, maxBytes: number): string {
  const field = record.subarray(offset, offset + maxBytes);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

export function quadAt(record: Uint8Array, offset: number): string {
  return [...record.subarray(offset, offset + 4)].join('.');
}

/** The bytes of `192.168.0.10`. Throws SETTINGS_INVALID. */
export function quad(name: string, text: string): number[] {
  const parts = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (parts.length !== 4 || parts.some((part) => part > 255))
    throw invalid(name, 'must be an address like 192.168.0.10');
  return parts;
}

export function invalid(name: string, why: string): EspwatchError {
  return new EspwatchError('SETTINGS_INVALID', `The setting ${name} ${why}.`, 'Correct the value and try again.');
}

/** CRC-32 as in zlib: reflected, polynomial EDB88320. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
