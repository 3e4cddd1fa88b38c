import { invalid, MAX_CA_BYTES, quad, TEXT_BYTES, type TextField } from './layout.js';

/** The sketch's settings. Empty client id and topics mean the defaults made from the MAC. */
export interface Settings {
  readonly mqttEnabled: boolean;
  readonly tlsEnabled: boolean;
  /** TLS without a look at the broker's certificate: stored only when the user chose so. */
  readonly tlsInsecure: boolean;
  /** Static address; null = DHCP. Dotted quads. */
  readonly staticIp: { readonly ip: string; readonly netmask: string; readonly gateway: string } | null;
  /** Address of the board's own access point. */
  readonly apIp: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  /** Until the access point opens, from 1 to 3600. */
  readonly wifiTimeoutSeconds: number;
  readonly serialBaud: number;
  /** Interval of telemetry lines, at most 3600; 0 = off. */
  readonly telemetrySeconds: number;
  readonly ssid: string;
  readonly wifiPassword: string;
  readonly brokerHost: string;
  readonly mqttUser: string;
  readonly mqttPassword: string;
  readonly clientId: string;
  readonly rxTopic: string;
  readonly txTopic: string;
  /** Asked for on /config and before requests that change the board; empty = none. */
  readonly configPassword: string;
  /** The broker's CA certificate, DER; empty = none. */
  readonly caDer: Uint8Array;
}

export const DEFAULT_SETTINGS: Settings = {
  mqttEnabled: false,
  tlsEnabled: false,
  tlsInsecure: false,
  staticIp: null,
  apIp: '192.168.4.1',
  httpPort: 9705,
  mqttPort: 8883,
  wifiTimeoutSeconds: 20,
  serialBaud: 115200,
  telemetrySeconds: 60,
  ssid: '',
  wifiPassword: '',
  brokerHost: '',
  mqttUser: '',
  mqttPassword: '',
  clientId: '',
  rxTopic: '',
  txTopic: '',
  configPassword: '',
  caDer: new Uint8Array(0),
};

/** Speeds that the sketch can be set to, in baud. */
export const SERIAL_BAUDS: readonly number[] = [
  9600, 19200, 38400, 57600, 74880, 115200, 230400, 250000, 460800, 500000, 921600,
];
const MOST_SECONDS = 3600;

/** Throws SETTINGS_INVALID, naming the first setting that the sketch could not store or use. */
export function checkSettings(settings: Settings): void {
  range('httpPort', settings.httpPort, 1, 65535);
  range('mqttPort', settings.mqttPort, 1, 65535);
  range('wifiTimeoutSeconds', settings.wifiTimeoutSeconds, 1, MOST_SECONDS);
  range('telemetrySeconds', settings.telemetrySeconds, 0, MOST_SECONDS);
  if (!SERIAL_BAUDS.includes(settings.serialBaud)) {
    throw invalid('serialBaud', `must be one of ${SERIAL_BAUDS.join(', ')}`);
  }
  quad('apIp', settings.apIp);
  if (settings.staticIp !== null) {
    for (const name of ['ip', 'netmask', 'gateway'] as const) quad(name, settings.staticIp[name]);
  }
  for (const name of Object.keys(TEXT_BYTES) as TextField[]) {
    const text = settings[name];
    const bytes = new TextEncoder().encode(text).length;
    // A line end in a topic would forge a line of the boot output.
    if (bytes > TEXT_BYTES[name] || /[\u0000-\u001f\u007f]/.test(text)) {
      throw invalid(name, `must be text of at most ${TEXT_BYTES[name]} bytes without control characters`);
    }
  }
  for (const name of ['rxTopic', 'txTopic'] as const) {
    if (/[+#]/.test(settings[name])) throw invalid(name, 'must be a topic without wildcards (+ and #)');
  }
  // The board would answer its own answers.
  if (settings.rxTopic !== '' && settings.rxTopic === settings.txTopic) {
    throw invalid('txTopic', 'must not be the Rx topic');
  }
  if (settings.caDer.length > MAX_CA_BYTES) throw invalid('caDer', `is longer than ${MAX_CA_BYTES} bytes`);
}

function range(name: string, value: number, from: number, to: number): void {
  if (!Number.isInteger(value) || value < from || value > to) {
    throw invalid(name, `must be a whole number from ${from} to ${to}`);
  }
}
