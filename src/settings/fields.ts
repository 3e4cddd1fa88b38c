import { EspwatchError } from '../errors.js';
import { invalid } from './layout.js';
import { checkSettings, type Settings } from './settings.js';

/** A setting as a person gives it; null = a static address that there is none of (DHCP). */
export type FieldValue = boolean | number | string | null;
type Kind = 'switch' | 'number' | 'text' | 'secret' | 'static';

/** Every setting but the certificate, in the order in which they are shown. */
const FIELDS = {
  mqttEnabled: 'switch',
  tlsEnabled: 'switch',
  tlsInsecure: 'switch',
  ssid: 'text',
  wifiPassword: 'secret',
  wifiTimeoutSeconds: 'number',
  ip: 'static',
  netmask: 'static',
  gateway: 'static',
  apIp: 'text',
  httpPort: 'number',
  configPassword: 'secret',
  brokerHost: 'text',
  mqttPort: 'number',
  mqttUser: 'text',
  mqttPassword: 'secret',
  clientId: 'text',
  rxTopic: 'text',
  txTopic: 'text',
  serialBaud: 'number',
  telemetrySeconds: 'number',
} as const satisfies Record<string, Kind>;
export type FieldName = keyof typeof FIELDS;
export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

/** Settings that are never shown and never given on a command line. */
export const SECRET_NAMES = ['wifiPassword', 'mqttPassword', 'configPassword'] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

export type FieldChanges = Readonly<Partial<Record<FieldName, FieldValue>>>;

/** A setting that differs, as it may be shown. */
export interface ShownChange {
  readonly name: FieldName | 'ca';
  readonly from: FieldValue;
  readonly to: FieldValue;
}

const ON = ['true', 'on', 'yes', '1'];
const OFF = ['false', 'off', 'no', '0'];

export function isSecret(name: string): name is SecretName {
  return (SECRET_NAMES as readonly string[]).includes(name);
}

/** Throws USAGE for a name that is no setting. */
export function fieldName(text: string): FieldName {
  const name = FIELD_NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  const close = FIELD_NAMES.find((known) => known.toLowerCase() === text.toLowerCase());
  throw new EspwatchError(
    'USAGE',
    `There is no setting "${text}"${close === undefined ? '' : `; "${close}" is one`}.`,
    `The settings are ${FIELD_NAMES.join(', ')}; the certificate is set with --ca.`,
  );
}

/**
 * `key=value` of a command line. Throws USAGE for what is none, and for a secret (unless it is taken away), which
 * every user of the machine could read there; the message repeats nothing of it.
 */
export function parseAssignment(text: string): readonly [FieldName, FieldValue] {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new EspwatchError('USAGE', 'A setting is given as key=value.', 'Such as: espwatch settings set httpPort=80');
  }
  const name = fieldName(text.slice(0, at));
  const value = text.slice(at + 1);
  if (isSecret(name) && value !== '') {
    throw new EspwatchError(
      'USAGE',
      `${name} is not taken from the command line: every user of the machine could read it.`,
      `Use --ask ${name}, --from FILE, or the environment variable ${secretVariable(name)}.`,
    );
  }
  return [name, parseText(name, value)];
}

/**
 * The environment variable of a secret to be stored: `ESPWATCH_NEW_WIFI_PASSWORD`. Not the ones that this tool logs in
 * with: what is exported for those must not end up in a board.
 */
export function secretVariable(name: SecretName): string {
  return `ESPWATCH_NEW_${name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()}`;
}

/**
 * The settings of a JSON document: an object of settings, or what `settings get --json` printed, whose secrets stay
 * as they are. Throws USAGE for unknown names, SETTINGS_INVALID for values of the wrong kind.
 */
export function changesFromJson(document: unknown): FieldChanges {
  const wrong = new EspwatchError(
    'USAGE',
    'The file with settings holds no JSON object.',
    'It looks like {"httpPort": 80, "ssid": "Workshop"}.',
  );
  if (!isObject(document)) throw wrong;
  const settings = 'schema' in document ? document['settings'] : document;
  if (!isObject(settings)) throw wrong;
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      const name = fieldName(key);
      return [name, checkKind(name, value)];
    }),
  );
}

