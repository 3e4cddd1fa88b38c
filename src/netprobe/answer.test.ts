import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoardIdentity } from '../board/events.js';
import { withoutSecrets } from '../secrets.js';
import { judgeConfigPage, judgeSensors } from './answer.js';
import { evidenceLine, textEvidence } from './evidence.js';
import { parseMac } from './identity.js';

const OURS = { mac: '18:fe:34:a2:66:29', chipId: 0xa26629 };
const NOBODY = { mac: null, chipId: null };
const sensors = (extra: object): string => JSON.stringify({ SYS_Heap: 41000, SYS_Time: 12, ...extra });

test('an answer of 2017: numbers as text, CRLF between the fields', () => {
  const text = '{\r\n"Ain0":"12.00",\r\n"Ain1":"",\r\n"SYS_Heap":"25104",\r\n"SYS_Time":"4711"\r\n}';
  const { kind, evidence } = judgeSensors(text, OURS);
  assert.equal(kind, 'device');
  assert.equal(evidence, '{"SYS_Heap":"25104","SYS_Time":"4711","Ain0":"12.00","Ain1":""}');
});

test('an answer of our sketch: the time of day as text, the chip id in hexadecimal', () => {
  const text =
    '{"SYS_Heap":41000,"SYS_Time":"2026-11-23 18:20:33","SYS_Uptime":12,"SYS_MAC":"18:fe:34:a2:66:29","SYS_ChipId":"a26629"}';
  const { kind, identity } = judgeSensors(text, OURS);
  assert.equal(kind, 'device');
  assert.deepEqual(identity, OURS);
});

const foreign = {
  nothing: '',
  text: 'LED is now ON\n',
  'a page': '<html><title>Router</title>Welcome</html>',
  'other JSON': '{"status":"ok"}',
  'an array': '[{"SYS_Heap":1,"SYS_Time":1}]',
  'no time': '{"SYS_Heap":1}',
  'a heap that is no number': '{"SYS_Heap":"big","SYS_Time":1}',
  'a time that is an object': '{"SYS_Heap":1,"SYS_Time":{}}',
  'a heap that is an object': '{"SYS_Heap":{},"SYS_Time":1}',
  'JSON that breaks off': '{"SYS_Heap":41000,"SYS_Ti',
};
for (const [name, text] of Object.entries(foreign)) {
  test(`${name} is not a device's answer`, () => assert.equal(judgeSensors(text, OURS).kind, 'not-a-device'));
}

const identities: readonly (readonly [string, object, BoardIdentity, 'device' | 'other-board'])[] = [
  ['same MAC', { SYS_MAC: '18:FE:34:A2:66:29' }, OURS, 'device'],
  ['same MAC without separators', { mac: '18fe34a26629' }, OURS, 'device'],
  ['MAC of the same board as access point', { SYS_MAC: '1a:fe:34:a2:66:29' }, OURS, 'device'],
  ['other MAC', { SYS_MAC: '18:fe:34:a2:66:2a' }, OURS, 'other-board'],
  ['same chip id as a number', { SYS_ChipId: 0xa26629 }, OURS, 'device'],
  ['same chip id with the fourth byte of esptool', { SYS_ChipId: 0x01a26629 }, OURS, 'device'],
  ['same chip id as hexadecimal text', { chip_id: '00a26629' }, OURS, 'device'],
  ['same chip id as decimal text', { chipId: '10642985' }, OURS, 'device'],
  ['other chip id', { SYS_ChipId: 0xa2662a }, OURS, 'other-board'],
  ['chip id against a MAC', { SYS_ChipId: 0xa2662a }, { mac: OURS.mac, chipId: null }, 'other-board'],
  ['MAC against a chip id', { SYS_MAC: '18:fe:34:a2:66:29' }, { mac: null, chipId: 0xa26629 }, 'device'],
  ['no identity given', {}, OURS, 'device'],
  ['no identity known', { SYS_MAC: '18:fe:34:a2:66:2a', SYS_ChipId: 1 }, NOBODY, 'device'],
  ['a MAC that is none', { SYS_MAC: 'unknown' }, OURS, 'device'],
];
for (const [name, extra, expect, kind] of identities) {
  test(`identity, ${name}: ${kind}`, () => assert.equal(judgeSensors(sensors(extra), expect).kind, kind));
}

test('the identity that was read is reported', () => {
  const { identity } = judgeSensors(sensors({ SYS_MAC: '18-FE-34-A2-66-29', SYS_ChipId: '10642985' }), OURS);
  assert.deepEqual(identity, OURS);
  assert.equal(parseMac('18fe34a2662'), null);
});

const PAGE = `<!DOCTYPE html><html><head><title>Configure ESP8266 Wifi</title></head><body><form id="toesp">
<input type="text" id="ssid" name="ssid" value=""><input id="password" name='password' value="hunter2">
<input type="text" name=mqtt_bk><input type="text" name="mqtt_pw"></form>
<script>document.getElementById('mqtt_pw').value = "hunter3";</script></body></html>`;

test('a configuration page is known by its fields and shown without their values', () => {
  const { kind, evidence } = judgeConfigPage(PAGE);
  assert.equal(kind, 'device');
  assert.equal(evidence, 'an HTML page "Configure ESP8266 Wifi" with the fields ssid, password, mqtt_bk, mqtt_pw');
});

test('other pages with forms are no configuration page', () => {
  assert.equal(
    judgeConfigPage('<form><input name="user"><input name="password" value="hunter2"></form>').kind,
    'not-a-device',
  );
  assert.equal(judgeConfigPage('ssid mqtt broker').kind, 'not-a-device');
  assert.equal(judgeConfigPage('<form><input name="ssid"></form>').kind, 'not-a-device');
});

test('secrets stay out of the evidence', () => {
  const json = judgeSensors(
    sensors({ wifiPassword: 'hunter2', mqtt_pw: 'hunter2', token: 'hunter2', ssid: 'home' }),
    OURS,
  );
  assert.equal(json.kind, 'device');
  for (const text of [
    json.evidence,
    withoutSecrets('ssid=home&password=hunter2&x=1'),
    withoutSecrets('mqtt_pw: "hunter2 and hunter2"'),
    withoutSecrets('wifi:password=hunter2'),
    withoutSecrets('wifi-pwd-2 = hunter2'),
    withoutSecrets('{"wifiPassword":"hunter2","broken'),
    textEvidence(PAGE.replaceAll('hunter3', 'hunter2')),
  ]) {
    assert.doesNotMatch(text, /hunter2/);
  }
  assert.match(json.evidence, /"ssid":"home"/);
});

test('evidence is one printable line of at most 200 characters', () => {
  const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u2066a\u2028b\r\nc\u0000\ud800';
  const line = evidenceLine(hostile);
  assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  assert.match(line, /c/);
  assert.equal(Array.from(evidenceLine('\u{1f4a9}'.repeat(500))).length, 200);
  assert.ok(evidenceLine('x'.repeat(201)).endsWith('…'));
  assert.equal(evidenceLine('x'.repeat(200)), 'x'.repeat(200));
  const nested = judgeSensors(`{"SYS_Heap":1,"SYS_Time":1,"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, OURS);
  assert.equal(nested.kind, 'device');
});

test('an answer made to keep the search for secrets busy is looked at once, not over and over', () => {
  // Without the anchor at a name's start each of these takes the better part of a second.
  const began = performance.now();
  for (const word of ['pwd', 'pass-', 'secret_pw', '_pw']) textEvidence(word.repeat(2_000));
  assert.ok(performance.now() - began < 1_000);
});
