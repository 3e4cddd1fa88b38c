import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { IROM, SAMPLE, sampleElf } from '../../test/symbols/elf-maker.js';
import type { CrashReport } from '../board/events.js';
import { isEspwatchError } from '../errors.js';
import { describeCrash } from './crash.js';
import { findTools, type Surroundings } from './find-tools.js';
import { runTool } from './run-tool.js';
import { openSymbols } from './symbols.js';

const UNIX = process.platform === 'win32' ? 'needs a Unix' : false;
const debugLine = { name: '.debug_line', address: 0, bytes: Uint8Array.of(1), flags: 0 };
const withLines = sampleElf({ sections: [{ name: '.irom0.text', address: IROM, bytes: SAMPLE.code }, debugLine] });
const [first = 0, second = 0] = SAMPLE.returns;

const CRASH: CrashReport = {
  kind: 'out-of-memory',
  exception: null,
  registers: { epc1: SAMPLE.load, epc2: 0, epc3: 0, excvaddr: 0x3ffe8000, depc: 0 },
  detail: null,
  stack: { context: 'cont', sp: null, end: null, offset: null, words: [first, 0x3ffe8000, SAMPLE.store, second] },
  otherStacks: [],
  failedAlloc: { caller: second, bytes: 1460 },
  complete: true,
};

async function bench(t: TestContext, elf: Uint8Array): Promise<{ file: string; here: Surroundings }> {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'sketch.elf');
  await writeFile(file, elf);
  return { file, here: { env: { PATH: join(folder, 'bin') }, home: folder, platform: process.platform } };
}

