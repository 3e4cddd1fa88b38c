/** Without a network the sketch becomes an access point, and goes back when the network returns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, type Settings } from '../../src/settings/record.js';
import { ask } from '../support/http-client.js';
import { type Place, SketchBoard } from '../support/sketch-board.js';
import { asker, broker, mqttLines, settingsFor } from '../support/sketch-talk.js';

const LIMIT = { timeout: 60_000 };
const IMPATIENT: Settings = { ...DEFAULT_SETTINGS, wifiTimeoutSeconds: 1 };
const BACK = /^ESP8266 WiFi: the network is back, access point closed\r\n/m;

async function accessPoint(board: SketchBoard, since = 0): Promise<Place> {
  const [address = '', port = ''] = await board.said(
    /^ESP8266 AP IP: (\S+)\r\nESP8266 WebServer Port: (\d+)\r\nESP8266 Mode: Access Point Running\r\n/m,
    since,
  );
  return { address, port: Number(port) };
}

test('web server: access point at boot, station when the network comes, and both again', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: IMPATIENT, faults: ['wifi-gone'] });
  for (let round = 0, mark = 0; round < 2; round++) {
    const open = await accessPoint(board, mark);
    assert.equal((await ask(open, '/config')).status, 200);
    mark = board.mark;
    board.setWifi(true);
    await board.said(BACK, mark);
    const place = await board.serving(mark);
    assert.equal((await ask(place, '/?request=GetSensors')).status, 200);
    mark = board.mark;
    board.setWifi(false);
    await board.said(/^ESP8266 WiFi: connection lost\r\n/m, mark);
  }
  assert.equal(board.starts, 1);
});

test('MQTT over TLS: the access point takes the place of the client, and gives it back', LIMIT, async (t) => {
  const made = await broker(t, { tls: true });
  const board = new SketchBoard(t, { settings: settingsFor(made, { wifiTimeoutSeconds: 1 }) });
  const [rx, tx] = [`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`];
  await board.said(mqttLines(rx, tx));
  const heap = async (): Promise<number> =>
    (JSON.parse(await (await asker(t, made, rx, tx))('GetSensors')) as { SYS_Heap: number }).SYS_Heap;
  const before = await heap();
  let open: Place | null = null;
  for (let round = 0; round < 3; round++) {
    let mark = board.mark;
    board.setWifi(false);
    open = await accessPoint(board, mark);
    assert.match((await ask(open, '/config')).body, /name=mqtt checked/);
    mark = board.mark;
    board.setWifi(true);
    await board.said(BACK, mark);
    await board.said(mqttLines(rx, tx), mark);
    assert.doesNotMatch(board.heard.text.slice(mark), /Mode: Web Server/);
  }
  await assert.rejects(ask(open ?? { address: '', port: 0 }, '/'), { code: 'ECONNREFUSED' });
  assert.equal(await heap(), before, 'nothing is left behind');
  assert.equal(board.starts, 1);
});

test('a network that is away for less than the timeout: no access point', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: { ...DEFAULT_SETTINGS, wifiTimeoutSeconds: 30 } });
  const place = await board.serving();
  board.setWifi(false);
  await board.said(/^ESP8266 WiFi: connection lost\r\n/m);
  board.setWifi(true);
  await board.said(/^ESP8266 WiFi: connected again/m);
  assert.equal((await ask(place, '/')).status, 200);
  assert.doesNotMatch(board.heard.text, /Access Point/);
});
