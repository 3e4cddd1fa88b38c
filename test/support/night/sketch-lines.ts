/** The lines of our sketch, as firmware/*.h prints them. */
import type { ProgramEnvironment } from '../../../src/sim/program/program.js';

export const ADDRESS = '192.168.0.133';
export const TOPICS = ['mqtt_rx_board', 'mqtt_tx_board'] as const;

/** `ESP.getResetReason()` by the SDK's number. */
const REASONS = [
  'Power On',
  'Hardware Watchdog',
  'Exception',
  'Software Watchdog',
  'Software/System restart',
  'Deep-Sleep Wake',
  'External System',
] as const;
/** Reasons for which the sketch prints what the SDK knows of the crash. */
const CRASHES: readonly number[] = [1, 2, 3];

/** Counts the boot in the memory that only a power cycle clears. */
export function bootLines({ resetReason, lastCrash, rtc, mac }: ProgramEnvironment): string {
  const boots = new Uint32Array(rtc);
  boots[0] = (boots[0] ?? 0) + 1;
  const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
  const { cause, epc1, excvaddr } = lastCrash;
  const crash = CRASHES.includes(resetReason)
    ? `ESP8266 Crash: exccause=${cause} epc1=${hex(epc1)} excvaddr=${hex(excvaddr)} epc2=${hex(0)} epc3=${hex(0)} depc=${hex(0)}\r\n`
    : '';
  return (
    `\r\nESP8266 Reset Reason: ${REASONS[resetReason]}\r\n${crash}ESP8266 Boot Count: ${boots[0]}\r\n` +
    `ESP8266 MAC: ${[...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}\r\n` +
    'ESP8266 Free Heap: 50312\r\nESP8266 Largest Block: 48000\r\nESP8266 Fragmentation: 3\r\n'
  );
}

export function accessPointLines(patienceMs: number): string {
  return (
    `ESP8266 WiFi: no network within ${patienceMs / 1000} s\r\nESP8266 AP SSID: ESP8266_18fe34000000\r\n` +
    'ESP8266 AP IP: 192.168.4.1\r\nESP8266 WebServer Port: 80\r\nESP8266 Mode: Access Point Running\r\n'
  );
}

export interface Reading {
  /** Seconds. */
  readonly uptime: number;
  /** Bytes. */
  readonly heap: number;
  readonly rssi: number;
  /** Reconnections. */
  readonly wifi: number;
  readonly mqtt: number;
}

export function telemetryLine({ uptime, heap, rssi, wifi, mqtt }: Reading): string {
  return `ESP8266 Telemetry: uptime=${uptime} heap=${heap} block=${heap - 4096} frag=9 rssi=${rssi} wifi=${wifi} mqtt=${mqtt}\r\n`;
}
