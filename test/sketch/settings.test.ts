import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, decodeSettings, encodeSettings, type Settings } from '../../src/settings/record.js';
import { Heard } from '../support/heard.js';
import { ask } from '../support/http-client.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 30_000 };

/** Every field with a value of its own; MQTT off, so that the web server shows them. */
const EVERYTHING: Settings = {
  mqttEnabled: false,
  tlsEnabled: true,
  tlsInsecure: false,
  apIp: '192.168.44.1',
  wifiTimeoutSeconds: 45,
  telemetrySeconds: 30,
  configPassword: '',
  staticIp: { ip: '192.168.7.21', netmask: '255.255.254.0', gateway: '192.168.7.1' },
  httpPort: 8123,
  mqttPort: 18_884,
  serialBaud: 57_600,
  ssid: 'Werkstatt 2.4 Ünï',
  wifiPassword: 'wifi-secret-1',
  brokerHost: 'broker.lan',
  mqttUser: 'user-7',
  mqttPassword: 'mqtt-secret-2',
  clientId: 'bench-4',
  rxTopic: 'house/bench/rx',
  txTopic: 'house/bench/tx',
  caDer: Uint8Array.from({ length: 700 }, (_, i) => (i * 7) & 0xff),
};

/** The value of an input of the configuration page. */
function fieldOf(page: string, name: string): string | undefined {
  return new RegExp(`<input name=${name}[^>]* value='?([^'>]*)`).exec(page)?.[1];
}

function isChecked(page: string, name: string): boolean {
  return new RegExp(`<input type=checkbox name=${name} checked>`).test(page);
}

test('the sketch reads every field of a record that src/settings wrote', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: EVERYTHING });
  const place = await board.serving();
  assert.equal(place.port, EVERYTHING.httpPort);
  assert.doesNotMatch(board.heard.text, /defaults used/);
  const { body } = await ask(place, '/config');
  for (const name of ['ssid', 'brokerHost', 'mqttUser', 'clientId', 'rxTopic', 'txTopic'] as const) {
    assert.equal(fieldOf(body, name), EVERYTHING[name], name);
  }
  for (const name of ['httpPort', 'mqttPort', 'serialBaud', 'wifiTimeoutSeconds', 'telemetrySeconds'] as const) {
    assert.equal(fieldOf(body, name), String(EVERYTHING[name]), name);
  }
  assert.equal(fieldOf(body, 'apIp'), EVERYTHING.apIp);
  for (const name of ['ip', 'netmask', 'gateway'] as const) {
    assert.equal(fieldOf(body, name), EVERYTHING.staticIp?.[name], name);
  }
  assert.deepEqual([isChecked(body, 'mqtt'), isChecked(body, 'tls'), isChecked(body, 'staticIp')], [false, true, true]);
  assert.match(body, /CA certificate: 700 bytes/);
});

test('the serial speed of the record is the speed on the wire', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: EVERYTHING });
  const wire = new Heard();
  const port = board.board.attach(57_600, { onBytes: (bytes) => wire.add(bytes), onUnplug: () => undefined });
  t.after(() => port.detach());
  await wire.until(/^ESP8266 Mode: Web Server Running - Type = SDK API\r\n/m, t.signal, 0);
});

test(
  'a SAVE goes to the free slot: what src/settings wrote stays, byte for byte; the next one begins anew',
  LIMIT,
  async (t) => {
    const board = new SketchBoard(t, { settings: EVERYTHING });
    const place = await board.serving();
    const form = { action: 'SAVE', tls: 'on', staticIp: 'on' };
    assert.equal((await ask(place, '/config', form)).status, 200);
    const expected = encodeSettings(EVERYTHING);
    expected.set(encodeSettings(EVERYTHING, 2).subarray(0, 562), 0x300);
    assert.deepEqual(board.sector, expected);
    assert.equal((await ask(place, '/config', form)).status, 200);
    assert.deepEqual(board.sector, encodeSettings(EVERYTHING, 3));
  },
);

