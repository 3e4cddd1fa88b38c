import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Before, LARGE, openTerminal, type Size, SMALL } from '../support/tmux-session.js';
import { TmuxTerminal } from '../support/tmux-terminal.js';

const LIMIT = { timeout: 150_000, skip: TmuxTerminal.skip };
const WEB = /web server · confirmed/;
const MQTT = /MQTT client · confirmed/;
/** A text that the search marks: reversed, or with colours of its own. */
const MARKED = /\x1b\[[\d;]*m(?:Mode|mode)\x1b\[/;

/** Everything that a new user does, in one session. */
async function tour(t: TestContext, size: Size): Promise<void> {
  const terminal = await openTerminal(t, size);
  const before = await Before.of(terminal);
  await firstStart(t, terminal);
  if (size === LARGE) await terminal.shows(/Health/);
  await flash(terminal);
  await switchMode(terminal, 'MQTT client', MQTT);
  await askForSensors(terminal, 'MQTT');
  await switchMode(terminal, 'web server', WEB);
  await askForSensors(terminal, 'HTTP');
  await search(terminal);
  await filter(terminal);
  await send(terminal);
  await help(terminal);
  await palette(terminal);
  await terminal.press('q');
  await before.isBack(0);
}

async function firstStart(t: TestContext, terminal: TmuxTerminal): Promise<void> {
  await terminal.run('espwatch');
  await terminal.shows(/No board yet\..*Press s for a virtual board/s);
  const pressed = performance.now();
  await terminal.press('s');
  await terminal.shows(/Mode: Web Server Running/);
  await terminal.shows(WEB);
  t.diagnostic(`${((performance.now() - pressed) / 1000).toFixed(1)} s from the key to a confirmed web server`);
}

async function flash(terminal: TmuxTerminal): Promise<void> {
  await terminal.press('f');
  await terminal.shows(/choose an image.*prebuilt sketch/is);
  await terminal.press('Enter');
  await terminal.shows(/image for the virtual board.*Enter: write it/s);
  await terminal.press('Enter');
  await terminal.shows(/writing \d+ % · [\d.]+ kB\/s · [\d.]+ s left/);
  await terminal.shows(/✓ [\d.]+ kB written in .*MD5 verified/);
  await terminal.shows(WEB);
  await terminal.shows(/ESP8266 Boot Count: 2/);
}

async function switchMode(terminal: TmuxTerminal, name: string, confirmed: RegExp): Promise<void> {
  await terminal.press('m');
  await terminal.shows(new RegExp(`▸ 1 to ${name}`));
  await terminal.press('Enter');
  await terminal.shows(confirmed);
}

async function askForSensors(terminal: TmuxTerminal, over: string): Promise<void> {
  await terminal.press('v');
  await terminal.shows(new RegExp(`── ${over} reply in \\d+ ms: \\{"SYS_Heap"`));
}

async function search(terminal: TmuxTerminal): Promise<void> {
  assert.doesNotMatch(await terminal.styled(), MARKED);
  await terminal.press('/');
  await terminal.type('Mode:');
  await terminal.press('Enter');
  const screen = await terminal.shows(/search "Mode:" (\d+)\/\1\b/);
  const count = Number(/search "Mode:" \d+\/(\d+)/.exec(screen)?.[1]);
  assert.ok(count >= 4, 'web server twice, MQTT client, web server again');
  assert.match(screen, /▸ [\d:.]+ ESP8266 Mode: Web Server Running/);
  await terminal.press('N');
  await terminal.shows(new RegExp(`search "Mode:" ${count - 1}/${count}`));
  await terminal.shows(/▸ [\d:.]+ ESP8266 Mode: MQTT Client Running/);
  await terminal.press('n');
  await terminal.shows(new RegExp(`search "Mode:" ${count}/${count}`));
  await terminal.press('n');
  await terminal.shows(new RegExp(`search "Mode:" 1/${count}`));
  await terminal.press('Escape');
  await terminal.lacks(/search "Mode:"/);
}

async function filter(terminal: TmuxTerminal): Promise<void> {
  await terminal.press('e');
  const events = await terminal.shows(/events only \(\d+\)/);
  assert.doesNotMatch(events, /ESP8266 Mode:/);
  assert.match(events, /── web server at http/);
  await terminal.press('e');
  await terminal.lacks(/events only/);
  await terminal.press('G');
  await terminal.shows(/sim: · following/);
}

async function send(terminal: TmuxTerminal): Promise<void> {
  await terminal.press('i');
  await terminal.shows(/━▸Send/);
  await terminal.type('LedOn');
  await terminal.press('Enter');
  await terminal.shows(/> LedOn|LedOn.*sent|sent.*LedOn/i);
  await terminal.press('Escape');
  await terminal.lacks(/━▸Send/);
}

async function help(terminal: TmuxTerminal): Promise<void> {
  await terminal.press('?');
  await terminal.shows(/━▸Help.*All actions, by name/s);
  await terminal.press('Escape');
  await terminal.lacks(/━▸Help/);
}

async function palette(terminal: TmuxTerminal): Promise<void> {
  await terminal.press(':');
  await terminal.shows(/━▸All actions/);
  await terminal.type('blink');
  await terminal.shows(/▸ K +Blink the LED/);
  await terminal.press('Enter');
  await terminal.shows(/BlinkLed\S* was answered over HTTP/);
}

describe('a tour of the terminal UI', { concurrency: 2 }, () => {
  for (const size of [SMALL, LARGE]) {
    test(`at ${size.columns}x${size.rows}`, LIMIT, (t) => tour(t, size));
  }
});
