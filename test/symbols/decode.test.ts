/** `espwatch decode` as a process: an ELF of the real cross compiler, of the virtual board's, and what can be wrong. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { rememberBuild, rememberFlash } from '../../src/symbols/known-builds.js';
import { program } from '../support/peers.js';
import { type CliResult, runCli, temporaryFolder } from '../support/run-cli.js';
import { runProgram } from '../support/run-program.js';
import { crashLog, IROM, makeArduinoImage, makeImage, makeWasm, SAMPLE, sampleElf } from './elf-maker.js';

const LIMIT = { timeout: 60_000 };
const gcc = program('xtensa-lx106-elf-gcc', 'gcc-xtensa-lx106');

interface Frame {
  readonly function: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly inlined: boolean;
}

interface Decoded {
  readonly passed: boolean;
  readonly error?: { readonly code: string };
  readonly symbols: { readonly standing: string; readonly tool: string | null; readonly format: string } | null;
  readonly crashes: readonly {
    readonly lines: readonly number[];
    readonly count: number;
    readonly fit: string | null;
    readonly decoded: {
      readonly registers: readonly { readonly name: string; readonly frames: readonly Frame[] }[];
      readonly stacks: readonly {
        readonly words: readonly { readonly frames: readonly Frame[]; readonly returnAddress: boolean }[];
      }[];
    } | null;
  }[];
}

class Bench {
  readonly folder: string;
  readonly #t: TestContext;

  constructor(t: TestContext, folder: string) {
    this.#t = t;
    this.folder = folder;
  }

  static async create(t: TestContext): Promise<Bench> {
    return new Bench(t, await temporaryFolder(t));
  }

  get state(): string {
    return join(this.folder, 'state', 'espwatch');
  }

  async file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, content);
    return path;
  }

  run(args: readonly string[], options: { readonly input?: string; readonly path?: string } = {}): Promise<CliResult> {
    const { input, path } = options;
    const env = {
      XDG_STATE_HOME: join(this.folder, 'state'),
      HOME: this.folder,
      ...(path === undefined ? {} : { PATH: path }),
    };
    return runCli(['decode', ...args], { env, signal: this.#t.signal, ...(input === undefined ? {} : { input }) });
  }

  async json(code: number, ...args: string[]): Promise<Decoded> {
    const run = await this.run([...args, '--json']);
    assert.equal(run.code, code, run.stderr);
    return JSON.parse(run.stdout) as Decoded;
  }

  async compile(args: readonly string[]): Promise<void> {
    const { code, output } = await runProgram(gcc.path, args, { signal: this.#t.signal });
    assert.equal(code, 0, output);
  }
}

const MAIN_C = `#include "sensor.h"
volatile int sink;
__attribute__((noinline)) int handle_request(int *p) {
  int value = read_sensor(p);
  return value + scale(value);
}
void app_entry(void) {
  for (;;) {
    sink = handle_request((int *)0);
  }
}
`;
const SENSOR_C = `#include "sensor.h"
static inline __attribute__((always_inline)) int first_of(volatile int *p) {
  return *p;
}
__attribute__((noinline)) int read_sensor(int *p) {
  return first_of(p) + 1;
}
`;
const SCALE_C = `#include "sensor.h"
__attribute__((noinline)) int scale(int value) {
  return value * 3;
}
`;
const LINKER_SCRIPT = `ENTRY(app_entry)
SECTIONS {
  .irom0.text 0x40201010 : { LONG(0) LONG(0) *(.literal*) *(.text*) }
  .bss 0x3ffe8000 : { *(.bss*) *(COMMON) }
}
`;

/** Three source files, linked where the core's code begins. */
async function compiled(bench: Bench): Promise<{ elf: string; addressOf: (instruction: RegExp) => number }> {
  const sources = await Promise.all([
    bench.file('main.c', MAIN_C),
    bench.file('sensor.c', SENSOR_C),
    bench.file('scale.c', SCALE_C),
  ]);
  await bench.file('sensor.h', 'int read_sensor(int *p);\nint scale(int value);\n');
  const script = await bench.file('flash.ld', LINKER_SCRIPT);
  const elf = join(bench.folder, 'firmware.elf');
  const flags = [
    '-g',
    '-Os',
    '-ffunction-sections',
    '-mlongcalls',
    '-nostdlib',
    '-nostartfiles',
    '-Wl,--no-warn-rwx-segments',
  ];
  await bench.compile([...flags, '-T', script, ...sources, '-o', elf]);
  const signal = AbortSignal.timeout(30_000);
  const listing = (await runProgram('xtensa-lx106-elf-objdump', ['-d', elf], { signal })).output;
  return {
    elf,
    addressOf: (instruction) => {
      const found = instruction.exec(listing)?.[1];
      assert.ok(found, `${instruction} in:\n${listing}`);
      return Number.parseInt(found, 16);
    },
  };
}

