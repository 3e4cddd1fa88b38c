/** What the sketch does around TLS: time, heap, the choice not to check. The protocol itself is BearSSL's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBroker } from '../../src/sim/broker.js';
import { SketchBoard } from '../support/sketch-board.js';
import { asker, broker, mqttLines, settingsFor } from '../support/sketch-talk.js';

const LIMIT = { timeout: 90_000 };
const HEAP = /^ESP8266 TLS Heap: before=(\d+) during=(\d+) after=(\d+) block=\d+ record=(\d+) ms=\d+\r\n/m;
const WARNING = /^ESP8266 Warning: certificates are not checked, anyone can pose as the broker\r\n/gm;

test(
  'the heap around the first handshake is printed once, with small records; reconnects are counted',
  LIMIT,
  async (t) => {
    const made = await broker(t, { tls: true });
    const board = new SketchBoard(t, { settings: settingsFor(made, { telemetrySeconds: 1 }) });
    const [before = 0, during = 0, after = 0, record] = (await board.said(HEAP)).map(Number);
    assert.ok(during <= after && after < before && during > 15_000, `${before} ${during} ${after}`);
    assert.equal(record, 512);
    t.diagnostic(`free heap ${before} before the handshake, ${during} at least during it, ${after} after it`);
    await board.said(mqttLines(`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`));
    const mark = board.mark;
    board.setWifi(false);
    await board.said(/^ESP8266 WiFi: connection lost\r\n/m, mark);
    board.setWifi(true);
    await board.said(/^ESP8266 MQTT: subscribed again\r\n/m, mark);
    await board.said(/^ESP8266 Telemetry: .* wifi=1 mqtt=1\r\n/m, mark);
    assert.equal(board.heard.text.match(new RegExp(HEAP, 'gm'))?.length, 1);
    assert.doesNotMatch(board.heard.text, WARNING);
  },
);

test('certificates unchecked only by stored choice, and every boot says so', LIMIT, async (t) => {
  const made = await broker(t, { tls: true });
  const board = new SketchBoard(t, { settings: settingsFor(made, { tlsInsecure: true, caDer: new Uint8Array(0) }) });
  const lines = mqttLines(`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`);
  await board.said(lines);
  const mark = board.mark;
  board.board.pressReset();
  await board.said(lines, mark);
  assert.equal(board.heard.text.match(WARNING)?.length, 2);
});

test(
  'a broker with a certificate of another CA where the old one was: refused with the reason, no reset',
  LIMIT,
  async (t) => {
    const first = await startBroker({ tls: true });
    const board = new SketchBoard(t, { settings: settingsFor(first) });
    await board.said(mqttLines(`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`));
    await first.close();
    await board.said(/^ESP8266 MQTT: connection lost/m);
    const foreign = await startBroker({ tls: true, port: first.port });
    await board.said(
      /^ESP8266 MQTT: connect failed, state -2, TLS: Chain could not be linked to a trust anchor\./m,
      board.mark,
    );
    await foreign.close();
    assert.equal(board.starts, 1);
  },
);

test('no NTP: judged at the date of the program, then, after a reset, at the last time known', LIMIT, async (t) => {
  const made = await broker(t, { tls: true });
  const board = new SketchBoard(t, { settings: settingsFor(made), faults: ['no-ntp'] });
  const [date = ''] = await board.said(
    /^ESP8266 Time: no answer from NTP, certificates are judged at (\S+), the date of this program\r\n/m,
  );
  assert.ok(Date.parse(date) < Date.now(), 'the certificate was made today');
  await board.said(/^ESP8266 MQTT: connect failed, state -2, TLS: Certificate is expired or not yet valid\./m);
  board.setNtp(true);
  await board.said(/^ESP8266 Time: \d{4}-\S+Z\r\n/m);
  const lines = mqttLines(`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`);
  await board.said(lines);
  const mark = board.mark;
  board.board.pressReset();
  const [known = ''] = await board.said(
    /^ESP8266 Time: no answer from NTP, certificates are judged at (\S+), the last time known\r\n/m,
    mark,
  );
  assert.ok(Math.abs(Date.parse(known) - Date.now()) < 60_000);
  await board.said(lines, mark);
  const send = await asker(t, made, `mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`);
  assert.match(await send('GetSensors'), /"SYS_Time":"up 0d /);
});
