/** What the sketch announces: the contract of DESIGN.md, and the lines that our own sketch adds. */
import type { BoardFact } from '../board/events.js';
import { causeOfArduino } from '../board/numbers.js';
import { isAddress } from './address.js';
import type { Parsed } from './line.js';
import { readResetInfo } from './sdk.js';

const TYPE_CAP = 64;
const TOPIC_CAP = 256;
const REASON_CAP = 200;

const IP = /^ESP8266 (AP )?IP:\s{0,8}(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])/;
const PORT = /^ESP8266 WebServer Port:\s{0,8}(\d{1,5})(?![\w.])/;
const MODE = /^ESP8266 Mode:\s{0,8}(Web Server|MQTT Client|Access Point) Running(?!\w)/;
const REASON = /^ESP8266 Reset Reason:\s{0,8}(?=\S)/;
const MAC = /^ESP8266 MAC:\s{0,8}([0-9a-f]{2}(?:[:-][0-9a-f]{2}){5})(?![\w:-])/i;
const NUMBER =
  /^ESP8266 (?!WebServer Port:)([A-Za-z][A-Za-z0-9 ]{0,31}):\s{0,8}(-?\d{1,15}(?:\.\d{1,9})?) {0,2}[A-Za-z%]{0,8}$/;
/** `ESP8266 Name: key=value key=value ...`; numbers, decimal or with 0x. */
const VALUES =
  /^ESP8266 ([A-Za-z][A-Za-z0-9 ]{0,31}):((?: [A-Za-z][A-Za-z0-9]{0,15}=-?(?:0x[0-9a-f]{1,8}|\d{1,15})){1,16})$/;
/** What the telemetry line abbreviates has a line of its own at boot. */
const TELEMETRY_NAMES: Readonly<Record<string, string>> = {
  heap: 'freeHeap',
  block: 'largestBlock',
  frag: 'fragmentation',
  wifi: 'wifiReconnects',
  mqtt: 'mqttReconnects',
};
const TOPIC = /^MQTT ([RT])x Topic:\s{0,8}(?=\S)/;
const TOPIC_MAC = /^mqtt_[rt]x_([0-9a-f]{12})$/i;

/** Parses a whole line; the announcement may stand behind other output. Null when there is none. */
export function readSketch(text: string): Parsed | null {
  const line = text.trimEnd();
  for (let at = line.indexOf('ESP8266 '); at >= 0; at = line.indexOf('ESP8266 ', at + 1)) {
    const facts = readOwn(line.slice(at, at + 1024));
    if (facts) return { at, facts };
  }
  for (let at = line.indexOf('MQTT '); at >= 0; at = line.indexOf('MQTT ', at + 1)) {
    const facts = readTopic(line.slice(at, at + 1024));
    if (facts) return { at, facts };
  }
  return null;
}

function readOwn(line: string): BoardFact[] | null {
  const ip = IP.exec(line);
  if (ip) return isAddress(ip[2] ?? '') ? [{ type: 'ip', ip: ip[2] ?? '', accessPoint: ip[1] !== undefined }] : null;
  const port = PORT.exec(line);
  if (port) {
    const number = Number(port[1]);
    return number >= 1 && number <= 65_535 ? [{ type: 'http-port', port: number }] : null;
  }
  const mode = MODE.exec(line);
  if (mode) return [modeFact(mode[1] ?? '', line.slice(mode[0].length))];
  const reason = REASON.exec(line);
  if (reason) return [reasonFact(line.slice(reason[0].length))];
  const mac = MAC.exec(line);
  if (mac) return [{ type: 'mac', mac: (mac[1] ?? '').toLowerCase().replaceAll('-', ':') }];
  const number = NUMBER.exec(line);
  if (number) return [{ type: 'telemetry', values: { [camelCase(number[1] ?? '')]: Number(number[2]) } }];
  const values = VALUES.exec(line);
  if (values) return [{ type: 'telemetry', values: namedValues(values[1] ?? '', values[2] ?? '') }];
  return null;
}

/** `Telemetry: heap=1` gives `freeHeap`; the pairs of any other line carry its name: `Crash: epc1=0x1` gives `crashEpc1`. */
function namedValues(line: string, pairs: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const pair of pairs.trim().split(' ')) {
    const [key = '', value = ''] = pair.split('=');
    const name = line === 'Telemetry' ? (TELEMETRY_NAMES[key] ?? key) : camelCase(`${line} ${key}`);
    values[name] = Number(value);
  }
  return values;
}

function modeFact(name: string, rest: string): BoardFact {
  if (name === 'MQTT Client') return { type: 'mode', mode: 'mqtt-client', serverType: null };
  if (name === 'Access Point') return { type: 'mode', mode: 'access-point', serverType: null };
  return { type: 'mode', mode: 'web-server', serverType: serverType(rest) };
}

/** The dash before `Type` went through editors and code pages: whatever is no letter or digit passes for one. */
function serverType(rest: string): string | null {
  const match = /^[^A-Za-z0-9]{0,16}Type\s{0,4}[=:]\s{0,4}/.exec(rest);
  if (match === null) return null;
  const type = printable(rest.slice(match[0].length)).trim().slice(0, TYPE_CAP);
  return type === '' ? null : type;
}

function reasonFact(rest: string): BoardFact {
  const info = readResetInfo(rest);
  if (info) return { ...info, atBoot: true };
  const text = printable(rest).trim().slice(0, REASON_CAP);
  return { type: 'reset-reason', cause: causeOfArduino(text) ?? 'unknown', raw: null, text, atBoot: true };
}

function readTopic(line: string): BoardFact[] | null {
  const match = TOPIC.exec(line);
  if (match === null) return null;
  const topic = line.slice(match[0].length).trim();
  if (topic.length > TOPIC_CAP || /[+#\p{Cc}\ufffd]/u.test(topic)) return null;
  const facts: BoardFact[] = [{ type: 'topic', direction: match[1] === 'R' ? 'rx' : 'tx', topic }];
  const mac = TOPIC_MAC.exec(topic)?.[1]?.toLowerCase();
  if (mac) facts.push({ type: 'mac', mac: mac.replace(/..(?!$)/g, '$&:') });
  return facts;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}

function camelCase(name: string): string {
  const [first = '', ...rest] = name.trim().split(/ +/);
  const head = /^[A-Z0-9]+$/.test(first) ? first.toLowerCase() : first.slice(0, 1).toLowerCase() + first.slice(1);
  return head + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}
