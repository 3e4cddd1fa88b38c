/** `espwatch settings` on the virtual board, as a user runs it. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  DEFAULT_SETTINGS,
  decodeSettings,
  encodeSettings,
  readSettings,
  SETTINGS_SECTOR_BYTES,
  scratchAddress,
  settingsAddress,
} from '../../src/settings/record.js';
import { makeCa } from '../support/certificates.js';
import { type CliResult, runCli, temporaryFolder } from '../support/run-cli.js';
import { encodeVersion1 } from '../support/settings-version1.js';

const LIMIT = { timeout: 120_000 };
const FLASH_BYTES = 4 << 20;
const SECRET = 'geheim-0815';

interface Document {
  readonly stored: { readonly from: string; readonly version: number; readonly sequence: number } | null;
  readonly damage: readonly unknown[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly ca: { readonly bytes: number; readonly sha256: string; readonly subject: string } | null;
  readonly changes: readonly { readonly name: string; readonly from: unknown; readonly to: unknown }[];
  readonly written: { readonly offset: number; readonly bytes: number; readonly md5: string } | null;
}

/** `sim:bench` with its state in a folder of its own. */
class Bench {
  readonly folder: string;
  readonly #t: TestContext;

  constructor(t: TestContext, folder: string) {
    this.folder = folder;
    this.#t = t;
  }

  static async create(t: TestContext): Promise<Bench> {
    return new Bench(t, await temporaryFolder(t));
  }

  run(args: readonly string[], more: { env?: Record<string, string>; input?: string } = {}): Promise<CliResult> {
    return runCli(['settings', ...args, '--port', 'sim:bench'], {
      ...more,
      env: { XDG_STATE_HOME: this.folder, ...more.env },
      signal: this.#t.signal,
    });
  }