test('an ELF of the cross compiler: functions, files and lines of epc1 and the stack', {
  ...LIMIT,
  skip: gcc.skip,
}, async (t) => {
  const bench = await Bench.create(t);
  const { elf, addressOf } = await compiled(bench);
  const load = addressOf(/<read_sensor>:\n(?:.*\n)*? ?([0-9a-f]{8}):.*\tl32i/);
  // The bytes of a call are three; what follows is where it returns to.
  const toSensor = addressOf(/([0-9a-f]{8}):.*\tcall0\t\w+ <read_sensor>/) + 3;
  const toHandler = addressOf(/([0-9a-f]{8}):.*\tcall0\t\w+ <handle_request>/) + 3;
  const log = await bench.file('crash.txt', crashLog(28, load, [toSensor, 0x3ffe8000, toHandler]));
  const { symbols, crashes } = await bench.json(0, log, '--elf', elf);
  assert.deepEqual([symbols?.format, symbols?.standing, crashes[0]?.fit], ['xtensa', 'unproven', 'fits']);
  assert.match(symbols?.tool ?? '', /xtensa-lx106-elf-addr2line$/);
  const shown = (frames: readonly Frame[] | undefined): unknown =>
    frames?.map(({ file, ...frame }) => ({ ...frame, file: file?.split('/').at(-1) }));
  assert.deepEqual(shown(crashes[0]?.decoded?.registers[0]?.frames), [
    { function: 'first_of', line: 3, inlined: true, file: 'sensor.c' },
    { function: 'read_sensor', line: 6, inlined: false, file: 'sensor.c' },
  ]);
  assert.deepEqual(
    crashes[0]?.decoded?.stacks[0]?.words.map(({ frames }) => shown(frames)),
    [
      [{ function: 'handle_request', line: 4, inlined: false, file: 'main.c' }],
      [{ function: 'app_entry', line: 9, inlined: false, file: 'main.c' }],
    ],
  );

  const { stdout, stderr } = await bench.run([log, '--elf', elf]);
  assert.match(
    stdout,
    /^ {2}epc1 0x4020\w{4}: first_of\(\) at sensor\.c:3\n {4}inlined into read_sensor\(\) at sensor\.c:6$/m,
  );
  assert.match(stdout, /^ {2}stack 0x4020\w{4}: handle_request\(\) at main\.c:4$/m);
  assert.match(stderr, /was not proven to be the firmware that crashed/);

  // The same from a forum, through a pipe, and with another compiler's addr2line out of reach.
  const posted = crashLog(28, load, [toSensor, 0, toHandler]).replaceAll('<', '&lt;').replace(/^/gm, '> ');
  const piped = await bench.run(['-', '--elf', elf], { input: posted, path: bench.folder });
  assert.match(piped.stdout, /^ {2}stack 0x4020\w{4}: handle_request\(\)$/m);
  assert.match(piped.stderr, /addr2line is not installed: functions are known, files and lines are not/);
});

test('another firmware is named as such, with an exit code', { ...LIMIT, skip: gcc.skip }, async (t) => {
  const bench = await Bench.create(t);
  const { elf } = await compiled(bench);
  const log = await bench.file('crash.txt', crashLog(28, 0x40215a20, [0x40215a24, 0x40216c84, 0x40201a10, 0x40201b8c]));
  const { passed, error, crashes } = await bench.json(5, log, '--elf', elf);
  assert.deepEqual(
    [passed, error?.code, crashes[0]?.fit, crashes[0]?.decoded],
    [false, 'SYMBOLS_MISMATCH', 'impossible', null],
  );
  const { stdout, stderr } = await bench.run([log, '--elf', elf]);
  assert.match(stdout, /Not decoded, for these symbols are of another firmware: epc1 0x40215a20 is outside/);
  assert.match(stderr, /^error SYMBOLS_MISMATCH: .*firmware\.elf is not the firmware that crashed/m);
});

test('symbols are found by the board in the log, by the image, and by what fits', LIMIT, async (t) => {
  const bench = await Bench.create(t);
  const elf = sampleElf();
  const image = makeArduinoImage(makeImage(SAMPLE.entry, [{ address: IROM, bytes: SAMPLE.code }]));
  const symbols = await bench.file('sketch.elf', elf);
  const bin = await bench.file('sketch.bin', image);
  const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const crash = crashLog(28, SAMPLE.load, SAMPLE.returns);
  const plain = await bench.file('plain.txt', crash);
  const mac = await bench.file('mac.txt', `${crash}\nESP8266 MAC: 18:fe:34:a2:66:29\n`);

  const unknown = await bench.json(0, plain);
  assert.deepEqual([unknown.symbols, unknown.crashes[0]?.decoded], [null, null]);
  assert.match((await bench.run([plain])).stderr, /--elf FILE/);

  await rememberBuild(bench.state, { image: hash(image), symbols, symbolsSha256: hash(elf) });
  assert.equal((await bench.json(0, plain)).symbols?.standing, 'unproven');
  assert.equal((await bench.json(0, plain, '--image', bin)).symbols?.standing, 'image');
  await rememberFlash(bench.state, { mac: '18:fe:34:a2:66:29', image: hash(image) });
  assert.equal((await bench.json(0, mac)).symbols?.standing, 'board');
  const { stdout } = await bench.run([mac]);
  assert.match(stdout, /epc1 0x40201018: readSensor\(\)/);
  assert.match(stdout, /stack 0x40201021: Server::handleRequest\(\)/);
});

