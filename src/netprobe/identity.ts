import type { BoardIdentity } from '../board/events.js';

/** What an answer says of the board that gave it. A text can be a decimal or a hexadecimal chip id: both are kept. */
export interface Claim {
  readonly mac: string | null;
  readonly chipIds: readonly number[];
}

export const NO_IDENTITY: BoardIdentity = { mac: null, chipId: null };

/** Reads `SYS_MAC`, `mac`, `SYS_ChipId`, `chip_id` and their like from a JSON object. */
export function claimOf(object: Readonly<Record<string, unknown>>): Claim {
  let mac: string | null = null;
  let chipIds: readonly number[] = [];
  for (const [key, value] of Object.entries(object)) {
    const name = key.toLowerCase().replace(/[^a-z]/g, '');
    if (name === 'mac' || name === 'sysmac' || name === 'macaddress') mac ??= parseMac(value);
    else if ((name === 'chipid' || name === 'syschipid') && chipIds.length === 0) chipIds = parseChipId(value);
  }
  return { mac, chipIds };
}

/** Lower case with colons, from any usual notation; null when it is no MAC address. */
export function parseMac(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[0-9a-f]{2}([:-]?[0-9a-f]{2}){5}$/i.test(value.trim())) return null;
  const digits = value.toLowerCase().replace(/[^0-9a-f]/g, '');
  return digits.match(/../g)?.join(':') ?? null;
}

function parseChipId(value: unknown): readonly number[] {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value <= 0xffffffff ? [value] : [];
  if (typeof value !== 'string') return [];
  const text = value.trim();
  const found: number[] = [];
  if (/^\d{1,10}$/.test(text)) found.push(Number(text));
  const hex = /^(?:0x)?([0-9a-f]{1,8})$/i.exec(text)?.[1];
  if (hex !== undefined) found.push(Number.parseInt(hex, 16));
  return found.filter((id) => id <= 0xffffffff);
}

/** Is the claim that of another board than the one expected? What either side does not know proves nothing. */
export function isAnother(claim: Claim, expect: BoardIdentity): boolean {
  if (claim.mac !== null && expect.mac !== null && stationMac(claim.mac) !== stationMac(expect.mac)) return true;
  const expected = [...ids(expect.chipId), ...idOfMac(expect.mac)];
  const claimed = [...claim.chipIds, ...idOfMac(claim.mac)];
  if (expected.length === 0 || claimed.length === 0) return false;
  return !claimed.some((id) => expected.some((other) => low24(id) === low24(other)));
}

/** The claim as an identity; of two readings of a chip id, the one that fits what was expected. */
export function identityOf(claim: Claim, expect: BoardIdentity): BoardIdentity {
  const known = [...ids(expect.chipId), ...idOfMac(expect.mac), ...idOfMac(claim.mac)];
  const fitting = claim.chipIds.find((id) => known.some((other) => low24(id) === low24(other)));
  return { mac: claim.mac, chipId: fitting ?? claim.chipIds[0] ?? null };
}

function ids(chipId: number | null): readonly number[] {
  return chipId === null ? [] : [chipId];
}

/** `ESP.getChipId()` is the last three bytes of the MAC; esptool puts a fourth above them (ESP8266.md 5). */
function low24(chipId: number): number {
  return chipId & 0xffffff;
}

function idOfMac(mac: string | null): readonly number[] {
  return mac === null ? [] : [Number.parseInt(mac.replaceAll(':', '').slice(6), 16)];
}

/** The soft access point's MAC is the station's with the "locally administered" bit set. */
function stationMac(mac: string): string {
  const first = Number.parseInt(mac.slice(0, 2), 16) & 0xfd;
  return `${first.toString(16).padStart(2, '0')}${mac.slice(2).toLowerCase()}`;
}
