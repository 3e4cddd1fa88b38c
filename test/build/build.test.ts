/** `espwatch build` with stand-ins for the tools: they answer as recorded and write down how they were called. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ROOT } from '../support/peers.js';
import { type CliResult, runCli, temporaryFolder } from '../support/run-cli.js';
import { type Reply, StandIn } from '../support/stand-in.js';

const LIMIT = { timeout: 60_000 };
// A stand-in is a script with a #! line.
const SKIP = process.platform === 'win32' ? 'needs a Unix' : false;

interface Result {
  readonly passed: boolean;
  readonly tool: string;
  readonly versions: { readonly tool: string; readonly core: string; readonly library: string };
  readonly artifacts: readonly { readonly kind: string; readonly path: string; readonly sha256: string }[];
  readonly diagnostics: readonly { readonly file: string; readonly line: number; readonly message: string }[];
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

/** The sketch's files, which every tool must be given. */
const SOURCES = readdirSync(join(ROOT, 'firmware')).filter((name) => /\.(ino|h)$/.test(name));

class Bench {
  readonly folder: string;
  readonly path: string;
  readonly #t: TestContext;

  constructor(t: TestContext, folder: string) {
    this.folder = folder;
    this.path = join(folder, 'bin');
    this.#t = t;
  }

  static async create(t: TestContext): Promise<Bench> {
    return new Bench(t, await temporaryFolder(t));
  }

