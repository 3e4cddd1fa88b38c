import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, decodeSettings, type Settings } from '../../src/settings/record.js';
import { ask, sendRaw } from '../support/http-client.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 60_000 };

/** Longest text of each field, in bytes. */
const LIMITS = {
  ssid: 32,
  wifiPassword: 64,
  brokerHost: 64,
  mqttUser: 32,
  mqttPassword: 64,
  clientId: 32,
  rxTopic: 64,
  txTopic: 64,
} as const;

const SECRETS = { wifiPassword: 'Wifi-Geheim-77', mqttPassword: 'Mqtt-Geheim-88' } as const;

test('the pages: a summary, the form with SAVE and RESET, 404 and no reset for anything else', LIMIT, async (t) => {
  const board = new SketchBoard(t);
  const place = await board.serving();
  const root = await ask(place, '/');
  assert.equal(root.status, 200);
  assert.match(root.body, new RegExp(`^ESP8266 ${board.mac}\nSYS_Time: .+\nSYS_Heap: \\d+\n`));
  const page = await ask(place, '/config');
  assert.deepEqual([page.status, page.type], [200, 'text/html; charset=utf-8']);
  assert.match(page.body, /^<!DOCTYPE html>[\s\S]*<form method=post action=\/config[\s\S]*<\/html>$/);
  assert.match(
    page.body,
    /<button name=action value=SAVE>SAVE<\/button><button name=action value=RESET formnovalidate>RESET</,
  );
  for (const [name, most] of Object.entries(LIMITS)) {
    assert.match(page.body, new RegExp(`<input name=${name} maxlength=${most} `), name);
  }
  for (const path of ['/nothing', '/config/', '/CONFIG', '/config.html', '/../config', '/favicon.ico']) {
    assert.equal((await ask(place, path)).status, 404, path);
  }
  assert.equal((await ask(place, '/config', { action: 'FORMAT' })).status, 400);
  assert.equal((await ask(place, '/config', {})).status, 400);
  assert.equal(board.starts, 1);
});

test('a text one byte too long is refused with the field named, and nothing is stored', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: DEFAULT_SETTINGS });
  const place = await board.serving();
  const before = board.sector;
  const labels = {
    ssid: 'Wi-Fi name',
    wifiPassword: 'Wi-Fi password',
    brokerHost: 'Broker host',
    mqttUser: 'MQTT user',
    mqttPassword: 'MQTT password',
    clientId: 'MQTT client id',
    rxTopic: 'MQTT Rx topic',
    txTopic: 'MQTT Tx topic',
  } as const;
  const refused = async (form: Record<string, string>, label: string): Promise<void> => {
    const { status, body } = await ask(place, '/config', { action: 'SAVE', ...form });
    assert.equal(status, 400, JSON.stringify(form));
    assert.match(body, new RegExp(`<strong>Not saved: ${label}`));
    assert.deepEqual(board.sector, before, JSON.stringify(form));
  };
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[]) {
    await refused({ [name]: 'a'.repeat(LIMITS[name] + 1) }, labels[name]);
    await refused({ [name]: `${'ü'.repeat(LIMITS[name] / 2)}x` }, labels[name]);
    await refused({ [name]: 'two\nlines' }, labels[name]);
    await refused({ [name]: 'nul\0byte' }, labels[name]);
    await refused({ [name]: '\u007f' }, labels[name]);
  }
  for (const name of ['rxTopic', 'txTopic'] as const) {
    await refused({ [name]: 'all/#' }, labels[name]);
    await refused({ [name]: '+/one' }, labels[name]);
  }
  for (const value of ['', '0', '65536', '99999999', '-1', '1e3', '0x50', ' 80', '80a']) {
    await refused({ httpPort: value }, 'HTTP port');
    await refused({ mqttPort: value }, 'Broker port');
  }
  for (const value of ['', '0', '1', '115201', '4294967296']) await refused({ serialBaud: value }, 'Serial speed');
  for (const value of ['', '1.2.3', '1.2.3.256', '1.2.3.4.5', 'a.b.c.d', '1.2.3.4 ', '....']) {
    await refused({ ip: value }, 'IP address');
  }
  await refused({ mqtt: 'on' }, 'MQTT needs a broker host');
  await refused({ mqtt: 'on', tls: 'on', brokerHost: 'localhost' }, 'TLS needs a stored CA certificate');
  assert.equal(board.starts, 1);
});

test('what is stored is escaped in the page, and stays itself', LIMIT, async (t) => {
  const nasty = `'><b x="1">&amp;`;
  const settings: Settings = { ...DEFAULT_SETTINGS, ssid: nasty, brokerHost: '<script>alert(1)</script>' };
  const board = new SketchBoard(t, { settings });
  const place = await board.serving();
  const { body } = await ask(place, '/config');
  assert.ok(body.includes(`<input name=ssid maxlength=32 value='&#39;&gt;&lt;b x=&quot;1&quot;&gt;&amp;amp;'>`));
  assert.ok(body.includes(`value='&lt;script&gt;alert(1)&lt;/script&gt;'`));
  assert.doesNotMatch(body, /<script|<b /);
  assert.equal((await ask(place, '/config', { action: 'SAVE', ssid: nasty })).status, 200);
  assert.deepEqual(decodeSettings(board.sector), settings);
  const missing = await ask(place, '/%3Cscript%3Ealert(1)');
  assert.equal(missing.status, 404);
  assert.equal(missing.type, 'text/plain', 'no page that a browser would run');
});