  async document(
    args: readonly string[],
    more: { env?: Record<string, string>; input?: string } = {},
  ): Promise<Document> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], more);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout + stderr, new RegExp(SECRET));
    return JSON.parse(stdout) as Document;
  }

  get #file(): string {
    return join(this.folder, 'espwatch/sim/bench.bin');
  }

  async flash(): Promise<Uint8Array> {
    return new Uint8Array(await readFile(this.#file));
  }

  async sector(): Promise<Uint8Array> {
    const at = settingsAddress(FLASH_BYTES);
    return (await this.flash()).slice(at, at + SETTINGS_SECTOR_BYTES);
  }

  /** What the board has in its flash before the first command. */
  async preload(sector: Uint8Array, scratch?: Uint8Array): Promise<void> {
    const flash = new Uint8Array(FLASH_BYTES).fill(0xff);
    flash.set(sector, settingsAddress(FLASH_BYTES));
    if (scratch !== undefined) flash.set(scratch, scratchAddress(FLASH_BYTES));
    await mkdir(join(this.folder, 'espwatch/sim'), { recursive: true });
    await writeFile(this.#file, flash);
  }
}

test('get, set, get: all kinds of settings, secrets from everywhere but the command line', LIMIT, async (t) => {
  const bench = await Bench.create(t);
  const { cert: caPem } = await makeCa();
  const caDer = new Uint8Array(new X509Certificate(caPem).raw);
  const caFile = join(bench.folder, 'ca.pem');
  const fromFile = join(bench.folder, 'from.json');
  await writeFile(caFile, caPem);
  await writeFile(fromFile, JSON.stringify({ httpPort: 81, brokerHost: 'broker.lan', configPassword: SECRET }));

  const blank = await bench.document(['get']);
  assert.equal(blank.stored, null);
  assert.equal(blank.settings['httpPort'], DEFAULT_SETTINGS.httpPort);

  const set = await bench.document(
    [
      'set',
      'httpPort=82',
      'tlsEnabled=on',
      'ssid=Küche 5',
      '--from',
      fromFile,
      '--ca',
      caFile,
      '--ask',
      'wifiPassword',
    ],
    { env: { ESPWATCH_NEW_MQTT_PASSWORD: `${SECRET}-mqtt` }, input: `${SECRET}-wifi\n` },
  );
  assert.deepEqual(
    set.changes.map(({ name, to }) => [name, to]),
    [
      ['tlsEnabled', true],
      ['ssid', 'Küche 5'],
      ['wifiPassword', 'set'],
      ['httpPort', 82],
      ['configPassword', 'set'],
      ['brokerHost', 'broker.lan'],
      ['mqttPassword', 'set'],
      ['ca', `${caDer.length} bytes`],
    ],
  );
  assert.deepEqual(set.stored, { from: 'A', version: 2, sequence: 1 });
  const expected = {
    ...DEFAULT_SETTINGS,
    httpPort: 82,
    tlsEnabled: true,
    ssid: 'Küche 5',
    brokerHost: 'broker.lan',
    configPassword: SECRET,
    mqttPassword: `${SECRET}-mqtt`,
    wifiPassword: `${SECRET}-wifi`,
    caDer,
  };
  assert.deepEqual(await bench.sector(), encodeSettings(expected, 1));
  const flash = await bench.flash();
  flash.fill(0xff, settingsAddress(FLASH_BYTES), settingsAddress(FLASH_BYTES) + SETTINGS_SECTOR_BYTES);
  assert.ok(
    flash.every((byte) => byte === 0xff),
    'only the settings sector was written',
  );

  const shown = await bench.run(['get']);
  assert.equal(shown.code, 0);
  assert.match(shown.stdout, /settings of version 2, slot A, sequence 1 \(0x3fb000, 4 MB flash\)/);
  assert.match(shown.stdout, /^ {2}wifiPassword +set$/m);
  assert.match(shown.stdout, /^ {2}ca +\d+ bytes, CN=/m);
  assert.doesNotMatch(shown.stdout + shown.stderr, new RegExp(SECRET));

  const again = await bench.document(['get']);
  await writeFile(fromFile, JSON.stringify(again));
  const same = await bench.document(['set', '--from', fromFile]);
  assert.deepEqual([same.changes, same.written], [[], null], 'what get printed changes nothing');
  const shownSet = await bench.run(['set', 'mqttUser=u'], { env: { ESPWATCH_NEW_CONFIG_PASSWORD: `${SECRET}-2` } });
  assert.match(shownSet.stdout, /^ {2}configPassword +set -> set anew\n {2}mqttUser +- -> u$/m);
  assert.match(shownSet.stdout, /^written at 0x3fb000, MD5 [0-9a-f]{32} verified\nbooted: the ROM booted from flash$/m);
  assert.doesNotMatch(shownSet.stdout + shownSet.stderr, new RegExp(SECRET));
  const removed = await bench.document(['set', '--remove-ca', 'wifiPassword=']);
  assert.deepEqual(removed.stored, { from: 'A', version: 2, sequence: 3 });
  assert.deepEqual(decodeSettings(await bench.sector()), {
    ...expected,
    configPassword: `${SECRET}-2`,
    mqttUser: 'u',
    wifiPassword: '',
    caDer: new Uint8Array(0),
  });
});

test('what is wrong on the command line never reaches the board', LIMIT, async (t) => {
  const bench = await Bench.create(t);
  const bad = join(bench.folder, 'bad.json');
  await writeFile(bad, `{"wifiPassword": "${SECRET}`);
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], 'USAGE'],
    [['httpPort=0'], 'SETTINGS_INVALID'],
    [['port=80'], 'USAGE'],
    [[`wifiPassword=${SECRET}`], 'USAGE'],
    [['ip=10.0.0.2'], 'SETTINGS_INVALID'],
    [['--from', bad], 'USAGE'],
    [['--from', 'missing.json'], 'USAGE'],
    [['--ca', bad], 'SETTINGS_INVALID'],
    [['--ca', bad, '--remove-ca'], 'USAGE'],
    [['--ask', 'ssid'], 'USAGE'],
    [['--ask', 'mqttPassword'], 'USAGE'],
  ];
  for (const [args, code] of cases) {
    const result = await bench.run(['set', ...args, '--json']);
    assert.equal(result.code, 2, args.join(' '));
    const { error } = JSON.parse(result.stdout) as { error: { code: string } };
    assert.equal(error.code, code, args.join(' '));
    assert.doesNotMatch(result.stdout + result.stderr, new RegExp(SECRET));
  }
  await assert.rejects(bench.sector(), { code: 'ENOENT' });
});

