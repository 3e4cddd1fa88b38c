/** What the sketch says of itself: why it started, its heap, the telemetry. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootLog } from '../../src/bootlog/bootlog.js';
import { DEFAULT_SETTINGS, type Settings } from '../../src/settings/record.js';
import { ask } from '../support/http-client.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 30_000 };
const EVERY_SECOND: Settings = { ...DEFAULT_SETTINGS, telemetrySeconds: 1 };

/** The numbers that `bootlog/` finds in what was printed. */
function numbersIn(text: string): Record<string, number> {
  const log = new BootLog();
  const numbers: Record<string, number> = {};
  let t = 0;
  for (const line of text.split('\n')) {
    const facts = log.push({ t: t++, baud: 115_200, bytes: Buffer.from(line, 'latin1'), ended: true });
    for (const fact of facts) if (fact.type === 'telemetry') Object.assign(numbers, fact.values);
  }
  return numbers;
}

test('boot: the reason, the count, the heap; the count lives as long as the power', LIMIT, async (t) => {
  const board = new SketchBoard(t);
  let mark = 0;
  const boots: [reason: string, count: number, next: () => void][] = [
    ['Power On', 1, () => board.board.pressReset()],
    ['External System', 2, () => board.board.pressReset()],
    ['External System', 3, () => board.board.powerOn()],
    ['Power On', 1, () => undefined],
  ];
  for (const [reason, count, next] of boots) {
    await board.serving(mark);
    const text = board.heard.text.slice(mark);
    assert.match(
      text,
      new RegExp(`^ESP8266 Reset Reason: ${reason}\r\nESP8266 Boot Count: ${count}\r\nESP8266 MAC: `, 'm'),
    );
    const { bootCount, freeHeap = 0, largestBlock = 0, fragmentation = 100 } = numbersIn(text);
    assert.equal(bootCount, count);
    assert.ok(freeHeap > 30_000 && largestBlock <= freeHeap && largestBlock > 30_000 && fragmentation < 10, text);
    mark = board.mark;
    next();
  }
});

test('after a crash: its registers; a restart on request keeps the count going', LIMIT, async (t) => {
  const board = new SketchBoard(t, { faults: ['exception:300,once'] });
  await board.said(/^ESP8266 Crash: .*\r\n/m);
  const mark = board.mark;
  const place = await board.serving(mark);
  const { crashExccause, crashEpc1, crashExcvaddr, bootCount } = numbersIn(board.heard.text);
  assert.deepEqual([crashExccause, crashEpc1, crashExcvaddr, bootCount], [28, 0x40201f40, 0, 2]);
  const before = board.mark;
  await ask(place, '/config', { action: 'RESET' });
  await board.serving(before);
  const text = board.heard.text.slice(before);
  assert.match(text, /^ESP8266 Reset Reason: Software\/System restart\r\nESP8266 Boot Count: 3\r\n/m);
  assert.doesNotMatch(text, /ESP8266 Crash/);
});

test('telemetry at the stored interval, with the heap, and the reconnects counted', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: EVERY_SECOND });
  const place = await board.serving();
  const [uptime, heap] = await board.said(
    /^ESP8266 Telemetry: uptime=(\d+) heap=(\d+) block=\d+ frag=\d+ rssi=-52 wifi=0 mqtt=0\r\n/m,
  );
  assert.equal(uptime, '1');
  const sensors = JSON.parse((await ask(place, '/?request=GetSensors')).body) as { SYS_Heap: number };
  assert.ok(Math.abs(sensors.SYS_Heap - Number(heap)) < 2048);
  board.setWifi(false);
  await board.said(/^ESP8266 WiFi: connection lost\r\n/m);
  board.setWifi(true);
  await board.said(/^ESP8266 WiFi: connected again/m);
  await board.said(/^ESP8266 Telemetry: uptime=\d+ .* wifi=1 mqtt=0\r\n/m, board.mark);
  const numbers = numbersIn(board.heard.text);
  assert.deepEqual([numbers['rssi'], numbers['wifiReconnects'], numbers['mqttReconnects']], [-52, 1, 0]);
});

test('an interval of 0 is no telemetry', LIMIT, async (t) => {
  const board = new SketchBoard(t, { settings: { ...DEFAULT_SETTINGS, telemetrySeconds: 0 } });
  const place = await board.serving();
  // Blinks for 1.2 s: longer than the shortest interval.
  const since = board.log.length;
  await ask(place, '/?request=BlinkLed&nblink=4');
  for (let blinks = 0, at = since; blinks < 4; blinks++) {
    await board.logged('gpio2 = 0', at);
    at = board.log.indexOf('gpio2 = 0', at) + 1;
  }
  assert.doesNotMatch(board.heard.text, /Telemetry/);
});

test('the configuration page costs less than 2 kB of heap, with every field as long as may be', LIMIT, async (t) => {
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    ssid: '&'.repeat(32),
    wifiPassword: 'w'.repeat(64),
    brokerHost: '"'.repeat(64),
    mqttUser: "'".repeat(32),
    mqttPassword: 'm'.repeat(64),
    clientId: '<'.repeat(32),
    rxTopic: '>'.repeat(64),
    txTopic: '&'.repeat(64),
  };
  const board = new SketchBoard(t, { settings });
  const place = await board.serving();
  const { body } = await ask(place, '/config');
  const [bytes, peak] = await board.said(/^ESP8266 Config Page: bytes=(\d+) heap=\d+ peak=(\d+)\r\n/m);
  assert.equal(Number(bytes), Buffer.byteLength(body));
  assert.ok(Number(peak) > 0 && Number(peak) < 2048, `peak ${peak}`);
  t.diagnostic(`page of ${bytes} bytes, peak heap ${peak} bytes`);
});