test('passwords are never sent back; an empty field keeps them, the box clears them', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: { ...DEFAULT_SETTINGS, ...SECRETS } });
  const place = await board.serving();
  const answers = [
    await ask(place, '/config'),
    await ask(place, '/'),
    await ask(place, '/?request=GetSensors'),
    await ask(place, '/config', { action: 'SAVE', ssid: 'home', wifiPassword: '', mqttPassword: '' }),
    await ask(place, '/config', { action: 'SAVE', ssid: 'x'.repeat(33), wifiPassword: 'Typed-Geheim-99' }),
    await ask(place, '/config'),
  ];
  for (const { body } of answers) assert.doesNotMatch(body, /Geheim/);
  assert.match(
    answers[0]?.body ?? '',
    /<input name=wifiPassword maxlength=64 type=password autocomplete=new-password placeholder='stored'>/,
  );
  assert.deepEqual(decodeSettings(board.sector), { ...DEFAULT_SETTINGS, ...SECRETS, ssid: 'home' });
  assert.doesNotMatch(board.heard.text, /Geheim/);

  await ask(place, '/config', { action: 'SAVE', wifiPassword_clear: 'on', mqttPassword: 'new' });
  assert.deepEqual(decodeSettings(board.sector), {
    ...DEFAULT_SETTINGS,
    ssid: 'home',
    wifiPassword: '',
    mqttPassword: 'new',
  });
  assert.match((await ask(place, '/config')).body, /<input name=wifiPassword [^>]*placeholder='none'>/);
  assert.equal(board.starts, 1);
});

test('many at once: every one of 120 gets its own whole answer, and the heap is what it was', LIMIT, async (t) => {
  const board = new SketchBoard(t);
  const place = await board.serving();
  const heap = async (): Promise<number> =>
    (JSON.parse((await ask(place, '/?request=GetSensors')).body) as { SYS_Heap: number }).SYS_Heap;
  const before = await heap();
  const paths = ['/?request=GetSensors', '/config', '/', '/?request=Nothing'];
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(place, paths[i % 4] ?? '/')));
    for (const [i, { status, body }] of answers.entries()) {
      assert.equal(status, i % 4 === 3 ? 400 : 200);
      assert.match(body, [/^\{.*\}$/, /<\/html>$/, /\/config: settings\n$/, /^Invalid Request$/][i % 4] ?? /^$/);
    }
  }
  assert.equal(await heap(), before);
  assert.equal(board.starts, 1);
});

const head = 'GET /?request=GetSensors HTTP/1.1\r\nHost: board\r\n';
const malformed: readonly (readonly [what: string, bytes: string | Uint8Array, status: RegExp])[] = [
  ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['every byte there is', Uint8Array.from({ length: 256 }, (_, i) => 255 - i), /^HTTP\/1\.0 400 /],
  ['a method that is none', 'BREW / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['no path', 'GET\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a proxy request', 'GET http://example.org/ HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a path without end', `GET /${'a'.repeat(5000)}`, /^HTTP\/1\.1 414 /],
  ['a header without end', `${head}X: ${'a'.repeat(5000)}`, /^HTTP\/1\.1 431 /],
  ['too many headers', `${head}${'X: y\r\n'.repeat(200)}\r\n`, /^HTTP\/1\.1 431 /],
  ['a body that is too large', 'POST /config HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n', /^HTTP\/1\.1 413 /],
  ['a length below zero', 'POST /config HTTP/1.1\r\nContent-Length: -5\r\n\r\n', /^HTTP\/1\.1 413 /],
  ['an endless length', `POST /config HTTP/1.1\r\nContent-Length: ${'9'.repeat(40)}\r\n\r\n`, /^HTTP\/1\.1 413 /],
  ['header lines without a colon', `${head}nonsense\r\n:\r\n\r\n`, /^HTTP\/1\.1 200 /],
  ['bad escapes', 'GET /?request=%&%zz=%f&&&=&%00=%00 HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['many arguments', `GET /?${'a=b&'.repeat(200)}request=GetSensors HTTP/1.1\r\n\r\n`, /^HTTP\/1\.1 (200|400) /],
  ['a number that is none', 'GET /?request=BlinkLed&nblink=zz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 200 /],
  ['a huge number', `GET /?request=BlinkLed&nblink=${'9'.repeat(99)} HTTP/1.1\r\n\r\n`, /^HTTP\/1\.1 200 /],
  ['bare line feeds', 'GET /?request=GetSensors HTTP/1.1\n\n', /^HTTP\/1\.1 200 /],
  ['HTTP/1.0', 'GET /?request=GetSensors HTTP/1.0\r\n\r\n', /^HTTP\/1\.0 200 /],
  ['HEAD', 'HEAD / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/],
];

test('malformed requests: an answer where one is due, never a reset, and the next one is served', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: DEFAULT_SETTINGS });
  const before = board.sector;
  const place = await board.serving();
  for (const [what, bytes, status] of malformed) {
    assert.match(await sendRaw(place, bytes), status, what);
    assert.equal((await ask(place, '/?request=GetSensors')).status, 200, `after ${what}`);
  }
  for (const bytes of ['', 'GET', head, 'POST /config HTTP/1.1\r\nContent-Length: 500\r\n\r\naction=SA']) {
    await sendRaw(place, bytes, true);
    assert.equal((await ask(place, '/?request=GetSensors')).status, 200, `after a hang-up behind ${bytes}`);
  }
  assert.deepEqual(board.sector, before);
  assert.equal(board.starts, 1);
});