/** The settings with these changes, checked. Throws SETTINGS_INVALID. */
export function applyChanges(settings: Settings, changes: FieldChanges): Settings {
  const { ip, netmask, gateway, ...others } = { ...fieldsOf(settings), ...changes };
  // Names and kinds were checked where the changes came from.
  const changed = { ...settings, ...others, staticIp: staticIp(changes, { ip, netmask, gateway }) } as Settings;
  checkSettings(changed);
  return changed;
}

/** Every setting but the certificate; with the secrets, so not to be shown as it is. */
export function fieldsOf(settings: Settings): Record<FieldName, FieldValue> {
  const { staticIp, caDer: _, ...rest } = settings;
  const { ip, netmask, gateway } = staticIp ?? { ip: null, netmask: null, gateway: null };
  const values: Record<FieldName, FieldValue> = { ...rest, ip, netmask, gateway };
  return Object.fromEntries(FIELD_NAMES.map((name) => [name, values[name]])) as Record<FieldName, FieldValue>;
}

/** A setting as it may be shown: a secret only as `set` or `not set`. */
export function shownValue(name: FieldName, value: FieldValue): FieldValue {
  if (!isSecret(name)) return value;
  return value === '' ? 'not set' : 'set';
}

/** What differs. A secret that was changed shows as `set` and `set anew`. */
export function changesBetween(before: Settings, after: Settings): ShownChange[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const changes: ShownChange[] = FIELD_NAMES.filter((name) => old[name] !== now[name]).map((name) => {
    const [from, to] = [shownValue(name, old[name]), shownValue(name, now[name])];
    return { name, from, to: isSecret(name) && from === to ? 'set anew' : to };
  });
  const certificate = ({ caDer }: Settings): string => (caDer.length === 0 ? 'not set' : `${caDer.length} bytes`);
  if (!sameBytes(before.caDer, after.caDer)) {
    changes.push({ name: 'ca', from: certificate(before), to: certificate(after) });
  }
  return changes;
}

/** What keeps these settings from working as they say, one sentence each. */
export function doubtsAbout(settings: Settings): string[] {
  const { mqttEnabled, tlsEnabled, tlsInsecure, brokerHost, caDer } = settings;
  const doubts: string[] = [];
  if (mqttEnabled && brokerHost === '') doubts.push('MQTT is on but no broker is stored: the web server stays.');
  if (mqttEnabled && tlsEnabled && !tlsInsecure && caDer.length === 0) {
    doubts.push('TLS is on but no CA certificate is stored: the web server stays. Store one with --ca FILE.');
  }
  if (tlsInsecure)
    doubts.push("TLS does not look at the broker's certificate (tlsInsecure): anybody can be the broker.");
  return doubts;
}

function parseText(name: FieldName, text: string): FieldValue {
  switch (FIELDS[name]) {
    case 'switch': {
      const word = text.toLowerCase();
      if (ON.includes(word)) return true;
      if (OFF.includes(word)) return false;
      throw invalid(name, 'must be on or off');
    }
    case 'number':
      if (!/^\d{1,9}$/.test(text)) throw invalid(name, 'must be a whole number');
      return Number(text);
    case 'static':
      return text === '' || text.toLowerCase() === 'dhcp' ? null : text;
    case 'text':
    case 'secret':
      return text;
  }
}

function checkKind(name: FieldName, value: unknown): FieldValue {
  switch (FIELDS[name]) {
    case 'switch':
      if (typeof value === 'boolean') return value;
      throw invalid(name, 'must be true or false');
    case 'number':
      if (typeof value === 'number') return value;
      throw invalid(name, 'must be a number');
    case 'static':
      if (value === null) return null;
      break;
    case 'text':
    case 'secret':
      break;
  }
  if (typeof value === 'string') return value;
  throw invalid(name, 'must be text');
}

function staticIp(
  changes: FieldChanges,
  { ip, netmask, gateway }: Pick<Record<FieldName, FieldValue>, 'ip' | 'netmask' | 'gateway'>,
): Settings['staticIp'] {
  // Without an address of its own the board asks DHCP for all three.
  if (ip === null && !changes.netmask && !changes.gateway) return null;
  for (const [name, value] of Object.entries({ ip, netmask, gateway })) {
    if (typeof value !== 'string') throw invalid(name, 'is needed too: a static address takes ip, netmask and gateway');
  }
  return { ip: String(ip), netmask: String(netmask), gateway: String(gateway) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
