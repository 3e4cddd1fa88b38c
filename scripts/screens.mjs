// Makes docs/screens/: what the terminal UI shows, as text, and one screen as an image. Needs tmux; the image needs chromium.
// With `image` as argument only that.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { prepare } from './prepare.mjs';
import { screenHtml } from './screen-html.mjs';

await prepare();
const { TmuxTerminal } = await import('../build/test/support/tmux-terminal.js');
const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'docs/screens');
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const WEB = /web server · confirmed/;

if (TmuxTerminal.skip !== false) {
  console.error(TmuxTerminal.skip);
  process.exit(1);
}

async function inTerminal(columns, rows, work) {
  const home = await mkdtemp(join(tmpdir(), 'espwatch-screens-'));
  const terminal = await TmuxTerminal.open({ home, columns, rows });
  const keep = async (name) => {
    await writeFile(join(out, `${name}-${columns}x${rows}.txt`), `${await terminal.screen()}\n`);
  };
  try {
    await work(terminal, keep);
    await terminal.press('q');
    await terminal.shows(/^code 0$/m);
  } finally {
    await terminal.close();
    await rm(home, { recursive: true, force: true, maxRetries: 20 });
  }
}

async function tour(terminal, keep) {
  await terminal.run('espwatch');
  await terminal.shows(/Ports of this machine|No serial port/);
  await keep('1-first-start');
  await terminal.press('s');
  await terminal.shows(WEB);
  await keep('2-web-server');
  await terminal.press('f');
  await terminal.shows(/prebuilt sketch/);
  await terminal.press('Enter');
  await terminal.shows(/Enter: write it/);
  await keep('3-flash-this-image');
  await terminal.press('Enter');
  await terminal.shows(/writing [4-9]\d % · .* left/);
  await keep('4-flash-progress');
  await terminal.shows(/MD5 verified/);
  await terminal.shows(WEB);
  await keep('5-flashed-and-booted');
  await terminal.press('m');
  await terminal.shows(/▸ 1 to MQTT client/);
  await terminal.press('Enter');
  await terminal.shows(/MQTT client · confirmed/);
  await terminal.press('v');
  await terminal.shows(/GetSensors was answered over MQTT/);
  await keep('6-mqtt-client');
  await terminal.press('/');
  await terminal.type('Mode:');
  await terminal.press('Enter');
  await terminal.shows(/search "Mode:" (\d+)\/\1\b/);
  await keep('7-search');
  await terminal.press('Escape');
  await terminal.lacks(/search "Mode:"/);
  await terminal.press('?');
  await terminal.shows(/━▸Help/);
  await keep('8-help');
  await terminal.press('Escape');
  await terminal.lacks(/━▸Help/);
}

const answers = (screen) => screen.match(/GetSensors was answered/g)?.length ?? 0;

async function twoBoards(terminal, keep) {
  await terminal.run('espwatch ui --port sim:');
  await terminal.shows(WEB);
  await terminal.press('m');
  await terminal.shows(/▸ 1 to MQTT client/);
  await terminal.press('Enter');
  await terminal.shows(/MQTT client · confirmed/);
  for (let n = 1; n <= 4; n++) {
    await terminal.press('v');
    await terminal.shows((screen) => answers(screen) >= n);
  }
  await terminal.press('s');
  await terminal.shows(
    /web server · confirmed[\s\S]*MQTT client · confirmed|MQTT client · confirmed[\s\S]*web server · confirmed/,
  );
  await terminal.press('1');
  await terminal.shows(/▸ ?1 sim:/);
  await keep?.('9-two-boards');
}

/** A virtual board in a process of its own that crashes after it has come up. */
async function crashingBoard(work) {
  const args = ['bin/espwatch.js', 'sim', '--json', '--fault', 'exception:3000'];
  const server = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface({ input: server.stdout }), 'line');
    await work(JSON.parse(line).url);
  } finally {
    server.kill();
  }
}

async function alert(terminal, keep, url) {
  await terminal.run(`espwatch ui --port sim: --port ${url}`);
  await terminal.shows(/2 boards/);
  await terminal.shows(/! \d+ alert/);
  await terminal.shows(WEB);
  await terminal.press('t');
  await terminal.shows((screen) => screen.includes(`${url} · following`));
  await keep('10-alert');
}

/** The screen as an image, by the browser that there is. */
async function image(terminal, columns) {
  const { html, width, height } = screenHtml(await terminal.styled(), columns);
  const page = join(terminal.home, 'screen.html');
  await writeFile(page, html);
  const options = ['--headless', '--disable-gpu', '--hide-scrollbars', '--force-device-scale-factor=2'];
  // As root, a browser's sandbox does not start.
  if (process.getuid?.() === 0) options.push('--no-sandbox');
  options.push(`--user-data-dir=${join(terminal.home, 'browser')}`, `--window-size=${width},${height}`);
  options.push(`--screenshot=${join(out, 'espwatch.png')}`, pathToFileURL(page).href);
  const made = BROWSERS.some(
    (browser) => spawnSync(browser, options, { stdio: 'ignore', timeout: 60_000 }).status === 0,
  );
  if (!made) console.error('no image: chromium is not installed');
}

await mkdir(out, { recursive: true });
const imageOnly = process.argv[2] === 'image';
const SIZES = [
  [80, 24],
  [200, 50],
];
for (const [columns, rows] of SIZES) {
  if (imageOnly) break;
  await inTerminal(columns, rows, tour);
  await inTerminal(columns, rows, twoBoards);
  await crashingBoard((url) => inTerminal(columns, rows, (terminal, keep) => alert(terminal, keep, url)));
}
await inTerminal(120, 34, async (terminal) => {
  await twoBoards(terminal);
  await image(terminal, 120);
});
