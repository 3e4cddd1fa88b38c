/** The optional password: for the configuration page and for every request that changes the board. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, decodeSettings, encodeSettings, type Settings } from '../../src/settings/record.js';
import { ask } from '../support/http-client.js';
import { type Place, SketchBoard } from '../support/sketch-board.js';
import { asker, broker, mqttLines, settingsFor, typing } from '../support/sketch-talk.js';

const LIMIT = { timeout: 60_000 };
const PASSWORD = 'Schlüssel & 100%';
const GUARDED: Settings = { ...DEFAULT_SETTINGS, configPassword: PASSWORD };
const CHANGES = ['LedOn', 'LedOff', 'BlinkLed&nblink=1', 'MqttSslOn', 'HttpOn'];

interface Answer {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: string;
}

/** As a browser: user and password in the header, where they are known. */
async function browse(
  { address, port }: Place,
  login: string | null,
  form: Readonly<Record<string, string>> | null = null,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`http://${address}:${port}/config`, {
    method: form === null ? 'GET' : 'POST',
    ...(form === null ? {} : { body: new URLSearchParams(form) }),
    headers: {
      ...headers,
      ...(login === null ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
    },
  });
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    body: await response.text(),
  };
}

test('/config wants user admin and the password, to look and to SAVE', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: GUARDED });
  const place = await board.serving();
  const form = { action: 'SAVE', ssid: 'mine now' };
  for (const login of [null, '', 'admin', 'admin:', 'admin:wrong', `root:${PASSWORD}`, `admin:${PASSWORD} `]) {
    for (const posted of [null, form, { action: 'RESET' }]) {
      const { status, challenge, body } = await browse(place, login, posted);
      assert.equal(status, 401, `${login}`);
      assert.match(challenge ?? '', /^Basic realm=".+"$/);
      assert.doesNotMatch(body, /ssid/);
    }
  }
  assert.deepEqual(board.sector, encodeSettings(GUARDED));
  const right = `admin:${PASSWORD}`;
  const page = await browse(place, right);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.body, /Schl/);
  assert.equal((await browse(place, right, form)).status, 200);
  assert.deepEqual(decodeSettings(board.sector), { ...GUARDED, ssid: 'mine now' });
  assert.doesNotMatch(board.heard.text, /Schl/);
  assert.equal(board.starts, 1);
});

test('a page of another site cannot post the form, even from a browser that knows the password', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: GUARDED });
  const place = await board.serving();
  const login = `admin:${PASSWORD}`;
  const form = { action: 'SAVE', ssid: 'x' };
  for (const origin of ['http://evil.example', 'null', `https://${place.address}:${place.port}`]) {
    assert.equal((await browse(place, login, form, { origin })).status, 403, origin);
  }
  assert.deepEqual(board.sector, encodeSettings(GUARDED));
  const own = `http://${place.address}:${place.port}`;
  assert.equal((await browse(place, login, form, { origin: own })).status, 200);
});

test('requests over HTTP: reading is free, changing wants the password', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: GUARDED });
  const place = await board.serving();
  const right = encodeURIComponent(PASSWORD);
  assert.equal((await ask(place, '/')).status, 200);
  assert.equal((await ask(place, '/?request=GetSensors')).status, 200);
  for (const request of CHANGES) {
    for (const given of ['', '&password=', '&password=wrong', `&password=${right}x`, `&password=${'x'.repeat(200)}`]) {
      const { status, body } = await ask(place, `/?request=${request}${given}`);
      assert.equal(status, 403, request + given);
      assert.match(body, /^\{"request":"\w+","error":"the password is missing or wrong"\}$/);
    }
  }
  assert.equal((await ask(place, '/?request=Nothing')).status, 400);
  const on = await ask(place, `/?request=LedOn&password=${right}`);
  assert.deepEqual([on.status, on.body], [200, '{"request":"LedOn","LED":"on"}']);
  const mqtt = await ask(place, `/?request=MqttSslOn&password=${right}`);
  assert.equal(mqtt.body, '{"request":"MqttSslOn","error":"no broker is stored"}');
  assert.equal(board.starts, 1);
});

test('the serial line needs none', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: GUARDED });
  await board.serving();
  assert.equal(await typing(board)('LedOn'), '{"request":"LedOn","LED":"on"}');
});

test('requests over MQTT: the same', LIMIT, async (t) => {
  const made = await broker(t, { tls: false });
  const board = new SketchBoard(t, { settings: settingsFor(made, { configPassword: PASSWORD }) });
  const [rx, tx] = [`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`];
  await board.said(mqttLines(rx, tx));
  const send = await asker(t, made, rx, tx);
  assert.match(await send('/?request=GetSensors'), /SYS_Heap/);
  for (const request of CHANGES) {
    assert.match(await send(`/?request=${request}`), /"error":"the password is missing or wrong"/);
    assert.match(await send(`/?request=${request}&password=wrong`), /"error":"the password is missing or wrong"/);
  }
  const right = encodeURIComponent(PASSWORD);
  assert.equal(await send(`/?request=LedOn&password=${right}`), '{"request":"LedOn","LED":"on"}');
  assert.equal(await send(`/?password=${right}&request=LedOn`), 'Invalid Request', 'the name comes first');
  const mark = board.mark;
  assert.equal(await send(`/?request=HttpOn&password=${right}`), '{"request":"HttpOn","restart":true}');
  await board.serving(mark);
});

test('a password too short for the access point is refused; a stored one can be cleared', LIMIT, async (t) => {
  const board = new SketchBoard(t);
  const place = await board.serving();
  const refused = await ask(place, '/config', { action: 'SAVE', configPassword: '1234567' });
  assert.equal(refused.status, 400);
  assert.match(refused.body, /Not saved: Password of user admin is not valid\./);
  assert.equal((await ask(place, '/config', { action: 'SAVE', configPassword: PASSWORD })).status, 200);
  assert.equal(decodeSettings(board.sector)?.configPassword, PASSWORD);
  assert.equal((await browse(place, null)).status, 401, 'it holds at once');
  const cleared = await browse(place, `admin:${PASSWORD}`, { action: 'SAVE', configPassword_clear: 'on' });
  assert.equal(cleared.status, 200);
  assert.equal((await browse(place, null)).status, 200);
});