  run(...args: string[]): Promise<CliResult> {
    return runCli(['build', ...args], { env: { PATH: this.path }, cwd: this.folder, signal: this.#t.signal });
  }

  async result(code: number, ...args: string[]): Promise<Result> {
    const run = await this.run(...args, '--json');
    assert.equal(run.code, code, run.stderr);
    return JSON.parse(run.stdout) as Result;
  }

  arduino(...more: Reply[]): Promise<StandIn> {
    return StandIn.install(this.path, 'arduino-cli', 'last', [...more, ...ARDUINO]);
  }

  pio(...more: Reply[]): Promise<StandIn> {
    return StandIn.install(this.path, 'pio', '-d', [...more, ...PIO]);
  }
}

const ARDUINO: readonly Reply[] = [
  { when: ['version', '--json'], stdout: '{"Application":"arduino-cli","VersionString":"1.3.1"}\n' },
  {
    when: ['core', 'list', '--json'],
    stdout: JSON.stringify({
      platforms: [{ id: 'esp8266:esp8266', installed_version: '3.1.2', latest_version: '3.1.2' }],
    }),
  },
  {
    when: ['lib', 'list', '--json'],
    stdout: JSON.stringify({ installed_libraries: [{ library: { name: 'PubSubClient', version: '2.8.0' } }] }),
  },
  {
    when: ['compile'],
    stdout: 'Sketch uses 412345 bytes (39%) of program storage space.\n',
    stderr: "{stage}/webpage.h:9:5: warning: unused variable 'x' [-Wunused-variable]\n",
    make: { '{--output-dir}/tls_mqtt.ino.bin': 'the bin', '{--output-dir}/tls_mqtt.ino.elf': 'the elf' },
  },
];

const PIO: readonly Reply[] = [
  { when: ['--version'], stdout: 'PlatformIO Core, version 6.1.18\n' },
  { when: ['pkg', 'install'], stdout: 'Already up-to-date.\n' },
  {
    when: ['pkg', 'list'],
    stdout:
      'Platform espressif8266 @ 4.2.1 (required: espressif8266 @ 4.2.1)\n├── framework-arduinoespressif8266 @ 3.30102.0 (required: x)\nLibraries\n└── PubSubClient @ 2.8.0 (required: knolleary/PubSubClient @ 2.8)\n',
  },
  {
    when: ['run'],
    stdout: 'Compiling\n========================= [SUCCESS] Took 9.99 seconds =========================\n',
    make: {
      '{-d}/.pio/build/{-e}/firmware.bin': 'the bin',
      '{-d}/.pio/build/{-e}/firmware.elf': 'the elf',
    },
  },
];

async function assertArtifacts(bench: Bench, board: string, { artifacts }: Result): Promise<void> {
  assert.deepEqual(
    artifacts.map(({ kind, path }) => [kind, path]),
    [
      ['bin', join('build', 'firmware', `tls_mqtt.${board}.bin`)],
      ['elf', join('build', 'firmware', `tls_mqtt.${board}.elf`)],
    ],
  );
  for (const { kind, path, sha256 } of artifacts) {
    const bytes = await readFile(join(bench.folder, path));
    assert.equal(bytes.toString(), `the ${kind}`);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
    assert.equal(
      await readFile(join(bench.folder, `${path}.sha256`), 'utf8'),
      `${sha256}  tls_mqtt.${board}.${kind}\n`,
    );
  }
}

test('arduino-cli: versions checked, sketch staged in a folder of its name, results with their hashes', {
  ...LIMIT,
  skip: SKIP,
}, async (t) => {
  const bench = await Bench.create(t);
  const tool = await bench.arduino();
  const result = await bench.result(0, '--board', 'nodemcuv2');
  assert.deepEqual([result.passed, result.tool], [true, 'arduino-cli']);
  assert.deepEqual(result.versions, { tool: '1.3.1', core: '3.1.2', library: '2.8.0' });
  await assertArtifacts(bench, 'nodemcuv2', result);
  assert.deepEqual(
    result.diagnostics.map(({ file, line }) => [file, line]),
    [['firmware/webpage.h', 9]],
  );
  const compile = (await tool.calls()).at(-1);
  assert.deepEqual(compile?.args.slice(0, 3), ['compile', '--fqbn', 'esp8266:esp8266:nodemcuv2']);
  assert.match(compile?.args.at(-1) ?? '', /[/\\]tls_mqtt$/);
  assert.deepEqual(Object.keys(compile?.files ?? {}).sort(), [...SOURCES].sort());
  assert.equal(compile?.files['tls_mqtt.ino'], readFileSync(join(ROOT, 'firmware/tls_mqtt.ino'), 'utf8'));
});

test('arduino-cli before 1.0 lists in its own way', { ...LIMIT, skip: SKIP }, async (t) => {
  const bench = await Bench.create(t);
  const unknownFlag: Reply = { when: ['--json'], stderr: 'Error: unknown flag: --json\n', code: 1 };
  await bench.arduino(
    unknownFlag,
    { when: ['version'], stdout: '{"VersionString":"0.35.3"}' },
    { when: ['core', 'list'], stdout: '[{"id":"esp8266:esp8266","installed":"3.1.2"}]' },
    { when: ['lib', 'list'], stdout: '[{"library":{"name":"PubSubClient","version":"2.8.0"}}]' },
  );
  assert.equal((await bench.result(0)).versions.tool, '0.35.3');
});

test('PlatformIO: the pinned versions, for a board that platformio.ini names and for one that it does not', {
  ...LIMIT,
  skip: SKIP,
}, async (t) => {
  const bench = await Bench.create(t);
  const tool = await bench.pio();
  for (const board of ['d1_mini', 'huzzah']) {
    const result = await bench.result(0, '--board', board);
    assert.deepEqual(result.versions, { tool: '6.1.18', core: '3.1.2', library: '2.8.0' });
    await assertArtifacts(bench, board, result);
    const run = (await tool.calls()).at(-1);
    assert.deepEqual(run?.args.slice(-2), ['-e', board]);
    const names = Object.keys(run?.files ?? {}).map((name) => name.replaceAll('\\', '/'));
    assert.deepEqual(names.sort(), ['platformio.ini', ...SOURCES.map((name) => `firmware/${name}`)].sort());
    const project = run?.files['platformio.ini'] ?? '';
    assert.match(project, /^platform = espressif8266@4\.2\.1$/m);
    assert.equal(project.split(`[env:${board}]`).length, 2);
  }
});

test('a sketch that does not compile: where and why, with paths of the project', {
  ...LIMIT,
  skip: SKIP,
}, async (t) => {
  const bench = await Bench.create(t);
  await bench.arduino({
    when: ['compile'],
    code: 1,
    stderr: [
      "{stage}/tls_mqtt.ino: In function 'void loop()':",
      "{stage}/tls_mqtt.ino:185:3: error: 'pollSerail' was not declared in this scope",
      '  185 |   pollSerail();',
      'Error during build: exit status 1',
    ].join('\n'),
  });
  const failed = await bench.result(9);
  assert.deepEqual([failed.passed, failed.error.code], [false, 'BUILD_FAILED']);
  assert.deepEqual(failed.diagnostics, [
    {
      severity: 'error',
      file: 'firmware/tls_mqtt.ino',
      line: 185,
      column: 3,
      message: "'pollSerail' was not declared in this scope",
    },
  ]);
  const { stderr, stdout } = await bench.run();
  assert.equal(stdout, '');
  assert.match(stderr, /^firmware\/tls_mqtt\.ino:185:3: error: 'pollSerail' was not declared in this scope$/m);
  assert.doesNotMatch(stderr, /espwatch-build-/);
});

const missing: readonly (readonly [what: string, replies: readonly Reply[], code: string, text: RegExp])[] = [
  [
    'no core',
    [{ when: ['core', 'list', '--json'], stdout: '{"platforms":[]}' }],
    'BUILD_VERSION',
    /core is not installed.*arduino-cli core install esp8266:esp8266@3\.1\.2 --additional-urls https:/s,
  ],
  [
    'another core',
    [
      {
        when: ['core', 'list', '--json'],
        stdout: '{"platforms":[{"id":"esp8266:esp8266","installed_version":"2.7.4"}]}',
      },
    ],
    'BUILD_VERSION',
    /version 2\.7\.4; the sketch was written for 3\.1\.2/,
  ],
  [
    'no library',
    [{ when: ['lib', 'list', '--json'], stdout: '{"installed_libraries":[]}' }],
    'BUILD_VERSION',
    /PubSubClient is not installed.*arduino-cli lib install PubSubClient@2\.8/s,
  ],
  [
    'a tool that is too old for JSON',
    [{ when: ['core'], stdout: 'ID Installed\n' }],
    'BUILD_NO_TOOL',
    /does not answer in JSON/,
  ],
  ['success without a result', [{ when: ['compile'] }], 'BUILD_FAILED', /made no \.bin/],
  ['a failure without a word', [{ when: ['compile'], code: 3 }], 'BUILD_FAILED', /code 3: it said nothing/],
];

test('what is missing, and how to get it', { ...LIMIT, skip: SKIP }, async (t) => {
  for (const [what, replies, code, text] of missing) {
    const bench = await Bench.create(t);
    await bench.arduino(...replies);
    const { error } = await bench.result(9);
    assert.equal(error.code, code, what);
    assert.match(`${error.message} ${error.hint}`, text, what);
  }
});

test('another version is taken when that is wanted', { ...LIMIT, skip: SKIP }, async (t) => {
  const bench = await Bench.create(t);
  await bench.arduino({
    when: ['core', 'list', '--json'],
    stdout: '{"platforms":[{"id":"esp8266:esp8266","installed_version":"3.1.1"}]}',
  });
  assert.equal((await bench.result(0, '--any-version')).versions.core, '3.1.1');
});

test('PlatformIO with other packages, too old, or without a network', { ...LIMIT, skip: SKIP }, async (t) => {
  for (const [reply, code, text] of [
    [
      { when: ['pkg', 'list'], stdout: '└── PubSubClient @ 2.8.0 (required: x)\n' },
      'BUILD_VERSION',
      /core in version unknown/,
    ],
    [{ when: ['--version'], stdout: 'PlatformIO Core, version 5.2.5\n' }, 'BUILD_VERSION', /6 or newer/],
    [{ when: ['pkg', 'install'], code: 1, stderr: 'HTTPClientError: \n' }, 'BUILD_FETCH', /HTTPClientError\.$/],
  ] as const) {
    const bench = await Bench.create(t);
    await bench.pio(reply);
    const { error } = await bench.result(9);
    assert.equal(error.code, code);
    assert.match(error.message, text);
  }
});

test('neither tool, a tool that is not there, an unknown board', LIMIT, async (t) => {
  const bench = await Bench.create(t);
  for (const [args, code, text] of [
    [[], 'BUILD_NO_TOOL', /Neither arduino-cli nor PlatformIO/],
    [['--tool', 'arduino-cli'], 'BUILD_NO_TOOL', /arduino-cli is not on PATH/],
    [['--tool', 'platformio'], 'BUILD_NO_TOOL', /PlatformIO \(pio\) is not on PATH/],
    [['--board', 'esp32'], 'BUILD_BOARD', /no board "esp32"/],
  ] as const) {
    const { error } = await bench.result(9, ...args);
    assert.equal(error.code, code);
    assert.match(error.message, text);
    assert.notEqual(error.hint, '');
  }
});
