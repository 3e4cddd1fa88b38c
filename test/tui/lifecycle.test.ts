import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { espwatch, startSimServer } from '../support/espwatch.js';
import { Before, LARGE, openTerminal } from '../support/tmux-session.js';
import { TmuxTerminal } from '../support/tmux-terminal.js';

const LIMIT = { timeout: 120_000, skip: TmuxTerminal.skip };
const WEB = /web server · confirmed/;

/** Another program gets the port at once, and the board. */
async function portIsFree(t: TestContext, home: string, url: string): Promise<void> {
  const { code, stdout, stderr } = await espwatch(t, home, ['detect', '--port', url, '--json']);
  assert.equal(code, 0, stdout + stderr);
}

/** What makes Node load this module before espwatch: a product needs no hooks for its tests. */
async function preload(terminal: TmuxTerminal, code: string): Promise<string> {
  const path = join(terminal.home, 'preload.mjs');
  await writeFile(path, code);
  return `NODE_OPTIONS=--import=${pathToFileURL(path).href}`;
}

describe('the terminal is left as it was found', { concurrency: 2 }, () => {
  for (const [signal, code] of [
    ['SIGTERM', 130],
    ['SIGHUP', 130],
    ['SIGINT', 130],
  ] as const) {
    test(`after ${signal}, and the port is free`, LIMIT, async (t) => {
      const terminal = await openTerminal(t);
      const { url } = await startSimServer(t, terminal.home);
      const before = await Before.of(terminal);
      await terminal.run(`espwatch ui --port ${url}`);
      await terminal.shows(/ESP8266 Mode:|following/);
      process.kill(await terminal.pid(), signal);
      const left = await before.isBack(code);
      assert.match(left, /^error ABORTED: A signal ended the terminal UI: the ports are free/m);
      await sane(terminal);
      await portIsFree(t, terminal.home, url);
    });
  }

  test('after a crash, which is told on the screen of the shell', LIMIT, async (t) => {
    const terminal = await openTerminal(t);
    const { url } = await startSimServer(t, terminal.home);
    const options = await preload(terminal, `process.on('SIGUSR2', () => { throw new Error('made to crash'); });\n`);
    const before = await Before.of(terminal);
    await terminal.run(`${options} espwatch ui --port ${url}`);
    await terminal.shows(/following/);
    process.kill(await terminal.pid(), 'SIGUSR2');
    const left = await before.isBack(1);
    assert.match(left, /^error UNEXPECTED: made to crash/m);
    await sane(terminal);
    await portIsFree(t, terminal.home, url);
  });

  test('after a view that broke, while the session went on', LIMIT, async (t) => {
    const terminal = await openTerminal(t, LARGE);
    const flag = join(terminal.home, 'broken');
    // What the health panel pads its columns with fails while there is such a file.
    const options = await preload(
      terminal,
      `import { existsSync } from 'node:fs';
       const { repeat } = String.prototype;
       String.prototype.repeat = function (count) {
         if (existsSync(${JSON.stringify(flag)}) && /model.health/.test(new Error().stack)) throw new Error('made to break');
         return repeat.call(this, count);
       };\n`,
    );
    const before = await Before.of(terminal);
    await terminal.run(`${options} espwatch ui --port sim:`);
    await terminal.shows(WEB);
    await writeFile(flag, '');
    await terminal.shows(/✗ The health panel broke: made to break/);
    await terminal.press('v');
    await terminal.shows(/GetSensors was answered over HTTP/);
    await rm(flag);
    await terminal.press('C-l');
    await terminal.lacks(/panel broke/);
    await terminal.press('q');
    const left = await before.isBack(0);
    assert.match(left, /^The health view broke: made to break/m);
    await sane(terminal);
  });

  test('by Ctrl-C', LIMIT, async (t) => {
    const terminal = await openTerminal(t);
    const before = await Before.of(terminal);
    await terminal.run('espwatch');
    await terminal.shows(/No board yet/);
    await terminal.press('C-c');
    await before.isBack(0);
    await sane(terminal);
  });
});

/** The shell reads lines, and shows what is typed. */
async function sane(terminal: TmuxTerminal): Promise<void> {
  await terminal.type('clear; stty -a; echo done');
  await terminal.press('Enter');
  const said = await terminal.shows(/^done$/m);
  for (const word of ['icanon', 'echo', 'isig', 'icrnl', 'opost'])
    assert.match(said, new RegExp(`(?<!-)\\b${word}\\b`));
}

describe('Ctrl-Z and fg', () => {
  test('the shell has its terminal, then the screen is back and the board lives', LIMIT, async (t) => {
    const terminal = await openTerminal(t);
    await Before.of(terminal);
    await terminal.type('espwatch ui --port sim:');
    await terminal.press('Enter');
    await terminal.shows(WEB);
    await terminal.press('C-z');
    const stopped = await terminal.shows(/Stopped .*\n\$$/m);
    assert.match(stopped, /^this was here before$/m);
    const { alternate, cursorShown } = await terminal.state();
    assert.deepEqual({ alternate, cursorShown }, { alternate: false, cursorShown: true });
    await terminal.type('stty -a | grep -o " icanon\\| echo "; echo used');
    await terminal.press('Enter');
    await terminal.shows(/^ icanon\n echo\nused\n\$$/m);
    await terminal.type('fg');
    await terminal.press('Enter');
    await terminal.shows(WEB);
    const { alternate: again, cursorShown: hidden } = await terminal.state();
    assert.deepEqual({ again, hidden }, { again: true, hidden: false });
    await terminal.press('v');
    await terminal.shows(/GetSensors was answered over HTTP/);
    await terminal.press('C-z');
    await terminal.shows(/Stopped .*\n\$$/m);
    await terminal.type('fg');
    await terminal.press('Enter');
    await terminal.shows(WEB);
    await terminal.press('q');
    await terminal.shows(/^used$.*^\$$/ms);
    await sane(terminal);
  });
});