test('what SAVE stores is what src/settings decodes, and what the sketch uses after a RESET', LIMIT, async (t) => {
  const board = new SketchBoard(t);
  const place = await board.serving();
  assert.match(board.heard.text, /^ESP8266 Settings: none stored, defaults used\r\n/m);
  const form = {
    action: 'SAVE',
    ssid: 'Küche & <Bad>',
    wifiPassword: 'p'.repeat(64),
    brokerHost: 'localhost',
    mqttUser: 'u'.repeat(32),
    mqttPassword: 'a+b c%20&d=e',
    clientId: 'bench',
    rxTopic: 'a/b/rx',
    txTopic: 'a/b/tx',
    mqttPort: '1',
    httpPort: '65535',
    serialBaud: '9600',
    staticIp: 'on',
    ip: '10.1.2.3',
    netmask: '255.0.0.0',
    gateway: '10.255.255.254',
  };
  const saved = await ask(place, '/config', form);
  assert.equal(saved.status, 200);
  assert.match(saved.body, /Saved\. They take effect after a RESET\./);
  const expected: Settings = {
    ...DEFAULT_SETTINGS,
    ssid: form.ssid,
    wifiPassword: form.wifiPassword,
    brokerHost: form.brokerHost,
    mqttUser: form.mqttUser,
    mqttPassword: form.mqttPassword,
    clientId: form.clientId,
    rxTopic: form.rxTopic,
    txTopic: form.txTopic,
    mqttPort: 1,
    httpPort: 65_535,
    serialBaud: 9600,
    staticIp: { ip: form.ip, netmask: form.netmask, gateway: form.gateway },
  };
  assert.deepEqual(decodeSettings(board.sector), expected);
  const mark = board.mark;
  assert.equal((await ask(place, '/config', { action: 'RESET' })).status, 200);
  assert.equal((await board.serving(mark)).port, 65_535);
  assert.doesNotMatch(board.heard.text.slice(mark), /defaults used/);
  assert.equal(board.starts, 2);
});

test('texts as long as they may be, and the largest certificate, arrive whole both ways', LIMIT, async (t) => {
  const largest: Settings = {
    ...DEFAULT_SETTINGS,
    ssid: 'ö'.repeat(16),
    wifiPassword: 'w'.repeat(64),
    brokerHost: 'h'.repeat(64),
    mqttUser: 'm'.repeat(32),
    mqttPassword: '€'.repeat(21),
    clientId: 'c'.repeat(32),
    rxTopic: 'r'.repeat(64),
    txTopic: 't'.repeat(64),
    caDer: new Uint8Array(2048).fill(0xff),
  };
  const board = new SketchBoard(t, { settings: largest });
  const place = await board.serving();
  const { body } = await ask(place, '/config');
  for (const name of ['ssid', 'brokerHost', 'mqttUser', 'clientId', 'rxTopic', 'txTopic'] as const) {
    assert.equal(fieldOf(body, name), largest[name], name);
  }
  await ask(place, '/config', { action: 'SAVE', clientId: '' });
  assert.deepEqual(decodeSettings(board.sector), { ...largest, clientId: '' });
});

const valid = encodeSettings({ ...EVERYTHING, httpPort: 8124 });

function changed(change: (sector: Uint8Array) => void): Uint8Array {
  const sector = Uint8Array.from(valid);
  change(sector);
  return sector;
}

const damaged: readonly (readonly [what: string, sector: Uint8Array, line: string])[] = [
  ['an erased sector', new Uint8Array(4096).fill(0xff), 'none stored'],
  ['zeros', new Uint8Array(4096), 'bad magic'],
  ['another magic', changed((sector) => sector.set([0x65], 0)), 'bad magic'],
  ['another version', changed((sector) => sector.set([3], 4)), 'unknown version'],
  ['a length that is too long', changed((sector) => sector.set([0xff], 7)), 'bad length'],
  ['a length that is too short', changed((sector) => sector.set([0, 0], 6)), 'bad length'],
  ['one bit of the payload', changed((sector) => sector.set([(sector[52] ?? 0) ^ 0x20], 52)), 'bad CRC'],
  ['the last bit of the payload', changed((sector) => sector.set([(sector[561] ?? 0) ^ 1], 561)), 'bad CRC'],
  ['one bit of the CRC', changed((sector) => sector.set([(sector[8] ?? 0) ^ 1], 8)), 'bad CRC'],
];

test('every kind of damage: defaults and a line that says so, in the sketch and in src/settings', LIMIT, async (t) => {
  assert.notEqual(decodeSettings(valid), null);
  for (const [what, sector, line] of damaged) {
    await t.test(what, LIMIT, async (t) => {
      assert.equal(decodeSettings(sector), null);
      const board = new SketchBoard(t, { settings: sector });
      const place = await board.serving();
      assert.equal(place.port, DEFAULT_SETTINGS.httpPort);
      assert.match(board.heard.text, new RegExp(`^ESP8266 Settings: ${line}, defaults used\r\n`, 'm'));
      const { body } = await ask(place, '/config');
      assert.equal(fieldOf(body, 'ssid'), '');
      assert.equal(fieldOf(body, 'serialBaud'), '115200');
      // The certificate is checked by itself.
      const kept = Buffer.from(sector).includes('CERT') ? EVERYTHING.caDer.length : 0;
      assert.match(body, new RegExp(`CA certificate: ${kept} bytes`));
      assert.deepEqual(board.sector, sector, 'nothing is written unasked');
    });
  }
});
