import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { checkNotifyUrl, Hooks } from './hooks.js';

const CALL = { board: '/dev/ttyUSB0', cause: 'exception', time: '2026-01-01T00:00:00Z', text: 'crash \x1b[31m$(id)' };

test('a command is told by its environment, a server by a POST; a second reset within a minute is held back', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-hooks-'));
  t.after(() => rm(folder, { recursive: true }));
  const bodies: unknown[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      bodies.push(JSON.parse(body));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const failures: string[] = [];
  const clock = new VirtualClock();
  const out = join(folder, 'told');
  const hooks = new Hooks({
    command: `"${process.execPath}" -e "fs.appendFileSync(process.argv[1], process.env.ESPWATCH_TEXT + process.env.ESPWATCH_HELD_BACK)" "${out}"`,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/wake`,
    clock,
    onFailure: (message) => failures.push(message),
  });
  hooks.reset(CALL);
  hooks.reset(CALL);
  await hooks.done();
  assert.equal(await readFile(out, 'utf8'), 'crash $(id)0');
  await clock.advance(60_000);
  hooks.reset(CALL);
  await hooks.done();
  assert.equal(await readFile(out, 'utf8'), 'crash $(id)0crash $(id)1');
  assert.deepEqual(bodies, [
    { schema: 'espwatch.wake/1', ...CALL, text: 'crash $(id)', heldBack: 0 },
    { schema: 'espwatch.wake/1', ...CALL, text: 'crash $(id)', heldBack: 1 },
  ]);
  assert.deepEqual(failures, []);
});

test('what is held back when the soak ends is told then, once', async () => {
  const bodies: string[] = [];
  const hooks = new Hooks({
    command: null,
    url: 'http://127.0.0.1:1/',
    onFailure: assert.fail,
    fetch: async (_url, init) => {
      bodies.push(String(init?.body));
      return new Response();
    },
  });
  for (const cause of ['first', 'second', 'third']) hooks.reset({ ...CALL, cause });
  await hooks.close();
  await hooks.close();
  const told = bodies.map((body) => JSON.parse(body) as { cause: string; heldBack: number });
  assert.deepEqual(
    told.map(({ cause, heldBack }) => [cause, heldBack]),
    [
      ['first', 0],
      ['third', 1],
    ],
  );
});

test('a call that fails is told and harms nothing', async () => {
  const failures: string[] = [];
  const hooks = new Hooks({
    command: 'exit 3',
    url: 'http://127.0.0.1:1/',
    onFailure: (message) => failures.push(message),
    fetch: () => Promise.reject(new Error('refused')),
  });
  hooks.reset(CALL);
  await hooks.done();
  assert.deepEqual(failures.sort(), ['--notify could not be delivered.', 'The command of --on-reset ended with 3.']);
});

test('a URL of another kind is a usage error that does not repeat it', () => {
  checkNotifyUrl('https://example.com/hook');
  for (const url of ['file:///etc/passwd', 'token-without-scheme', '']) {
    assert.throws(() => checkNotifyUrl(url), { code: 'USAGE', message: '--notify takes an http or https URL.' });
  }
});

test('a command that does not end, and does not listen to being told so, is ended', async () => {
  const failures: string[] = [];
  const hooks = new Hooks({
    command: `"${process.execPath}" -e "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"`,
    url: null,
    timeoutMs: 300,
    onFailure: (message) => failures.push(message),
  });
  hooks.reset(CALL);
  await hooks.done();
  assert.deepEqual(failures, ['The command of --on-reset ended with SIGKILL.']);
});
