import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import { DEFAULT_SETTINGS, decodeSettings, type Settings } from '../../src/settings/record.js';
import { type Broker, type BrokerOptions, startBroker } from '../../src/sim/broker.js';
import { ask } from '../support/http-client.js';
import { impatient, SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 60_000 };
const UNKNOWN = 'Invalid Request';

async function broker(t: TestContext, options: BrokerOptions): Promise<Broker> {
  const started = await startBroker(options);
  t.after(() => started.close());
  return started;
}

/** Settings with which the board reaches this broker. */
function settingsFor(made: Broker, change: Partial<Settings> = {}): Settings {
  return {
    ...DEFAULT_SETTINGS,
    mqttEnabled: true,
    tlsEnabled: made.caDer !== null,
    brokerHost: made.host,
    mqttPort: made.port,
    mqttUser: made.user?.username ?? '',
    mqttPassword: made.user?.password ?? '',
    caDer: made.caDer ?? new Uint8Array(0),
    ...change,
  };
}

/** Somebody else at the broker, who asks the board through its topics. */
async function asker(
  t: TestContext,
  made: Broker,
  rx: string,
  tx: string,
): Promise<(request: string) => Promise<string>> {
  const client: MqttClient = await connectAsync(made.url, {
    reconnectPeriod: 0,
    ...(made.caPem === null ? {} : { ca: made.caPem }),
    ...(made.user === null ? {} : made.user),
  });
  t.after(() => client.endAsync(true));
  await client.subscribeAsync(tx);
  return async (request) => {
    const answered = new Promise<string>((resolve, reject) => {
      client.once('message', (_topic, payload) => resolve(payload.toString()));
      t.signal.addEventListener('abort', () => reject(new Error(`${request} was never answered`)));
    });
    await client.publishAsync(rx, request);
    return await answered;
  };
}

function mqttLines(rx: string, tx: string): RegExp {
  return new RegExp(`^MQTT Rx Topic: ${rx}\r\nMQTT Tx Topic: ${tx}\r\nESP8266 Mode: MQTT Client Running\r\n`, 'm');
}

/** Every request, asked in one of the three ways; the LED is watched at its pin. */
async function askEverything(board: SketchBoard, send: (request: string) => Promise<string>): Promise<void> {
  const sensors = JSON.parse(await send('GetSensors')) as Record<string, unknown>;
  assert.deepEqual(Object.keys(sensors), [
    'SYS_Heap',
    'SYS_Time',
    'SYS_Uptime',
    'SYS_MAC',
    'SYS_ChipId',
    'SYS_Rssi',
    'A0',
    'LED',
  ]);
  assert.equal(sensors['SYS_MAC'], board.mac);
  assert.equal(sensors['SYS_ChipId'], board.mac12.slice(6));
  assert.ok(Number(sensors['SYS_Heap']) > 20_000);

  let since = board.log.length;
  assert.equal(await send('LedOn'), '{"request":"LedOn","LED":"on"}');
  await board.logged('gpio2 = 0', since);
  assert.equal((JSON.parse(await send('GetSensors')) as { LED: string }).LED, 'on');
  since = board.log.length;
  assert.equal(await send('LedOff'), '{"request":"LedOff","LED":"off"}');
  await board.logged('gpio2 = 1', since);
  since = board.log.length;
  assert.equal(await send('BlinkLed&nblink=1'), '{"request":"BlinkLed","nblink":1}');
  await board.logged('gpio2 = 0', since);
  await board.logged('gpio2 = 1', since);
  assert.equal(await send('BlinkLed'), '{"request":"BlinkLed","nblink":1}');
  assert.equal(await send('BlinkLed&nblink=9999'), '{"request":"BlinkLed","nblink":50}');
  assert.equal(await send('BlinkLed&nblink=0'), '{"request":"BlinkLed","nblink":0}');
  for (const request of ['Nothing', 'getsensors', 'GetSensorsX', 'x'.repeat(60), 'LedOn LedOff&'.repeat(3)]) {
    assert.equal(await send(request), request.startsWith('LedOn ') ? '{"request":"LedOn","LED":"on"}' : UNKNOWN);
  }
  assert.equal(board.starts, 1);
}

