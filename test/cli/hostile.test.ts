import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestServer } from '../../src/serial/rfc2217-server.test.helper.js';
import { Espwatch, makeHome, objects } from '../support/espwatch.js';

const LIMIT = { timeout: 60_000 };

/** What a board could send to take over the terminal that shows it; `Espwatch.ended` looks for what came through. */
const HOSTILE: readonly string[] = [
  '\x1b[2J\x1b[H\x1b[31mred\x1b[0m',
  '\x1b]0;title\x07',
  '\x1b]52;c;ZXZpbA==\x07',
  '\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\',
  '\x1bP1$r0m\x1b\\ \x1b_apc\x1b\\ \x1b^pm\x1b\\ \x1bXsos\x1b\\',
  '\x1bc \x1b(0 \x1b#8 \x1b=',
  'C1 in UTF-8: \u009b31m \u009d52;c;ZXZpbA==\u009c \u0090q\u009c \u0085',
  'bidi: \u202eelif\u202c \u2066x\u2069 \u200f\u200e',
  'lines: \u2028 \u2029 \x0b \x0c \x85',
  'safe\rEVIL \b\b\b\b \x7f\x7f \x07\x07 \x00 \x0e\x0f',
  `ESP8266 IP: 127.0.0.1\x1b]52;c;ZXZpbA==\x07`,
  'ESP8266 MAC: 18:fe:34:\u009b31m00:00:01',
  'MQTT Rx Topic: rx\x1b[5m\u202e/topic',
  'MQTT Tx Topic: tx\u009b31m/\x1b[2J',
  'ESP8266 Reset Reason: \x1b[2JException',
  'Fatal exception 28(\x1b[31mLoadProhibitedCause):',
  'Panic core_esp8266_main.cpp:133 \x1b]0;x\x07__yield',
  'ESP8266 Mode: Web Server Running - Type = \x1b]52;c;ZXZpbA==\x07\u202e\u009b31mAPI',
  'unfinished \x1b]52;c;ZXZpbA',
];
const END = 'ESP8266 Mode: MQTT Client Running';
const RAW: readonly Buffer[] = [
  Buffer.from('raw C1: \x9b31m \x9d52;c;ZXZpbA==\x9c \x90q\x9c\n', 'latin1'),
  Buffer.from([...Array(256).keys()].filter((byte) => byte !== 0xff)),
  Buffer.from(HOSTILE.map((text) => `${text}\r\n`).join('')),
  Buffer.from(`\r\n${END}\r\n`),
];

async function hostileBoard(t: { after(run: () => Promise<void>): void }): Promise<TestServer> {
  const server = await TestServer.start();
  t.after(() => server.stop());
  return server;
}

function sendAll(server: TestServer): void {
  for (const bytes of RAW) server.send(bytes.toString('hex'));
}

describe('hostile output of a board', { concurrency: 2 }, () => {
  test('monitor shows it without obeying', LIMIT, async (t) => {
    const server = await hostileBoard(t);
    const monitor = new Espwatch(t, await makeHome(t), ['monitor', '--port', server.url()], { input: null });
    await monitor.noted(/at 115200 baud/);
    sendAll(server);
    await monitor.said(new RegExp(`${END}\n`));
    monitor.interrupt();
    const { code, stdout } = await monitor.ended();
    assert.equal(code, 0);
    assert.ok(stdout.includes('safe') && stdout.includes('link'), 'the text itself is there');
  });

  test('monitor --json keeps it, escaped', LIMIT, async (t) => {
    const server = await hostileBoard(t);
    const args = ['monitor', '--port', server.url(), '--json'];
    const monitor = new Espwatch(t, await makeHome(t), args, { input: null });
    await monitor.noted(/at 115200 baud/);
    sendAll(server);
    await monitor.said(/"mode":"mqtt-client".*\n/);
    monitor.interrupt();
    const { code, stdout } = await monitor.ended();
    assert.equal(code, 0);
    const events = objects(stdout);
    assert.ok(events.some(({ type, text }) => type === 'text' && String(text).includes('bidi: \u202eelif')));
  });

  for (const json of [true, false]) {
    test(`detect ${json ? '--json ' : ''}reports it without obeying`, LIMIT, async (t) => {
      const server = await hostileBoard(t);
      const args = ['detect', '--port', server.url(), '--no-reset', '--timeout', '10', ...(json ? ['--json'] : [])];
      const detect = new Espwatch(t, await makeHome(t), args);
      // SET-CONTROL for DTR and RTS: the port is open, and both lines are released.
      await server.until('fffa2c0509fff0');
      await server.until('fffa2c050cfff0');
      sendAll(server);
      const { code, stdout } = await detect.ended();
      assert.ok([5, 6, 7].includes(code ?? -1), stdout);
      if (json) assert.equal((JSON.parse(stdout) as { schema: string }).schema, 'espwatch.detect/1');
    });
  }

  test('an endless line and a flood are taken in pieces', LIMIT, async (t) => {
    const server = await hostileBoard(t);
    const monitor = new Espwatch(t, await makeHome(t), ['monitor', '--port', server.url()], { input: null });
    await monitor.noted(/at 115200 baud/);
    for (let i = 0; i < 64; i++) server.send(Buffer.alloc(4096, 'A\x1b').toString('hex'));
    server.send(Buffer.from(`\n${END}\n`).toString('hex'));
    await monitor.said(new RegExp(`${END}\n`));
    monitor.interrupt('SIGTERM');
    assert.equal((await monitor.ended()).code, 0);
  });
});
