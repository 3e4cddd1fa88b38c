import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestServer } from '../../src/serial/rfc2217-server.test.helper.js';
import { HOSTILE_ANSWER, hostileOutput } from '../support/hostile-bytes.js';
import { Before, openTerminal, SMALL } from '../support/tmux-session.js';
import { TmuxTerminal } from '../support/tmux-terminal.js';

const LIMIT = { timeout: 120_000, skip: TmuxTerminal.skip };

/** All that espwatch itself has to say to a terminal: places, erasing, colours, and the modes that it sets and takes back. */
const OWN = /\x1b(?:[78]|\[(?:\d+;1H|\d+C|H|2J|2K|[\d;]*m|\?(?:25|1049|2004|2026|7)[hl]|\?100[06]l))/g;
/** C0, DEL and C1 controls, and what changes the direction or order of text, or has no width. */
const ORDERS = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e0fff}]/u;

test('a hostile board cannot touch the terminal, in any view', LIMIT, async (t) => {
  const web = await hostileWeb(t);
  const { bytes, begin, end } = hostileOutput(web);
  const board = await TestServer.start();
  t.after(() => board.stop());
  const terminal = await openTerminal(t, SMALL);
  const before = await Before.of(terminal);
  await terminal.run(`espwatch ui --port ${board.url()}`);
  await terminal.shows(/following/);
  const state = { ...(await terminal.state()), cursor: '' };
  // SET-CONTROL for DTR and RTS: the port is open.
  await board.until('fffa2c0509fff0');
  const play = async (): Promise<void> => {
    // 0xff is IAC in telnet: doubled, it is itself.
    board.send(bytes.toString('hex').replace(/(..)/g, (byte) => (byte === 'ff' ? 'ffff' : byte)));
    await terminal.shows(new RegExp(end));
  };
  const unmoved = async (): Promise<void> => {
    assert.deepEqual({ ...(await terminal.state()), cursor: '' }, state);
    assert.deepEqual(await terminal.clipboard(), []);
    await fits(t, terminal);
  };

  await play();
  await unmoved();
  await readAll(terminal, new RegExp(begin));
  await unmoved();
  await terminal.press('d');
  await terminal.shows(/✗ HTTP +CONTRADICTS/);
  await unmoved();
  for (const [keys, shown] of VIEWS) {
    await terminal.press(keys);
    await terminal.shows(shown);
    await unmoved();
    await terminal.press('Escape');
    await terminal.lacks(/━▸|search "/);
  }
  await terminal.press('Tab');
  await terminal.shows(/━▸(?:Cross-check|Health)/);
  await unmoved();
  await terminal.press('G');
  await terminal.shows(/following/);
  await play();
  await unmoved();
  await terminal.press('q');
  await before.isBack(0);

  const ours = written(terminal);
  assert.ok(ours.includes('wide: 漢字') && ours.includes('colours left on'), 'the text itself is there');
  assert.equal(ORDERS.exec(ours.replace(OWN, ''))?.[0], undefined);
});

/** Back through the log, so that each of its rows is shown. */
async function readAll(terminal: TmuxTerminal, first: RegExp): Promise<void> {
  let screen = await terminal.screen();
  while (!first.test(screen)) {
    const before = BELOW.exec(screen)?.[1];
    await terminal.press('PPage');
    screen = await terminal.shows((now) => first.test(now) || (BELOW.exec(now)?.[1] ?? before) !== before);
  }
}

const BELOW = /paused, (\d+) below/;

/** Keys, and what shows when they have been obeyed; each view has the board's text in it. */
const VIEWS: readonly (readonly [string, RegExp])[] = [
  ['g', /paused/],
  ['w', /paused/],
  ['C-d', /paused/],
  ['Enter', /━▸/],
  ['e', /events only/],
  ['e', /paused/],
  ['/ 漢 Enter', /search "漢/],
];

/** A web server that says nothing but attacks. */
async function hostileWeb(t: TestContext): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(HOSTILE_ANSWER);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** What espwatch wrote, from taking the screen to giving it back. */
function written(terminal: TmuxTerminal): string {
  const from = terminal.written.indexOf('\x1b[?1049h');
  const to = terminal.written.lastIndexOf('\x1b[?1049l');
  return Buffer.from(terminal.written.slice(from, to < from ? undefined : to + 8), 'latin1').toString('utf8');
}

/** On a wider terminal, with all that has its place taken away, no row has anything left. */
async function fits(t: TestContext, terminal: TmuxTerminal): Promise<void> {
  const { columns, rows } = SMALL;
  const place = Array.from({ length: rows }, (_none, row) => `\x1b[${row + 1};1H\x1b[${columns}P`).join('');
  await writeFile(
    join(terminal.home, 'frames'),
    `${written(terminal)}\x1b[?7l\x1b[0m${place}\x1b[${rows + 1};1Hall there\n`,
  );
  const wider = await openTerminal(t, { columns: columns + 40, rows: rows + 4 });
  await wider.type(`cat ${terminal.home}/frames`);
  await wider.press('Enter');
  const screen = await wider.shows(/^all there$/m);
  assert.equal(screen.split('\n').slice(0, rows).join('').trim(), '', 'nothing is beyond the last column');
  await wider.close();
}