/** Types a line and takes the line that comes back. */
function typing(board: SketchBoard): (request: string) => Promise<string> {
  return async (request) => {
    const mark = board.mark;
    await board.type(`${request}\n`);
    const [answer = ''] = await board.said(/^(\{.*\}|Invalid Request)\r\n/m, mark);
    return answer;
  };
}

test('web server: the contract lines, and every request over HTTP', LIMIT, async (t) => {
  const board = new SketchBoard(t);
  const place = await board.serving();
  assert.match(
    board.heard.text,
    /\r\nESP8266 IP: 127\.\d+\.\d+\.\d+\r\nESP8266 WebServer Port: 9705\r\nESP8266 Mode: Web Server Running - Type = SDK API\r\n$/,
  );
  await askEverything(board, async (request) => {
    const { status, type, body } = await ask(place, `/?request=${request.replaceAll(' ', '%20')}`);
    assert.equal(status, body === UNKNOWN ? 400 : 200);
    assert.equal(type, body === UNKNOWN ? 'text/plain' : 'application/json');
    return body;
  });
});

test('web server: every request on the serial line', LIMIT, async (t) => {
  const board = new SketchBoard(t);
  await board.serving();
  await askEverything(board, typing(board));
  const send = typing(board);
  assert.equal(await send('/?request=LedOff\r'), '{"request":"LedOff","LED":"off"}');
  assert.equal(await send('z'.repeat(200)), UNKNOWN, 'a line that is too long is no request');
});

test('MQTT over TLS: the contract lines, every request over MQTT, no web server', LIMIT, async (t) => {
  const made = await broker(t, { tls: true, users: 'random' });
  const board = new SketchBoard(t, { settings: settingsFor(made) });
  const [rx, tx] = [`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`];
  const [address = ''] = await board.said(/^ESP8266 IP: (\S+)\r\n/m);
  await board.said(mqttLines(rx, tx));
  assert.doesNotMatch(board.heard.text, /Web ?Server/);
  const send = await asker(t, made, rx, tx);
  await askEverything(board, (request) => send(`/?request=${request}`));
  assert.equal(await send('LedOff'), '{"request":"LedOff","LED":"off"}');
  assert.equal(await send('A'.repeat(400)), UNKNOWN);
  assert.equal(await send('\0\xff'), UNKNOWN);
  await assert.rejects(ask({ address, port: 9705 }, '/'), { code: 'ECONNREFUSED' });
});

test('MQTT without TLS: the web server runs beside it, with topics of its own choice', LIMIT, async (t) => {
  const made = await broker(t, { tls: false });
  const settings = settingsFor(made, { clientId: 'bench-9', rxTopic: 'lab/9/in', txTopic: 'lab/9/out' });
  const board = new SketchBoard(t, { settings });
  const place = await board.serving();
  await board.said(mqttLines('lab/9/in', 'lab/9/out'));
  const send = await asker(t, made, 'lab/9/in', 'lab/9/out');
  assert.equal(await send('/?request=LedOn'), '{"request":"LedOn","LED":"on"}');
  const over = await ask(place, '/?request=GetSensors');
  assert.equal((JSON.parse(over.body) as { LED: string }).LED, 'on');
  assert.equal(await send('/?request=MqttSslOn'), '{"request":"MqttSslOn","error":"no CA certificate is stored"}');
  assert.equal(board.starts, 1);
});

