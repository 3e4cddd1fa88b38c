import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, EspwatchError } from '../errors.js';
import {
  applyChanges,
  changesBetween,
  changesFromJson,
  doubtsAbout,
  FIELD_NAMES,
  type FieldValue,
  fieldsOf,
  parseAssignment,
  SECRET_NAMES,
  secretVariable,
  shownValue,
} from './fields.js';
import { DEFAULT_SETTINGS, type Settings } from './record.js';

const SECRET = 'hunter2-hunter2';

function fails(code: ErrorCode, work: () => unknown, pattern = /./): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof EspwatchError);
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    assert.doesNotMatch(`${error.message} ${error.hint}`, new RegExp(SECRET));
    return true;
  });
}

test('assignments', () => {
  const cases: readonly [string, string, FieldValue][] = [
    ['mqttEnabled=on', 'mqttEnabled', true],
    ['tlsEnabled=FALSE', 'tlsEnabled', false],
    ['httpPort=80', 'httpPort', 80],
    ['ssid=a=b c', 'ssid', 'a=b c'],
    ['clientId=', 'clientId', ''],
    ['ip=dhcp', 'ip', null],
    ['ip=10.0.0.2', 'ip', '10.0.0.2'],
    ['wifiPassword=', 'wifiPassword', ''],
  ];
  for (const [text, name, value] of cases) assert.deepEqual(parseAssignment(text), [name, value], text);
});

test('assignments that are refused', () => {
  for (const text of ['httpPort', '=80', '', 'port=80', 'httpport=80', 'caDer=x'])
    fails('USAGE', () => parseAssignment(text));
  fails('USAGE', () => parseAssignment('httpport=80'), /"httpPort" is one/);
  for (const name of SECRET_NAMES) fails('USAGE', () => parseAssignment(`${name}=${SECRET}`), /command line/);
  for (const text of ['mqttEnabled=maybe', 'httpPort=8o', 'httpPort=-1', 'httpPort=']) {
    fails('SETTINGS_INVALID', () => parseAssignment(text));
  }
});

test('secrets have environment variables', () => {
  assert.deepEqual(SECRET_NAMES.map(secretVariable), [
    'ESPWATCH_NEW_WIFI_PASSWORD',
    'ESPWATCH_NEW_MQTT_PASSWORD',
    'ESPWATCH_NEW_CONFIG_PASSWORD',
  ]);
});

test('a JSON file: settings alone, or what get printed', () => {
  const plain = { httpPort: 80, tlsEnabled: true, wifiPassword: SECRET, ip: null };
  assert.deepEqual(changesFromJson(plain), plain);
  const printed = { schema: 'espwatch.settings/1', settings: { httpPort: 81 }, secrets: { wifiPassword: 'set' } };
  assert.deepEqual(changesFromJson(printed), { httpPort: 81 });
  for (const wrong of [null, [], 'x', { schema: 'espwatch.settings/1' }, { port: 1 }]) {
    fails('USAGE', () => changesFromJson(wrong));
  }
  for (const wrong of [{ httpPort: '80' }, { tlsEnabled: 1 }, { wifiPassword: null }, { ssid: 5 }, { ip: 1 }]) {
    fails('SETTINGS_INVALID', () => changesFromJson(wrong));
  }
});

test('every setting goes through its fields and back', () => {
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    staticIp: { ip: '10.0.0.2', netmask: '255.0.0.0', gateway: '10.0.0.1' },
    mqttPassword: SECRET,
    caDer: Uint8Array.of(1, 2),
  };
  assert.deepEqual(Object.keys(fieldsOf(settings)), FIELD_NAMES);
  assert.deepEqual(applyChanges(DEFAULT_SETTINGS, fieldsOf(settings)), { ...settings, caDer: new Uint8Array(0) });
  assert.deepEqual(applyChanges(settings, {}), settings);
});

test('a static address is whole or none', () => {
  const staticIp = { ip: '10.0.0.2', netmask: '255.0.0.0', gateway: '10.0.0.1' };
  const fixed = applyChanges(DEFAULT_SETTINGS, staticIp);
  assert.deepEqual(fixed.staticIp, staticIp);
  assert.deepEqual(applyChanges(fixed, { gateway: '10.0.0.9' }).staticIp, { ...staticIp, gateway: '10.0.0.9' });
  assert.equal(applyChanges(fixed, { ip: null }).staticIp, null);
  fails('SETTINGS_INVALID', () => applyChanges(DEFAULT_SETTINGS, { ip: '10.0.0.2' }), /netmask is needed/);
  fails('SETTINGS_INVALID', () => applyChanges(DEFAULT_SETTINGS, { netmask: '255.0.0.0' }), /ip is needed/);
  fails('SETTINGS_INVALID', () => applyChanges(fixed, { ip: '10.0.0' }), /address/);
});

test('values are checked by name before anything is made of them', () => {
  fails(
    'SETTINGS_INVALID',
    () => applyChanges(DEFAULT_SETTINGS, { wifiPassword: `${SECRET}`.repeat(9) }),
    /wifiPassword/,
  );
  fails('SETTINGS_INVALID', () => applyChanges(DEFAULT_SETTINGS, { serialBaud: 1 }), /serialBaud/);
});

test('what changes is shown, secrets only as set or not', () => {
  const before = { ...DEFAULT_SETTINGS, mqttPassword: 'old-one' };
  const after = applyChanges(before, { httpPort: 80, wifiPassword: SECRET, mqttPassword: SECRET });
  const changes = changesBetween(before, { ...after, caDer: Uint8Array.of(1, 2, 3) });
  assert.deepEqual(changes, [
    { name: 'wifiPassword', from: 'not set', to: 'set' },
    { name: 'httpPort', from: 9705, to: 80 },
    { name: 'mqttPassword', from: 'set', to: 'set anew' },
    { name: 'ca', from: 'not set', to: '3 bytes' },
  ]);
  assert.deepEqual(changesBetween(before, before), []);
  assert.equal(shownValue('configPassword', SECRET), 'set');
});

test('settings that cannot work as they say are doubted', () => {
  const tls = { ...DEFAULT_SETTINGS, mqttEnabled: true, tlsEnabled: true, brokerHost: 'b' };
  assert.deepEqual(doubtsAbout(DEFAULT_SETTINGS), []);
  assert.equal(doubtsAbout({ ...tls, brokerHost: '' }).length, 2);
  assert.match(doubtsAbout(tls)[0] ?? '', /CA certificate/);
  assert.deepEqual(doubtsAbout({ ...tls, caDer: Uint8Array.of(1) }), []);
  assert.match(doubtsAbout({ ...tls, tlsInsecure: true })[0] ?? '', /anybody/);
});
