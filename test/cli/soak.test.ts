import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { DEFAULT_SETTINGS } from '../../src/settings/settings.js';
import { startBroker } from '../../src/sim/broker.js';
import { Rfc2217Server } from '../../src/sim/rfc2217-server.js';
import { PLAN_SCHEMA } from '../../src/soak/plan-file.js';
import type { SoakReportJson } from '../../src/soak/report/json.js';
import { Espwatch, type EspwatchOptions, espwatch, makeHome } from '../support/espwatch.js';
import { ROOT } from '../support/peers.js';
import { SketchBoard, serve } from '../support/sketch-board.js';

const LIMIT = { timeout: 120_000 };
const WATCHING = /The run is kept in /;

const schema = JSON.parse(readFileSync(join(ROOT, 'docs/schemas/soak-report.schema.json'), 'utf8')) as object;
const isReport = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<SoakReportJson>(schema);

/** What a soak prints is one document of the published schema. */
function reportOf(stdout: string): SoakReportJson {
  const report: unknown = JSON.parse(stdout);
  assert.ok(isReport(report), JSON.stringify([isReport.errors, report]).slice(0, 1500));
  return report;
}

interface Bench {
  readonly home: string;
  /** The folder of the run. */
  readonly run: string;
  readonly board: SketchBoard;
  readonly url: string;
  /** A soak of the board. */
  soak(args: readonly string[], options?: EspwatchOptions): Espwatch;
}

/** A board of this process that tells its telemetry every second. */
async function bench(t: TestContext): Promise<Bench> {
  const home = await makeHome(t);
  const run = join(home, 'run');
  const board = new SketchBoard(t, { timing: 'real', settings: { ...DEFAULT_SETTINGS, telemetrySeconds: 1 } });
  const url = await serve(t, board);
  const common = ['--probe-every', '1s', '--out', run, '--no-awake'];
  return {
    home,
    run,
    board,
    url,
    soak: (args, options) => new Espwatch(t, home, ['soak', '--port', url, ...common, ...args], options),
  };
}

/** The board has been reset by the soak, and is up: from here on all is its own. */
async function watched({ board }: Bench, soak: Espwatch): Promise<void> {
  await board.logged('reset: rst cause:2, boot mode 3');
  const since = board.mark;
  await soak.noted(WATCHING);
  await board.said(/ESP8266 Mode: Web Server Running[\s\S]*ESP8266 Telemetry: /, since);
}

function own({ ledger }: SoakReportJson, board = 0): string[] {
  return (ledger.boards[board]?.resets ?? []).filter(({ commanded }) => !commanded).map(({ cause }) => cause);
}

