import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEspwatchError } from '../errors.js';
import {
  DEFAULT_SETTINGS,
  decodeSettings,
  encodeSettings,
  SETTINGS_SECTOR_BYTES,
  type Settings,
  settingsAddress,
} from './record.js';

const full: Settings = {
  mqttEnabled: true,
  tlsEnabled: true,
  staticIp: { ip: '192.168.0.133', netmask: '255.255.255.0', gateway: '192.168.0.1' },
  httpPort: 80,
  mqttPort: 18883,
  serialBaud: 74880,
  ssid: 'Wohnzimmer-Ü',
  wifiPassword: 'x'.repeat(64),
  brokerHost: 'broker.lan',
  mqttUser: 'u',
  mqttPassword: 'p',
  clientId: 'c',
  rxTopic: 'rx',
  txTopic: 'tx',
  caDer: Uint8Array.from([0x30, 0x82, 0, 0xff]),
};

test('what is encoded is decoded', () => {
  for (const settings of [full, DEFAULT_SETTINGS]) {
    const sector = encodeSettings(settings);
    assert.equal(sector.length, SETTINGS_SECTOR_BYTES);
    assert.deepEqual(decodeSettings(sector), settings);
  }
});

test('the layout is the one that the sketch reads', () => {
  const sector = encodeSettings(full);
  const view = new DataView(sector.buffer);
  assert.equal(Buffer.from(sector.subarray(0, 4)).toString(), 'ESPW');
  assert.equal(view.getUint16(6, true), 448 + 4);
  assert.equal(sector[12], 0b111);
  assert.equal(Buffer.from(sector.subarray(134, 144)).toString(), 'broker.lan');
  assert.deepEqual([...sector.subarray(460, 465)], [0x30, 0x82, 0, 0xff, 0xff]);
});

test('any flipped bit of the record makes it invalid', () => {
  const sector = encodeSettings(full);
  for (let byte = 0; byte < 464; byte++) {
    const damaged = sector.slice();
    damaged[byte] = (damaged[byte] ?? 0) ^ 0x10;
    assert.equal(decodeSettings(damaged), null, `byte ${byte}`);
  }
});

test('a blank or short sector holds nothing', () => {
  assert.equal(decodeSettings(new Uint8Array(SETTINGS_SECTOR_BYTES).fill(0xff)), null);
  assert.equal(decodeSettings(new Uint8Array(10)), null);
});

test('values that do not fit are refused', () => {
  for (const wrong of [
    { ssid: 'x'.repeat(33) },
    { httpPort: 0 },
    { mqttPort: 65536 },
    { staticIp: { ip: '1.2.3', netmask: '255.0.0.0', gateway: '1.2.3.4' } },
    { caDer: new Uint8Array(2049) },
    { rxTopic: 'a\0b' },
  ]) {
    assert.throws(
      () => encodeSettings({ ...DEFAULT_SETTINGS, ...wrong }),
      (error) => isEspwatchError(error, 'SETTINGS_INVALID'),
    );
  }
});

test('the sector sits five sectors below the end of the flash', () => {
  assert.equal(settingsAddress(4 * 1024 * 1024), 0x3fb000);
});