test('the module of the virtual board', LIMIT, async (t) => {
  const bench = await Bench.create(t);
  const wasm = makeWasm([
    { name: 'readSensor(int*)', body: [0x00, 0x0b] },
    { name: 'loop', body: [0x10, 1, 0x0b] },
  ]);
  // Size and locals of the first body are two bytes; so are those of the second.
  const at = wasm.findIndex((_, i) => wasm[i] === 0x00 && wasm[i + 1] === 0x0b);
  const log = await bench.file('crash.txt', crashLog(0, 0x40200000 + at, [0x40200000 + at, 0x40200000 + at + 4]));
  const { symbols, crashes } = await bench.json(0, log, '--elf', await bench.file('sketch.wasm', wasm));
  assert.equal(symbols?.format, 'wasm');
  assert.equal(crashes[0]?.decoded?.registers[0]?.frames[0]?.function, 'readSensor(int*)');
  const words = crashes[0]?.decoded?.stacks[0]?.words ?? [];
  assert.deepEqual(
    words.map(({ frames, returnAddress }) => [frames[0]?.function, returnAddress]),
    [
      ['readSensor(int*)', false],
      ['loop', true],
    ],
  );
});

test('the same crash again and again is one, with the lines where it begins', LIMIT, async (t) => {
  const bench = await Bench.create(t);
  const crash = crashLog(28, SAMPLE.load, SAMPLE.returns);
  const other = crashLog(29, SAMPLE.store, SAMPLE.returns);
  const elf = await bench.file('sketch.elf', sampleElf());
  const utf16 = await bench.file('crash.txt', Buffer.from(`\ufeff${crash}${other}${crash}${crash}`, 'utf16le'));
  const { crashes } = await bench.json(0, utf16, '--elf', elf);
  assert.deepEqual(
    crashes.map(({ count, lines }) => [count, lines]),
    [
      [3, [2, 32, 47]],
      [1, [17]],
    ],
  );
});

test('what is no log, no crash, no ELF', LIMIT, async (t) => {
  const bench = await Bench.create(t);
  const log = await bench.file('crash.txt', crashLog(28, SAMPLE.load, []));
  const quiet = await bench.file(
    'quiet.txt',
    'ESP8266 IP: 192.168.0.133\nI once saw Exception (28):\n3ffe8000: 00000000 00000001\n',
  );
  const fails = async (args: readonly string[], code: string, text: RegExp): Promise<void> => {
    const run = await bench.run(args);
    assert.notEqual(run.code, 0);
    assert.match(run.stderr, new RegExp(`^error ${code}: .*`, 'm'));
    assert.match(run.stderr, text);
  };
  await fails([quiet], 'SYMBOLS_NO_CRASH', /There is no crash report in .*quiet\.txt/);
  await fails([join(bench.folder, 'nothing.txt')], 'SYMBOLS_LOG', /can't be read/);
  await fails([bench.folder], 'SYMBOLS_LOG', /can't be read/);
  await fails([log, '--elf', log], 'SYMBOLS_ELF', /no ELF file/);
  await fails([log, '--elf', process.execPath], 'SYMBOLS_ELF', /not for the ESP8266|damaged|no ELF file|is not linked/);
  await fails([], 'USAGE', /missing required argument/i);
});

test('every capture with a crash is read, decoded or not', LIMIT, async (t) => {
  const bench = await Bench.create(t);
  const folder = new URL('../../../test/captures/', import.meta.url);
  const elf = await bench.file('sketch.elf', sampleElf());
  for (const name of ['exception-28', 'exception-old-core', 'panic-in-tls', 'abort-out-of-memory', 'hwdt-debug']) {
    const log = await bench.file('capture.txt', await readFile(new URL(`${name}.cap`, folder)));
    const bare = await bench.json(0, log);
    assert.ok(bare.crashes.length > 0, name);
    const run = await bench.run([log, '--elf', elf, '--json']);
    const { passed, crashes } = JSON.parse(run.stdout) as Decoded;
    assert.equal(passed, run.code === 0);
    for (const { fit, decoded } of crashes) assert.equal(decoded === null, fit === 'impossible', name);
  }
});