test('a sector that is not ours is left alone, unless forced', { ...LIMIT, concurrency: true }, async (t) => {
  const running: Promise<void>[] = [];
  for (const [what, sector, why] of [
    ['somebody else', new Uint8Array(SETTINGS_SECTOR_BYTES).fill(0x5a), /neither settings of our sketch/],
    ['a newer version', encodeSettings(DEFAULT_SETTINGS).fill(3, 4, 5), /newer version/],
  ] as const) {
    running.push(
      t.test(what, LIMIT, async (t) => {
        const bench = await Bench.create(t);
        await bench.preload(sector);
        const refused = await bench.run(['set', 'httpPort=80']);
        assert.equal(refused.code, 2);
        assert.match(refused.stderr, /SETTINGS_FOREIGN/);
        assert.match(refused.stderr, why);
        assert.deepEqual(await bench.sector(), sector);
        const forced = await bench.document(['set', 'httpPort=80', '--force']);
        assert.equal(forced.written?.offset, settingsAddress(FLASH_BYTES));
        assert.equal(decodeSettings(await bench.sector())?.httpPort, 80);
      }),
    );
  }
  await Promise.all(running);
});

test('while a stored record is rewritten, the scratch sector holds the new one', LIMIT, async (t) => {
  const at = scratchAddress(FLASH_BYTES);
  const bench = await Bench.create(t);
  const blank = new Uint8Array(SETTINGS_SECTOR_BYTES).fill(0xff);
  await bench.preload(blank);
  await bench.document(['set', 'httpPort=80']);
  assert.deepEqual((await bench.flash()).slice(at, at + SETTINGS_SECTOR_BYTES), blank, 'there was nothing to lose');
  await bench.document(['set', 'httpPort=81']);
  // No sketch runs here, which would declare the copy void at its next start.
  assert.deepEqual((await bench.flash()).slice(at, at + SETTINGS_SECTOR_BYTES), await bench.sector());
  assert.equal(decodeSettings(await bench.sector())?.httpPort, 81);
});

test('settings are taken on from version 1, from the scratch sector, and from the better slot', {
  ...LIMIT,
  concurrency: true,
}, async (t) => {
  const stored = { ...DEFAULT_SETTINGS, ssid: 'kept', httpPort: 81 };
  const older = encodeSettings({ ...stored, ssid: 'older' }, 4);
  const damaged = encodeSettings(stored, 5);
  damaged.copyWithin(0x300, 0, 562);
  damaged[100] = 1;
  const blank = new Uint8Array(SETTINGS_SECTOR_BYTES).fill(0xff);
  const running: Promise<void>[] = [];
  for (const [what, sector, scratch, place] of [
    ['version 1', encodeVersion1(stored), blank, { from: 'A', version: 1, sequence: 0 }],
    ['scratch', older, encodeSettings(stored, 5), { from: 'scratch', version: 2, sequence: 5 }],
    ['slot B', damaged, blank, { from: 'B', version: 2, sequence: 5 }],
  ] as const) {
    running.push(
      t.test(what, LIMIT, async (t) => {
        const bench = await Bench.create(t);
        await bench.preload(sector, scratch);
        const found = await bench.document(['get']);
        assert.deepEqual(found.stored, place);
        assert.equal(found.damage.length, what === 'slot B' ? 1 : 0);
        const { changes } = await bench.document(['set', 'mqttPort=1884']);
        assert.deepEqual(
          changes.map(({ name }) => name),
          ['mqttPort'],
        );
        const after = readSettings(await bench.sector(), scratch);
        assert.deepEqual(after.settings, { ...stored, mqttPort: 1884 });
        assert.equal(after.sequence, place.sequence + 1);
      }),
    );
  }
  await Promise.all(running);
});
