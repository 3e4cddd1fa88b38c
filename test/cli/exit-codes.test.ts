import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { DEFAULT_SETTINGS, encodeSettings, settingsAddress } from '../../src/settings/record.js';
import { startBroker } from '../../src/sim/broker.js';
import { Espwatch, espwatch, makeHome, objects, storeFlash } from '../support/espwatch.js';
import { ROOT } from '../support/peers.js';
import { FLASH_BYTES, SKETCH_IMAGE } from '../support/sketch-board.js';

const LIMIT = { timeout: 90_000 };
const NOWHERE = '/dev/espwatch-has-no-such-port';

interface ErrorDocument {
  readonly schema: string;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

function codeOf(document: unknown): string {
  return (document as ErrorDocument).error.code;
}

/** Runs a command that fails, both ways: for people, and with --json. */
async function fails(t: TestContext, args: readonly string[], exit: number, code: string): Promise<void> {
  const home = await makeHome(t);
  const [plain, json] = await Promise.all([espwatch(t, home, args), espwatch(t, home, [...args, '--json'])]);
  assert.deepEqual([plain.code, json.code], [exit, exit], plain.stderr);
  assert.equal(plain.stdout, '', 'errors go to stderr');
  for (const { stderr } of [plain, json]) assert.match(stderr, new RegExp(`^error ${code}: .+\n {6}\\S.*\n`, 'm'));
  const document = JSON.parse(json.stdout) as ErrorDocument;
  assert.equal(document.schema, 'espwatch.error/1');
  assert.deepEqual(Object.keys(document.error), ['code', 'message', 'hint']);
  assert.equal(document.error.code, code);
  assert.ok(json.stderr.includes(document.error.message) && json.stderr.includes(document.error.hint));
}

describe('exit codes', { concurrency: 2 }, () => {
  for (const args of [
    ['no-such-command'],
    ['detect', '--no-such-option'],
    ['detect', '--baud', 'fast'],
    ['detect', '--port', 'sim:', '--timeout', '0'],
    ['flash', '--port', NOWHERE, '--fault', 'mute'],
    ['flash', '--port', NOWHERE],
    ['detect', '--port', 'sim:', '--fault', 'nonsense'],
    ['detect', '--port', 'sim:', '--broker', 'mqtt://user:secret@localhost'],
    ['detect', '--port', 'sim:', '--broker', 'mqtts://localhost', '--ca', join(ROOT, 'no-such-file.pem')],
    ['sim', '--rfc2217', 'nonsense'],
    ['monitor', '--port', 'sim:', '--capture', join(ROOT, 'no-such-folder/x.cap')],
  ]) {
    test(`2, usage: ${args.join(' ').replace(ROOT, '')}`, LIMIT, (t) => fails(t, args, 2, 'USAGE'));
  }
  test('2, usage: a port that is none', LIMIT, (t) => fails(t, ['detect', '--port', 'ftp://x'], 2, 'PORT_BAD_NAME'));
  test('2 without a command, with the help', LIMIT, async (t) => {
    const { code, stdout } = await espwatch(t, await makeHome(t), []);
    assert.equal(code, 2);
    assert.match(stdout, /^Usage: espwatch /);
  });
  test('0 for help and version', LIMIT, async (t) => {
    const home = await makeHome(t);
    const version = await espwatch(t, home, ['--version']);
    const { version: expected } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual([version.code, version.stdout], [0, `${expected}\n`]);
    const help = await espwatch(t, home, ['help', 'detect']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--no-reset/);
  });

  for (const command of ['flash', 'detect', 'check', 'monitor']) {
    const image = command === 'flash' ? [SKETCH_IMAGE] : [];
    test(`3, port missing: ${command}`, LIMIT, (t) =>
      fails(t, [command, ...image, '--port', NOWHERE], 3, 'PORT_MISSING'),
    );
  }
  test('3, port: nobody listens there', LIMIT, async (t) => {
    const gone = await startBroker({ tls: false });
    await gone.close();
    const { code, stderr } = await espwatch(t, await makeHome(t), ['detect', '-p', `rfc2217://127.0.0.1:${gone.port}`]);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /^error PORT_/m);
  });
  test('3, port busy: a named virtual board that another process has', LIMIT, async (t) => {
    const home = await makeHome(t);
    const holder = new Espwatch(t, home, ['monitor', '--port', 'sim:mine'], { input: null });
    await holder.noted(/sim:mine at 115200 baud/);
    const { code, stderr } = await espwatch(t, home, ['detect', '--port', 'sim:mine']);
    assert.equal(code, 3);
    assert.match(stderr, /^error PORT_BUSY: .*in use by process \d+\.\n/m);
    holder.interrupt();
    assert.equal((await holder.ended()).code, 0);
  });

  test('4, image: refused before anything is written', LIMIT, async (t) => {
    const home = await makeHome(t);
    const broken = readFileSync(SKETCH_IMAGE);
    broken[0x2000] = (broken[0x2000] ?? 0) ^ 1;
    await writeFile(join(home, 'broken.bin'), broken);
    for (const [image, error] of [
      [join(ROOT, 'package.json'), 'IMAGE_NOT_ESP'],
      [join(ROOT, 'no-such-image.bin'), 'IMAGE_MISSING'],
      [join(home, 'broken.bin'), 'IMAGE_CHECKSUM'],
      [`${SKETCH_IMAGE}@0x3fe000`, 'IMAGE_TOO_LARGE'],
    ] as const) {
      const { code, stdout, stderr } = await espwatch(t, home, ['flash', image, '--port', 'sim:', '--json']);
      assert.equal(code, 4, stderr);
      const said = objects(stdout);
      assert.equal(codeOf(said.at(-1)), error);
      assert.ok(!said.some(({ phase }) => phase === 'write'));
    }
  });
  test('4, flash: the board stays in its loader', LIMIT, async (t) => {
    const args = ['flash', '--port', 'sim:', '--fault', 'stay-in-bootloader:always', '--json'];
    const { code, stdout, stderr } = await espwatch(t, await makeHome(t), args);
    assert.equal(code, 4, stderr);
    const said = objects(stdout);
    assert.ok(said.some(({ phase }) => phase === 'write'));
    assert.equal(codeOf(said.at(-1)), 'FLASH_NOT_BOOTED');
  });

  test('5, mode: a blank board, in one clear sentence', LIMIT, async (t) => {
    const home = await makeHome(t);
    const plain = await espwatch(t, home, ['detect', '--port', 'sim:fresh']);
    assert.equal(plain.code, 5);
    assert.match(plain.stderr, /no bootable image|no firmware/);
    const { code, stdout } = await espwatch(t, home, ['detect', '--port', 'sim:fresh', '--json']);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([code, report['mode'], report['verdict'], report['ip']], [5, 'no-firmware', 'unknown', null]);
    assert.deepEqual([report['schema'], report['port']], ['espwatch.detect/1', 'sim:fresh']);
  });
  test('5, mode: never said', LIMIT, async (t) => {
    const args = ['detect', '--port', 'sim:', '--fault', 'mute', '--timeout', '1', '--json'];
    const { code, stdout } = await espwatch(t, await makeHome(t), args);
    assert.deepEqual([code, (JSON.parse(stdout) as { mode: string }).mode], [5, 'unknown']);
  });

  test('6, contradiction: MQTT announced, the web served', LIMIT, async (t) => {
    const args = ['detect', '--port', 'sim:', '--fault', 'lie-mode', '--json'];
    const { code, stdout } = await espwatch(t, await makeHome(t), args);
    const report = JSON.parse(stdout) as { mode: string; verdict: string };
    assert.deepEqual([code, report.mode, report.verdict], [6, 'mqtt-client', 'contradicted']);
  });

  test('7, network: MQTT mode and no broker to ask; 0 when one is named; 7 without the password', LIMIT, async (t) => {
    const home = await makeHome(t);
    const broker = await startBroker({ tls: true, users: 'random' });
    t.after(() => broker.close());
    const settings = encodeSettings({
      ...DEFAULT_SETTINGS,
      mqttEnabled: true,
      tlsEnabled: true,
      brokerHost: broker.host,
      mqttPort: broker.port,
      mqttUser: broker.user?.username ?? '',
      mqttPassword: broker.user?.password ?? '',
      caDer: broker.caDer ?? new Uint8Array(0),
    });
    await storeFlash(home, 'mqtt', [
      [0, readFileSync(SKETCH_IMAGE)],
      [settingsAddress(FLASH_BYTES), settings],
    ]);
    await writeFile(join(home, 'ca.pem'), broker.caPem ?? '');
    await writeFile(join(home, 'credentials'), `${broker.user?.username}:${broker.user?.password}\n`);
    const detect = async (...args: string[]): Promise<readonly unknown[]> => {
      const { code, stdout, stderr } = await espwatch(t, home, ['detect', '--port', 'sim:mqtt', '--json', ...args]);
      assert.ok(!(stdout + stderr).includes(broker.user?.password ?? '?'), 'the password stays where it was');
      const report = JSON.parse(stdout) as { mode: string; verdict: string; checks: { outcome: string }[] };
      return [code, report.mode, report.verdict, report.checks.at(-1)?.outcome];
    };
    assert.deepEqual(await detect(), [7, 'mqtt-client', 'unconfirmed', 'not-configured']);
    const named = ['--broker', broker.url, '--ca', join(home, 'ca.pem')];
    assert.deepEqual(await detect(...named, '--mqtt-credentials', join(home, 'credentials')), [
      0,
      'mqtt-client',
      'confirmed',
      'answered',
    ]);
    const [code, , verdict, outcome] = await detect(...named);
    assert.deepEqual([code, verdict], [7, 'unconfirmed']);
    assert.notEqual(outcome, 'answered');
  });
});