test('switching: to MQTT over HTTP, back over MQTT, and both on the serial line', LIMIT, async (t) => {
  const made = await broker(t, { tls: true, users: 'random' });
  const settings = settingsFor(made, { mqttEnabled: false });
  const board = new SketchBoard(t, { settings });
  const place = await board.serving();
  const [rx, tx] = [`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`];

  let mark = board.mark;
  const answer = await ask(place, '/?request=MqttSslOn');
  assert.deepEqual([answer.status, answer.body], [200, '{"request":"MqttSslOn","restart":true}']);
  await board.said(mqttLines(rx, tx), mark);
  assert.match(
    board.heard.text.slice(mark),
    /^ESP8266 Restart: requested\r\n[\s\S]*ESP8266 Reset Reason: Software\/System restart\r\n/,
  );
  assert.deepEqual(decodeSettings(board.sector), { ...settings, mqttEnabled: true, tlsEnabled: true });

  mark = board.mark;
  const send = await asker(t, made, rx, tx);
  assert.equal(await send('/?request=HttpOn'), '{"request":"HttpOn","restart":true}');
  await board.serving(mark);
  assert.deepEqual(decodeSettings(board.sector), { ...settings, mqttEnabled: false, tlsEnabled: true });

  mark = board.mark;
  assert.equal(await typing(board)('MqttSslOn'), '{"request":"MqttSslOn","restart":true}');
  await board.said(mqttLines(rx, tx), mark);
  mark = board.mark;
  assert.equal(await typing(board)('HttpOn'), '{"request":"HttpOn","restart":true}');
  await board.serving(mark);
  assert.equal(board.starts, 5);
});

test('a switch that cannot work is refused with the reason, and nothing is stored', LIMIT, async (t) => {
  for (const [settings, error] of [
    [DEFAULT_SETTINGS, 'no broker is stored'],
    [{ ...DEFAULT_SETTINGS, brokerHost: 'localhost' }, 'no CA certificate is stored'],
  ] as const) {
    const board = new SketchBoard(t, { settings });
    const before = board.sector;
    const place = await board.serving();
    const { body } = await ask(place, '/?request=MqttSslOn');
    assert.equal(body, `{"request":"MqttSslOn","error":"${error}"}`);
    assert.equal(await typing(board)('MqttSslOn'), body);
    // A restart would come 0.5 s later at most: the board blinks that long.
    const since = board.log.length;
    await ask(place, '/?request=BlinkLed&nblink=3');
    for (let blinks = 0, at = since; blinks < 3; blinks++) {
      await board.logged('gpio2 = 0', at);
      at = board.log.indexOf('gpio2 = 0', at) + 1;
    }
    assert.deepEqual(board.sector, before);
    assert.equal(board.starts, 1);
  }
});

test('settings in which MQTT cannot work: the web server stays, and a line says why', LIMIT, async (t) => {
  for (const [change, line] of [
    [{ tlsEnabled: true }, 'MQTT is on but no broker is stored, web server only'],
    [{ tlsEnabled: true, brokerHost: 'localhost' }, 'TLS is on but no CA certificate is stored, web server only'],
  ] as const) {
    const board = new SketchBoard(t, { settings: { ...DEFAULT_SETTINGS, mqttEnabled: true, ...change } });
    await board.serving();
    assert.match(board.heard.text, new RegExp(`^ESP8266 Settings: ${line}\r\n`, 'm'));
  }
});

test('a broker that must not be trusted: the reason, the next try, no reset, requests still answered', {
  ...LIMIT,
  concurrency: true,
}, async (t) => {
  const made = await broker(t, { tls: true });
  const other = await broker(t, { tls: true });
  const garbled = Uint8Array.from(made.caDer ?? []).fill(0, 20, 60);
  const name = 'TLS: Expected server name was not found in the chain.';
  const trust = 'TLS: Chain could not be linked to a trust anchor.';
  const cases: readonly (readonly [what: string, change: Partial<Settings>, reason: string])[] = [
    ['another CA', { caDer: other.caDer ?? new Uint8Array(0) }, trust],
    ['an address in place of a name', { brokerHost: '127.0.0.1' }, name],
    ['a name that is not in the certificate', { brokerHost: 'other.localhost' }, name],
    ['a CA that is no certificate', { caDer: garbled }, trust],
  ];
  const told = cases.map(([what, change, reason]) =>
    t.test(what, LIMIT, async (t) => {
      const board = new SketchBoard(t, { settings: settingsFor(made, change) });
      for (const seconds of [1, 2]) {
        await board.said(
          new RegExp(`^ESP8266 MQTT: connect failed, state -2, ${reason}, next try in ${seconds} s\r\n`, 'm'),
        );
      }
      assert.match(await typing(board)('GetSensors'), /"SYS_Heap":\d+/);
      assert.doesNotMatch(board.heard.text, /ESP8266 Mode/);
      assert.equal(board.starts, 1);
    }),
  );
  await Promise.all(told);
});

