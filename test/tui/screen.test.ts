import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startSimServer } from '../support/espwatch.js';
import { Before, LARGE, openTerminal } from '../support/tmux-session.js';
import { TmuxTerminal } from '../support/tmux-terminal.js';

const LIMIT = { timeout: 120_000, skip: TmuxTerminal.skip };
const WEB = /web server · confirmed/;

describe('the screen of the terminal UI', { concurrency: 2 }, () => {
  test('follows every resize, also below its least size', LIMIT, async (t) => {
    const terminal = await openTerminal(t);
    const before = await Before.of(terminal);
    await terminal.run('espwatch ui --port sim:');
    await terminal.shows(WEB);
    // Each change comes before the one before it was painted.
    for (let round = 0; round < 5; round++) {
      for (const [columns, rows] of SIZES) await terminal.resize(columns, rows);
    }
    for (const [columns, rows, shown] of SIZES) {
      await terminal.resize(columns, rows);
      await terminal.shows((screen) => shown.test(screen) && screen.split('\n').length === rows);
    }
    await terminal.press('?');
    await terminal.shows(/━▸Help/);
    for (const [columns, rows] of SIZES) await terminal.resize(columns, rows);
    await terminal.shows(/━▸Help.*Esc: back/s);
    await terminal.press('Escape');
    const screen = await terminal.shows(/^ f flash {2}d detect.*q quit$/m);
    assert.match(screen, /^ espwatch {2}1 board.*\d\d:\d\d:\d\d$/m);
    await terminal.press('q');
    await before.isBack(0);
  });

  test('NO_COLOR: no colours, and nothing is lost', LIMIT, async (t) => {
    const terminal = await openTerminal(t, LARGE, { NO_COLOR: '1' });
    await terminal.run('espwatch ui --port sim:');
    await terminal.shows(WEB);
    await terminal.press('/');
    await terminal.type('Mode');
    await terminal.press('Enter');
    await terminal.shows(/search "Mode" \d/);
    const colours = [...terminal.written.matchAll(/\x1b\[([\d;]*)m/g)].map(([, codes = '']) => codes);
    for (const codes of colours) assert.match(codes, /^(?:[0-9]|2[1-9])?(?:;(?:[0-9]|2[1-9]))*$/, 'no colour');
    await terminal.press('q');
    await terminal.shows(/^code 0$/m);
  });

  test('what is no such terminal is told so, with exit code 2', LIMIT, async (t) => {
    const terminal = await openTerminal(t, LARGE);
    await terminal.run('TERM=dumb espwatch');
    await terminal.shows(/^error USAGE: .*TERM is dumb.*\n.*\ncode 2$/m);
    await terminal.run('clear; espwatch ui < /dev/null');
    await terminal.shows(/^error USAGE: The terminal UI needs a terminal.*\n.*\ncode 2$/m);
    await terminal.run('clear; (espwatch; echo "inner $?") | tail -n 1');
    await terminal.shows(/^inner 2$/m);
  });

  test('quitting while a flash is under way asks first', LIMIT, async (t) => {
    const terminal = await openTerminal(t);
    const before = await Before.of(terminal);
    await terminal.run('espwatch ui --port sim:');
    await terminal.shows(WEB);
    await terminal.press('f');
    await terminal.shows(/prebuilt sketch/);
    await terminal.press('Enter');
    await terminal.shows(/Enter: write it/);
    await terminal.press('Enter');
    await terminal.shows(/writing \d+ %/);
    await terminal.press('q');
    await terminal.shows(/━▸Quit\?.*Under way: a flash/s);
    await terminal.press('n');
    await terminal.lacks(/━▸Quit/);
    await terminal.press('q');
    await terminal.shows(/━▸Quit\?/);
    await terminal.press('y');
    await before.isBack(0);
  });

  test('two boards side by side; the one that crashes catches the eye', LIMIT, async (t) => {
    const terminal = await openTerminal(t, LARGE);
    const good = await startSimServer(t, terminal.home);
    const bad = await startSimServer(t, terminal.home, ['--fault', 'exception:3000']);
    const before = await Before.of(terminal);
    await terminal.run(`espwatch ui --port ${good.url} --port ${bad.url}`);
    await terminal.shows(/espwatch {2}2 boards/);
    await terminal.press('t');
    await terminal.shows((screen) => [good, bad].every(({ url }) => screen.includes(`${url} · following`)));
    await terminal.shows(/! 1 alert.*! rfc2217/s);
    await terminal.shows(/exception/i);
    await terminal.press('!');
    await terminal.lacks(/! \d+ alert/);
    await terminal.press('q');
    await before.isBack(0);
  });

  test('a screen reader hears plain sentences in reading order', LIMIT, async (t) => {
    const terminal = await openTerminal(t);
    await terminal.run('espwatch ui --screen-reader; echo "code $?"');
    await terminal.shows(/^No board yet\.$/m);
    await terminal.press('s');
    const screen = await terminal.shows(/^Board 1 of 1: sim:, virtual board, selected\. web server, confirmed\.$/m);
    assert.match(screen, /^Event: web server at http:/m);
    assert.match(screen, /^Question mark for help\.$/m);
    assert.doesNotMatch(screen, /[─━▸░█✓]/, 'no drawings');
    await terminal.press('q');
    // What was said stays where it was said.
    const after = await terminal.shows(/^code 0$/m);
    assert.match(after, /^Question mark for help\.$/m);
  });
});

const SIZES: readonly (readonly [number, number, RegExp])[] = [
  [40, 12, /confirmed/],
  [200, 50, /Health.*q quit/s],
  [20, 5, /too small|40/],
  [1, 1, /^/],
  [80, 24, /web server · confirmed.*q quit/s],
];