describe('espwatch soak', { concurrency: 2 }, () => {
  test('a quiet board: every threshold holds, exit 0, and the folder tells the same', LIMIT, async (t) => {
    const { home, run, soak } = await bench(t);
    const { code, stdout, stderr } = await soak(['--for', '5s', '--json']).ended();
    assert.equal(code, 0, stderr);
    const live = reportOf(stdout);
    assert.equal(live.verdict.passed, true);
    assert.equal(live.ledger.ended, 'done');
    assert.deepEqual(own(live), []);
    const [board] = live.ledger.boards;
    assert.ok((board?.watchedMs ?? 0) >= 5_000 && (board?.probes.answered ?? 0) > 0);
    const again = await espwatch(t, home, ['report', run, '--json']);
    assert.equal(again.code, 0);
    assert.deepEqual(reportOf(again.stdout), live);
  });

  test('a board that resets: exit 8, with the finding and its cause; hooks are told', LIMIT, async (t) => {
    const one = await bench(t);
    const told: string[] = [];
    const server = createServer((request, response) => {
      request.on('data', (bytes: Buffer) => told.push(bytes.toString('utf8')));
      request.on('end', () => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const file = join(one.home, 'woken');
    const soak = one.soak([
      ...['--for', '1h', '--notify', `http://127.0.0.1:${port}/`],
      ...['--on-reset', `printf '%s' "$ESPWATCH_CAUSE" > '${file}'`],
    ]);
    await watched(one, soak);
    one.board.brownOut();
    await soak.noted(/was reset: power-on/);
    soak.interrupt();
    const { code, stdout } = await soak.ended();
    assert.equal(code, 8);
    assert.match(stdout, /^FAILED /);
    assert.match(stdout, /1 uncommanded reset /);
    assert.equal(await readFile(file, 'utf8'), 'power-on');
    const call = JSON.parse(told.join('')) as Record<string, unknown>;
    assert.deepEqual([call['board'], call['cause']], [one.url, 'power-on']);
    const again = await espwatch(t, one.home, ['report', one.run, '--json']);
    assert.equal(again.code, 8);
    assert.deepEqual(own(reportOf(again.stdout)), ['power']);
  });

  test('Ctrl-C on a quiet board: the report, and 130', LIMIT, async (t) => {
    const one = await bench(t);
    const soak = one.soak(['--for', '8h', '--json']);
    await watched(one, soak);
    soak.interrupt();
    const { code, stdout, stderr } = await soak.ended();
    assert.equal(code, 130, stderr);
    const report = reportOf(stdout);
    assert.equal(report.ledger.ended, 'stopped');
    assert.equal(report.ledger.boards.length, 1);
  });

  test('kill -9, a reset that nobody sees, --resume: what was not seen is told', LIMIT, async (t) => {
    const one = await bench(t);
    const first = one.soak(['--for', '8h']);
    await watched(one, first);
    // Uptimes that differ by less are one boot, told late.
    await one.board.said(/Telemetry: uptime=1[1-9] /);
    await first.kill();
    const since = one.board.mark;
    one.board.board.pressReset();
    await one.board.said(/ESP8266 Telemetry: /, since);
    const second = new Espwatch(t, one.home, ['soak', '--resume', one.run, '--no-awake', '--json']);
    await second.noted(WATCHING);
    // The journal is on the disk a moment after the board has told its uptime.
    for (;;) {
      const { stdout } = await espwatch(t, one.home, ['report', one.run, '--json']);
      if (reportOf(stdout).ledger.boards[0]?.gaps[0]?.restarted === true) break;
    }
    second.interrupt();
    const { code, stdout, stderr } = await second.ended();
    assert.equal(code, 8, stderr);
    const { ledger } = reportOf(stdout);
    assert.equal(ledger.parts, 2);
    const [board] = ledger.boards;
    assert.deepEqual(
      board?.gaps.map(({ reason, restarted }) => [reason, restarted]),
      [['not-running', true]],
    );
    assert.deepEqual(own({ ledger } as SoakReportJson), ['unknown']);
    assert.ok((board?.watchedMs ?? 0) < ledger.to - ledger.from);
  });

  test('--resume while a board is away: the others are watched, and it is when it comes back', LIMIT, async (t) => {
    const one = await bench(t);
    const other = new SketchBoard(t, { timing: 'real', settings: { ...DEFAULT_SETTINGS, telemetrySeconds: 1 } });
    const server = await Rfc2217Server.listen(other.board);
    const { host, port } = server;
    const first = one.soak(['--for', '1h', '--port', `rfc2217://${host}:${port}`]);
    await watched(one, first);
    await first.kill();
    await server.close();
    const since = one.board.mark;
    const second = new Espwatch(t, one.home, ['soak', '--resume', one.run, '--no-awake', '--json']);
    await second.noted(/Waiting for it; the others are watched\.[\s\S]*The run is kept in /);
    await one.board.said(/ESP8266 Telemetry: /, since);
    const again = await Rfc2217Server.listen(other.board, { host, port });
    t.after(() => again.close());
    for (;;) {
      const { stdout } = await espwatch(t, one.home, ['report', one.run, '--json']);
      const gaps = reportOf(stdout).ledger.boards[1]?.gaps ?? [];
      if (gaps.some(({ reason }) => reason === 'port-lost') && gaps.at(-1)?.restarted === false) break;
    }
    second.interrupt();
    const { stdout, stderr } = await second.ended();
    const [here, away] = reportOf(stdout).ledger.boards;
    assert.deepEqual(
      here?.gaps.map(({ reason }) => reason),
      ['not-running'],
      stderr,
    );
    assert.deepEqual(away?.gaps.map(({ reason }) => reason).slice(0, 2), ['not-running', 'port-lost']);
    assert.ok((away?.watchedMs ?? 0) < (here?.watchedMs ?? 0));
  });

  test('secrets that came by the environment are in no file and no output', LIMIT, async (t) => {
    const home = await makeHome(t);
    const user = { username: 'soak-user-7f1c', password: 'soak-pass-93b2' };
    const broker = await startBroker({ tls: false, users: [user] });
    t.after(() => broker.close());
    const run = join(home, 'run');
    const soak = new Espwatch(
      t,
      home,
      [
        ...['soak', '--port', 'sim:', '--for', '8s', '--probe-every', '1s', '--cycle-modes', '3s', '--out', run],
        ...['--broker', broker.url, '--html', join(home, 'r.html'), '--junit', join(home, 'r.xml')],
        ...['--md', join(home, 'r.md'), '--no-awake'],
      ],
      { env: { ESPWATCH_MQTT_USER: user.username, ESPWATCH_MQTT_PASSWORD: user.password } },
    );
    const { stdout, stderr, code } = await soak.ended();
    assert.ok(code === 0 || code === 8, stderr);
    const report = await espwatch(t, home, ['report', run, '--json']);
    const { ledger } = reportOf(report.stdout);
    assert.ok((ledger.boards[0]?.probes.answered ?? 0) > 0);
    const files = (await readdir(home, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    assert.ok(files.length >= 7, files.map(({ name }) => name).join(' '));
    const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')));
    for (const [i, text] of [...texts, stdout, stderr, report.stdout].entries()) {
      const place = files[i]?.name ?? 'output';
      assert.ok(!text.includes(user.password), `the password is in ${place}`);
      assert.ok(
        !text.includes(Buffer.from(user.password).toString('base64')),
        `the password is in ${place}, as base64`,
      );
    }
  });
});

describe('what a soak refuses', { concurrency: 2 }, () => {
  test('a port that is missing: exit 3, and no folder', LIMIT, async (t) => {
    const home = await makeHome(t);
    const run = join(home, 'run');
    const port = join(home, 'ttyNONE');
    const { code, stdout } = await espwatch(t, home, ['soak', '--port', port, '--out', run, '--json']);
    assert.equal(code, 3, stdout);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'PORT_MISSING');
    assert.deepEqual(await readdir(home), []);
  });

  test('a folder that cannot be made: told before the watch begins', LIMIT, async (t) => {
    const home = await makeHome(t);
    const file = join(home, 'file');
    await writeFile(file, '');
    const { code, stderr } = await espwatch(t, home, ['soak', '--port', 'sim:', '--out', join(file, 'run')]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^error JOURNAL_/m);
  });

  test('a report that cannot be written: told behind the report, which is still the one document', LIMIT, async (t) => {
    const { home, run, soak } = await bench(t);
    const html = join(home, 'none', 'report.html');
    const { code, stdout, stderr } = await soak(['--for', '3s', '--json', '--html', html]).ended();
    assert.equal(code, 2, stderr);
    assert.ok(stderr.includes(`${html} can't be written`), stderr);
    assert.equal(reportOf(stdout).verdict.passed, true);
    const again = await espwatch(t, home, ['report', run, '--json', '--html', html]);
    assert.equal(again.code, 2);
    reportOf(again.stdout);
  });

  test('a folder that holds a run already, and one that holds none', LIMIT, async (t) => {
    const home = await makeHome(t);
    const run = join(home, 'run');
    await mkdir(run);
    await writeFile(join(run, 'run.json'), '{}');
    const taken = await espwatch(t, home, ['soak', '--port', 'sim:', '--out', run]);
    assert.deepEqual([taken.code, /^error JOURNAL_EXISTS/m.test(taken.stderr)], [2, true], taken.stderr);
    for (const args of [
      ['soak', '--resume', join(home, 'none')],
      ['report', join(home, 'none')],
      ['report', home],
    ]) {
      const { code, stderr } = await espwatch(t, home, args);
      assert.deepEqual([code, /^error JOURNAL_MISSING/m.test(stderr)], [2, true], stderr);
    }
  });

  for (const [what, plan] of [
    ['no JSON', 'ports: sim:'],
    ['an unknown key', '{"port":["sim:"]}'],
    ['a wrong type', '{"ports":"sim:"}'],
    ['a time that is none', '{"ports":["sim:"],"for":"long"}'],
    ['a threshold out of range', '{"ports":["sim:"],"thresholds":{"probeFailures":2}}'],
    ['no time at all', '{"ports":["sim:"],"for":"0s"}'],
  ] as const) {
    test(`a plan with ${what}: exit 2`, LIMIT, async (t) => {
      const home = await makeHome(t);
      const file = join(home, 'plan.json');
      await writeFile(file, plan);
      const { code, stderr } = await espwatch(t, home, ['soak', '--plan', file]);
      assert.deepEqual([code, /^error USAGE/m.test(stderr)], [2, true], stderr);
    });
  }

  for (const args of [
    ['--plan', 'not-there.json'],
    ['--resume', 'run', '--for', '1h'],
    ['--resume', 'run', '--port', 'sim:'],
    ['--for', 'long'],
    ['--for', '24d'],
    ['--probe-every', '-1s'],
    ['--max-probe-failures', '101'],
    ['--notify', 'file:///etc/passwd'],
    ['--resume'],
  ]) {
    test(`soak ${args.join(' ')}: exit 2`, LIMIT, async (t) => {
      const home = await makeHome(t);
      const { code, stderr } = await espwatch(t, home, ['soak', '--port', 'sim:', ...args]);
      assert.deepEqual([code, /^error USAGE/m.test(stderr)], [2, true], stderr);
    });
  }
});

describe('the plan file', () => {
  test('all of it is used, and an option goes before it', LIMIT, async (t) => {
    const home = await makeHome(t);
    const [file, run] = [join(home, 'plan.json'), join(home, 'run')];
    const plan = { ports: ['sim:'], for: '8h', probeEvery: 'none', thresholds: { minFreeHeap: 1_000_000 } };
    await writeFile(file, JSON.stringify(plan));
    const { code, stdout, stderr } = await espwatch(t, home, [
      ...['soak', '--plan', file, '--for', '2s', '--out', run, '--no-awake', '--json'],
    ]);
    assert.equal(code, 8, stderr);
    const { verdict, ledger } = reportOf(stdout);
    assert.deepEqual(
      verdict.findings.filter(({ passed }) => !passed).map(({ threshold }) => threshold),
      ['minFreeHeap'],
    );
    assert.equal(ledger.boards[0]?.probes.asked, 0);
    const kept = JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as { plan: Record<string, unknown> };
    assert.deepEqual([kept.plan['durationMs'], kept.plan['probeEveryMs']], [2_000, null]);
  });

  test('its published schema is the one that is used', async () => {
    const published: unknown = JSON.parse(await readFile(join(ROOT, 'docs/schemas/soak-plan.schema.json'), 'utf8'));
    assert.deepEqual(published, JSON.parse(JSON.stringify(PLAN_SCHEMA)));
  });
});