/** A stand-in for addr2line, in the folder that is on PATH or another. */
async function install(folder: string, name: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, `#!${process.execPath}\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Answers each address with a line of its own, as addr2line does. */
const ANSWERS = `
const fs = require('node:fs');
for (const a of fs.readFileSync(0, 'utf8').trim().split('\\n')) console.log(a + '\\nf_' + a + '\\n/src/a.c:' + (Number(a) & 0xff));
`;

test('without any tool: functions of the symbol table, and why there are no lines', async (t) => {
  const { file, here } = await bench(t, withLines);
  const symbols = await openSymbols(file, t.signal, here);
  assert.deepEqual(await describeCrash(CRASH, symbols), [
    'epc1 0x40201018: readSensor()',
    'alloc 0x4020102a: loop()',
    'stack 0x40201021: Server::handleRequest()',
    'stack 0x4020101a: readSensor() (not a return address)',
    'stack 0x4020102a: loop()',
  ]);
  assert.match(symbols.shortcoming ?? '', /xtensa-lx106-elf-addr2line is not installed/);
  assert.equal(symbols.tool, null);
  const bare = await bench(t, sampleElf());
  assert.match((await openSymbols(bare.file, t.signal, bare.here)).shortcoming ?? '', /no debug information/);
});

test('the ROM is known without a file, other places are named as unknown', async (t) => {
  const { file, here } = await bench(t, sampleElf());
  const symbols = await openSymbols(file, t.signal, here);
  const at = (epc1: number): CrashReport => ({
    ...CRASH,
    failedAlloc: null,
    stack: null,
    registers: { epc1, epc2: 0, epc3: 0, excvaddr: 0, depc: 0 },
  });
  assert.deepEqual(await describeCrash(at(0x4000e1b2), symbols), ['epc1 0x4000e1b2: memset (ROM)']);
  assert.deepEqual(await describeCrash(at(0x40008000), symbols), ['epc1 0x40008000: in the ROM']);
  assert.deepEqual(await describeCrash(at(0x40280000), symbols), ['epc1 0x40280000: not in the code']);
});

test('return addresses are looked up at their call; each address is asked once', { skip: UNIX }, async (t) => {
  const { file, here } = await bench(t, withLines);
  await install(here.env['PATH'] ?? '', 'xtensa-lx106-elf-addr2line', ANSWERS);
  const symbols = await openSymbols(file, t.signal, here);
  const lines = await describeCrash(CRASH, symbols);
  assert.deepEqual(lines.slice(0, 3), [
    'epc1 0x40201018: f_0x40201018() at a.c:24',
    'alloc 0x4020102a: f_0x40201027() at a.c:39',
    'stack 0x40201021: f_0x4020101e() at a.c:30',
  ]);
  assert.equal(symbols.shortcoming, null);
  assert.match(symbols.tool ?? '', /xtensa-lx106-elf-addr2line$/);
  await rm(symbols.tool ?? '');
  assert.deepEqual(await describeCrash(CRASH, symbols), lines);
});

test('a tool that fails is passed over; when all fail the symbol table is left', { skip: UNIX }, async (t) => {
  const { file, here } = await bench(t, withLines);
  const path = here.env['PATH'] ?? '';
  await install(path, 'xtensa-lx106-elf-addr2line', `console.error('file format not recognized'); process.exit(1);`);
  const only = await openSymbols(file, t.signal, here);
  assert.match((await describeCrash(CRASH, only))[0] ?? '', /readSensor\(\)$/);
  assert.match(only.shortcoming ?? '', /ended with code 1: file format not recognized\..*functions are known/i);
  await install(path, 'llvm-addr2line', ANSWERS);
  const both = await openSymbols(file, t.signal, here);
  assert.match((await describeCrash(CRASH, both))[0] ?? '', /f_0x40201018/);
  assert.equal(both.shortcoming, null);
});

test('the toolchains of arduino-cli and PlatformIO are found, the newest first', { skip: UNIX }, async (t) => {
  const { here } = await bench(t, withLines);
  const name = 'xtensa-lx106-elf-addr2line';
  const tools = join(here.home, '.arduino15/packages/esp8266/tools/xtensa-lx106-elf-gcc');
  const old = await install(join(tools, '2.5.0-4-b40a506/bin'), name, '');
  const recent = await install(join(tools, '3.1.0-gcc10.3/bin'), name, '');
  const pio = await install(join(here.home, '.platformio/packages/toolchain-xtensa/bin'), name, '');
  const host = await install(here.env['PATH'] ?? '', 'addr2line', '');
  assert.deepEqual(await findTools('xtensa', { ...here, platform: 'linux' }), [recent, old, pio, host]);
  const own = await install(here.env['PATH'] ?? '', name, '');
  assert.equal((await findTools('xtensa', { ...here, platform: 'linux' }))[0], own);
  assert.deepEqual(await findTools('wasm', here), []);
});

test('a tool that does not end is stopped', { skip: UNIX }, async (t) => {
  const { here } = await bench(t, withLines);
  const hangs = await install(here.home, 'hangs', 'setInterval(() => {}, 1000);');
  await assert.rejects(
    runTool(hangs, [], { input: '', timeoutMs: 50, signal: t.signal }),
    (error) => isEspwatchError(error, 'SYMBOLS_TOOL') && /did not end/.test(error.message),
  );
});

test('who cancels it ends all that it started', { skip: UNIX }, async (t) => {
  const { here } = await bench(t, withLines);
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const grandchild = `require('node:net').connect(${port}, '127.0.0.1').on('error', () => {}); setInterval(() => {}, 1000);`;
  const parent = await install(
    here.home,
    'parent',
    `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'ignore' });
     setInterval(() => {}, 1000);`,
  );
  const abort = new AbortController();
  const run = runTool(parent, [], { input: '', timeoutMs: 60_000, signal: abort.signal });
  const [socket] = (await once(server, 'connection', { signal: t.signal })) as [Socket];
  const gone = once(socket.on('error', () => undefined).resume(), 'close', { signal: t.signal });
  abort.abort();
  await assert.rejects(run, (error) => isEspwatchError(error, 'ABORTED'));
  await gone;
  const again = runTool(parent, [], { input: '', timeoutMs: 60_000, signal: abort.signal });
  await assert.rejects(again, (error) => isEspwatchError(error, 'ABORTED'));
});

test('a tool that is not there, says too much, or reads nothing', { skip: UNIX }, async (t) => {
  const { here } = await bench(t, withLines);
  const options = { input: '0x0\n'.repeat(100_000), timeoutMs: 60_000, signal: t.signal };
  const fails = (path: string, message: RegExp): Promise<void> =>
    assert.rejects(
      runTool(path, [], options),
      (error) => isEspwatchError(error, 'SYMBOLS_TOOL') && message.test(error.message),
    );
  await fails(join(here.home, 'nothing'), /can't be started/);
  await fails(
    await install(here.home, 'chatty', `const s = 'x'.repeat(1 << 20); setInterval(() => process.stdout.write(s), 0);`),
    /more than/,
  );
  assert.equal(await runTool(await install(here.home, 'deaf', `process.stdin.destroy();`), [], options), '');
});

test('a file that cannot be read', async (t) => {
  const { here } = await bench(t, withLines);
  for (const file of [join(here.home, 'nothing.elf'), here.home]) {
    await assert.rejects(
      openSymbols(file, t.signal, here),
      (error) => isEspwatchError(error, 'SYMBOLS_ELF') && /can't be read/.test(error.message),
    );
  }
});