test('a broker that refuses the password, and one that is not there', LIMIT, async (t) => {
  const made = await broker(t, { tls: true, users: 'random' });
  const board = new SketchBoard(t, { settings: settingsFor(made, { mqttPassword: 'wrong' }) });
  await board.said(/^ESP8266 MQTT: connect failed, state 4, next try in 1 s\r\n/m);
  assert.equal(board.starts, 1);

  const gone = await startBroker({ tls: true });
  await gone.close();
  const alone = new SketchBoard(t, { settings: settingsFor(gone) });
  await alone.said(/^ESP8266 MQTT: connect failed, state -2, next try in 1 s\r\n/m);
  // Without MQTT the way back is the serial line.
  const mark = alone.mark;
  assert.equal(await typing(alone)('HttpOn'), '{"request":"HttpOn","restart":true}');
  await alone.serving(mark);
});

test('the broker goes away and comes back: the board connects again without a reset', LIMIT, async (t) => {
  const made = await startBroker({ tls: false });
  const board = new SketchBoard(t, { settings: settingsFor(made) });
  const [rx, tx] = [`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`];
  await board.said(mqttLines(rx, tx));
  await made.close();
  await board.said(/^ESP8266 MQTT: connection lost, state -?\d+\r\n/m);
  const again = await broker(t, { tls: false, port: made.port });
  await board.said(/^ESP8266 MQTT: subscribed again\r\n/m);
  const send = await asker(t, again, rx, tx);
  assert.equal(await send('/?request=LedOn'), '{"request":"LedOn","LED":"on"}');
  assert.equal(board.starts, 1);
});

test('Wi-Fi lost and found again: said so, the web server answers again, no reset', LIMIT, async (t) => {
  const board = new SketchBoard(t);
  const place = await board.serving();
  board.setWifi(false);
  await board.said(/^ESP8266 WiFi: connection lost\r\n/m);
  board.setWifi(true);
  await board.said(/^ESP8266 WiFi: connected again, IP 127\.\d+\.\d+\.\d+\r\n/m);
  assert.equal((await ask(place, '/?request=LedOn')).status, 200);
  assert.equal(board.starts, 1);
});

test('no network: an access point with the web server, and its contract lines', LIMIT, async (t) => {
  const board = new SketchBoard(t, { faults: ['wifi-gone'], startProgram: impatient });
  await board.said(/^ESP8266 Mode: Access Point Running\r\n/m);
  const [address = '', port = ''] = await board.said(
    /^ESP8266 WiFi: no network within 20 s\r\nESP8266 AP IP: (\S+)\r\nESP8266 WebServer Port: (\d+)\r\nESP8266 Mode: Access Point Running\r\n/m,
  );
  assert.doesNotMatch(board.heard.text, /^ESP8266 IP:|Mode: Web Server/m);
  const { status, body } = await ask({ address, port: Number(port) }, '/?request=GetSensors');
  assert.equal(status, 200);
  assert.equal((JSON.parse(body) as { SYS_MAC: string }).SYS_MAC, board.mac);
  assert.match(await typing(board)('LedOn'), /"LED":"on"/);
});

test('no network in MQTT mode: the access point is the way to the settings', LIMIT, async (t) => {
  const made = await broker(t, { tls: true });
  const board = new SketchBoard(t, { settings: settingsFor(made), faults: ['wifi-gone'], startProgram: impatient });
  const [address = ''] = await board.said(/^ESP8266 AP IP: (\S+)\r\n/m);
  await board.said(/^ESP8266 Mode: Access Point Running\r\n/m);
  assert.match((await ask({ address, port: 9705 }, '/config')).body, /name=mqtt checked/);
});
