/** The SDK's own messages that say something of the board, and `ESP.getResetInfo()` (ESP8266.md 1.4, 8.3). */
import type { BoardFact } from '../board/events.js';
import { causeOfArduino, causeOfSdk } from '../board/numbers.js';
import { isAddress } from './address.js';
import type { Parsed } from './line.js';

type ResetReason = Extract<BoardFact, { type: 'reset-reason' }>;

const INFO_HEAD = 'Fatal exception:';
const INFO = /^Fatal exception:\d{1,3} flag:(\d{1,3}) \([^)]{1,40}\)(?: (?:epc[123]|excvaddr|depc):0x[0-9a-f]{8}){0,5}/;
const LABELLED = /reset (?:reason|info) {0,2}[:=] {0,4}([A-Za-z/ -]{7,25})$/i;
/** Strings of `getResetReason()` that nobody prints by chance as a whole line. */
const BARE: ReadonlySet<string> = new Set([
  'Power On',
  'Hardware Watchdog',
  'Software Watchdog',
  'Software/System restart',
  'Deep-Sleep Wake',
  'External System',
]);
const GOT_IP = /^ip:(\d{1,3}(?:\.\d{1,3}){3}),mask:/;
const STATION = /^mode : (?:softAP\([0-9a-f:]{17}\) ?\+ ?)?sta\(([0-9a-f]{2}(?::[0-9a-f]{2}){5})\)/;
const FLASH_SIZE = 'Flash size mismatch, check that the build setting matches the device';

/** `Fatal exception:28 flag:2 (Exception) epc1:0x...` anywhere in a text; null when it is not there. */
export function readResetInfo(text: string): ResetReason | null {
  const at = text.indexOf(INFO_HEAD);
  if (at < 0) return null;
  const match = INFO.exec(text.slice(at, at + 256));
  if (match === null) return null;
  const raw = Number(match[1]);
  return { type: 'reset-reason', cause: causeOfSdk(raw), raw, text: match[0], atBoot: false };
}

/** Parses a whole line; null when it is none of these. */
export function readSdk(text: string): Parsed | null {
  const line = text.trim();
  if (line.length > 512) return null;
  const info = readResetInfo(line);
  if (info) return { at: text.indexOf(INFO_HEAD), facts: [info] };
  const reason = BARE.has(line) ? line : LABELLED.exec(line)?.[1];
  const cause = reason === undefined ? null : causeOfArduino(reason);
  if (cause !== null) return { at: 0, facts: [{ type: 'reset-reason', cause, raw: null, text: line, atBoot: false }] };
  if (line.startsWith(FLASH_SIZE)) return { at: 0, facts: [{ type: 'boot-error', kind: 'flash-size', text: line }] };
  const ip = GOT_IP.exec(line)?.[1];
  if (ip !== undefined && isAddress(ip)) return { at: 0, facts: [{ type: 'ip', ip, accessPoint: false }] };
  const mac = STATION.exec(line)?.[1];
  if (mac !== undefined) return { at: 0, facts: [{ type: 'mac', mac }] };
  return null;
}
