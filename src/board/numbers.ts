/** The numberings of the ROM, the SDK and the Arduino core, mapped to our words (ESP8266.md 1.3 to 1.5). */
import type { BootMode, CrashKind, ResetCause } from './events.js';

const ROM_CAUSES: readonly ResetCause[] = [
  'unknown',
  'power-on',
  'external',
  'software',
  'hardware-watchdog',
  'deep-sleep-wake',
  'deep-sleep-wake',
];

/** `rst cause` of the ROM banner. 2 also stands for every restart by the SDK: see `state.ts`. */
export function causeOfRom(number: number): ResetCause {
  return ROM_CAUSES[number] ?? 'unknown';
}

const SDK_REASONS: readonly ResetCause[] = [
  'power-on',
  'hardware-watchdog',
  'exception',
  'software-watchdog',
  'software',
  'deep-sleep-wake',
  'external',
];

/** `rst_info.reason` of the SDK: another numbering than the ROM's. */
export function causeOfSdk(number: number): ResetCause {
  return SDK_REASONS[number] ?? 'unknown';
}

const ARDUINO_REASONS: ReadonlyMap<string, ResetCause> = new Map([
  ['power on', 'power-on'],
  ['hardware watchdog', 'hardware-watchdog'],
  ['exception', 'exception'],
  ['software watchdog', 'software-watchdog'],
  ['software/system restart', 'software'],
  ['deep-sleep wake', 'deep-sleep-wake'],
  ['external system', 'external'],
  ['unknown', 'unknown'],
]);

/** The string of `ESP.getResetReason()`; null when it is none of them. */
export function causeOfArduino(text: string): ResetCause | null {
  return ARDUINO_REASONS.get(text.trim().toLowerCase()) ?? null;
}

const BOOT_MODES: readonly BootMode[] = ['wait', 'uart-download', 'ram', 'flash', 'sdio', 'sdio', 'sdio', 'sdio'];

/** The x of `boot mode:(x,y)`. */
export function bootModeOf(x: number): BootMode {
  return BOOT_MODES[x] ?? 'unknown';
}

/** What the SDK will give as the reason of the restart that follows a crash. */
export function causeOfCrash(kind: CrashKind): ResetCause {
  if (kind === 'software-watchdog' || kind === 'hardware-watchdog') return kind;
  return 'exception';
}

/** `ESP.getChipId()`: the last three bytes of the station MAC; null when the MAC is malformed. */
export function chipIdOf(mac: string): number | null {
  const match = /^(?:[0-9a-f]{2}:){3}([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2})$/.exec(mac);
  return match ? Number.parseInt(`${match[1]}${match[2]}${match[3]}`, 16) : null;
}
