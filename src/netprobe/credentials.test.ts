import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEspwatchError } from '../errors.js';
import { parseBrokerUrl, readCa } from './broker-url.js';
import { credentialsFromEnv, parseCredentials } from './credentials.js';

test('credentials from the environment', () => {
  assert.deepEqual(credentialsFromEnv({ ESPWATCH_MQTT_USER: 'u', ESPWATCH_MQTT_PASSWORD: 'p:w' }), {
    username: 'u',
    password: 'p:w',
  });
  assert.deepEqual(credentialsFromEnv({ ESPWATCH_MQTT_USER: '' }), { username: null, password: null });
});

const files: readonly (readonly [string, string | null, string | null])[] = [
  ['user:pass', 'user', 'pass'],
  ['user:pa:ss word \r\nsecond line', 'user', 'pa:ss word '],
  ['user:', 'user', null],
  ['\uFEFFuser:pass\n', 'user', 'pass'],
  ['{"username":"u","password":"p"}', 'u', 'p'],
  [' {"user":"u"}\n', 'u', null],
];
for (const [text, username, password] of files) {
  test(`credentials file ${JSON.stringify(text)}`, () =>
    assert.deepEqual(parseCredentials(text), { username, password }));
}

for (const text of [
  '',
  'hunter2',
  ':hunter2',
  '{"password":"hunter2"}',
  '{"username":"u","password":"hunter2',
  '{"username":1}',
]) {
  test(`credentials file ${JSON.stringify(text)} is refused without repeating it`, () => {
    assert.throws(
      () => parseCredentials(text),
      (error) =>
        isEspwatchError(error, 'USAGE') && !`${error.message}${error.hint}${String(error.cause)}`.includes('hunter2'),
    );
  });
}

test('broker URLs', () => {
  const shown = (text: string): string => {
    const address = parseBrokerUrl(text);
    return typeof address === 'string' ? `refused: ${address}` : `${address.shown} ${address.hostname} ${address.path}`;
  };
  assert.equal(shown('mqtt://broker'), 'mqtt://broker:1883 broker ');
  assert.equal(shown('mqtts://[::1]/ignored?x=1'), 'mqtts://[::1]:8883 ::1 ');
  assert.equal(shown('ws://broker'), 'ws://broker:80 broker /');
  assert.equal(shown('wss://broker:9001/mqtt?token=hunter2'), 'wss://broker:9001/mqtt broker /mqtt?token=hunter2');
  for (const bad of [
    'broker',
    'http://broker',
    'mqtt://',
    'mqtt://u:hunter2@broker',
    'mqtt://broker:0',
    'mqtt://broker:99999',
  ]) {
    assert.match(shown(bad), /^refused: /, bad);
    assert.doesNotMatch(shown(bad), /hunter2/);
  }
});

test('a CA file without a readable certificate is none', () => {
  assert.equal(readCa('no PEM'), null);
  assert.equal(readCa('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'), null);
});
