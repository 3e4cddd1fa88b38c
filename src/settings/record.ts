import { crc32, invalid, MAX_CA_BYTES, SETTINGS_SECTOR_BYTES, viewOf } from './layout.js';
import { DEFAULT_SETTINGS, type Settings } from './settings.js';
import { decodeVersion1, isVersion1 } from './version1.js';
import { decodeRecord, encodeRecord, type SlotFault } from './version2.js';

/** Offsets in a sector: the two places for a record, and the certificate that both share. */
const SLOT = { A: 0x000, B: 0x300 } as const;
const SLOT_BYTES = 0x300;
const CA_OFFSET = 0x600;
/** u32 magic `CERT`, u16 length, u16 0, u32 CRC-32 of the DER. */
const CA_HEADER_BYTES = 12;
const CA_MAGIC = 0x54524543;
const BLANK = 0xff;

export type Place = 'A' | 'B' | 'scratch';

/** Something that is stored and cannot be used. */
export interface Damage {
  readonly where: 'A' | 'B' | 'scratch' | 'certificate';
  readonly what: Exclude<SlotFault, 'blank'>;
}

/** What the settings sector and its scratch sector hold. */
export interface StoredSettings {
  /** The record that counts with its certificate; null when there is none and the sketch uses its defaults. */
  readonly settings: Settings | null;
  readonly from: Place | null;
  readonly version: 1 | 2 | null;
  /** The higher, the newer; 0 for version 1 and when there is none. */
  readonly sequence: number;
  readonly damage: readonly Damage[];
  /** `blank`: the settings sector is erased; `foreign`: it holds bytes that our sketch did not write. */
  readonly sector: 'ours' | 'blank' | 'foreign';
}

/**
 * A whole settings sector with one record (in slot A) and the certificate, erased bytes as FF.
 * Throws SETTINGS_INVALID for values that do not fit.
 */
export function encodeSettings(settings: Settings, sequence = 1): Uint8Array {
  const sector = new Uint8Array(SETTINGS_SECTOR_BYTES).fill(BLANK);
  sector.set(encodeRecord(settings, sequence), SLOT.A);
  const { caDer } = settings;
  if (caDer.length === 0) return sector;
  const view = viewOf(sector);
  view.setUint32(CA_OFFSET, CA_MAGIC, true);
  view.setUint16(CA_OFFSET + 4, caDer.length, true);
  view.setUint16(CA_OFFSET + 6, 0, true);
  view.setUint32(CA_OFFSET + 8, crc32(caDer), true);
  sector.set(caDer, CA_OFFSET + CA_HEADER_BYTES);
  return sector;
}

/**
 * The newest valid record of the settings sector's slots and of the scratch sector, as the sketch chooses at boot. A
 * record in the scratch sector counts only when it is newer: a SAVE whose power went before the settings sector had it.
 * Both sectors have 4096 bytes; `scratch` null = not read.
 */
export function readSettings(sector: Uint8Array, scratch: Uint8Array | null = null): StoredSettings {
  for (const bytes of [sector, scratch]) {
    if (bytes !== null && bytes.length !== SETTINGS_SECTOR_BYTES) throw invalid('sector', 'must have 4096 bytes');
  }
  if (isVersion1(sector) && !holdsRecord(scratch)) return readVersion1(sector);
  const damage: Damage[] = [];
  let best: { place: Place; sequence: number; settings: Omit<Settings, 'caDer'>; home: Uint8Array } | null = null;
  const places: readonly [Place, Uint8Array | null, number][] = [
    ['A', sector, SLOT.A],
    ['B', sector, SLOT.B],
    ['scratch', scratch, SLOT.A],
  ];
  for (const [place, home, offset] of places) {
    if (home === null) continue;
    const record = decodeRecord(home.subarray(offset, offset + SLOT_BYTES));
    if (typeof record === 'string') {
      // What else is in the scratch sector is a copy that was made invalid, or somebody's file system.
      const expected = record === 'blank' || (place === 'scratch' && record === 'not ours');
      if (!expected) damage.push({ where: place, what: record });
    } else if (best === null || isNewer(record.sequence, best.sequence)) {
      best = { place, home, ...record };
    }
  }
  const kind = kindOf(sector);
  if (best === null) return { settings: null, from: null, version: null, sequence: 0, damage, sector: kind };
  const ca = certificateIn(best.home);
  if (typeof ca === 'string') damage.push({ where: 'certificate', what: ca });
  return {
    settings: { ...best.settings, caDer: typeof ca === 'string' ? new Uint8Array(0) : ca },
    from: best.place,
    version: 2,
    sequence: best.sequence,
    damage,
    sector: kind,
  };
}

/** The settings in a sector, or null when it holds no valid record. */
export function decodeSettings(sector: Uint8Array): Settings | null {
  return sector.length === SETTINGS_SECTOR_BYTES ? readSettings(sector).settings : null;
}

/** As the sketch compares: the counter may go round. */
function isNewer(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

function holdsRecord(scratch: Uint8Array | null): boolean {
  return scratch !== null && typeof decodeRecord(scratch) !== 'string';
}

function readVersion1(sector: Uint8Array): StoredSettings {
  const settings = decodeVersion1(sector);
  if (typeof settings === 'string') {
    const damage = [{ where: 'A', what: settings }] as const;
    return { settings: null, from: null, version: null, sequence: 0, damage, sector: 'ours' };
  }
  return { settings, from: 'A', version: 1, sequence: 0, damage: [], sector: 'ours' };
}

/** A record of a version that we don't know was written by a newer sketch: to us it is foreign. */
function kindOf(sector: Uint8Array): StoredSettings['sector'] {
  if (sector.every((byte) => byte === BLANK)) return 'blank';
  const slots = [SLOT.A, SLOT.B].map((offset) => decodeRecord(sector.subarray(offset, offset + SLOT_BYTES)));
  if (slots.includes('unknown version') && !isVersion1(sector)) return 'foreign';
  return slots.every((slot) => slot === 'not ours' || slot === 'blank') ? 'foreign' : 'ours';
}

/** The certificate in a sector, empty when there is none, or what is wrong with it. */
function certificateIn(sector: Uint8Array): Uint8Array | 'not ours' | 'bad length' | 'bad CRC' {
  const view = viewOf(sector);
  const magic = view.getUint32(CA_OFFSET, true);
  if (magic === 0xffffffff) return new Uint8Array(0);
  if (magic !== CA_MAGIC) return 'not ours';
  const length = view.getUint16(CA_OFFSET + 4, true);
  if (length > MAX_CA_BYTES) return 'bad length';
  const der = sector.slice(CA_OFFSET + CA_HEADER_BYTES, CA_OFFSET + CA_HEADER_BYTES + length);
  return crc32(der) === view.getUint32(CA_OFFSET + 8, true) ? der : 'bad CRC';
}

export { SETTINGS_SECTOR_BYTES, scratchAddress, settingsAddress } from './layout.js';
export { checkSettings } from './settings.js';
export { DEFAULT_SETTINGS, type Settings };
