import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Chunk } from './link.js';
import { nativeBinding } from './native-binding.js';
import { PortLink } from './port-link.js';

const missing =
  process.platform !== 'linux' ? 'needs Linux' : spawnSync('socat', ['-V']).status !== 0 ? 'needs socat' : false;

interface Pty {
  readonly path: string;
  /** The far end: what is written to its stdin comes in at the port, and the other way round. */
  readonly board: ChildProcessWithoutNullStreams;
}

async function pty(t: TestContext): Promise<Pty> {
  const folder = mkdtempSync(join(tmpdir(), 'espwatch-pty-'));
  const path = join(folder, 'tty');
  const board = spawn('socat', ['-d', '-d', `PTY,raw,echo=0,link=${path}`, 'STDIO']);
  const exited = once(board, 'exit');
  t.after(async () => {
    board.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  let said = '';
  await new Promise<void>((resolve) => {
    board.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('starting data transfer')) resolve();
    });
  });
  return { path, board };
}

const linkTo = (path: string): PortLink => new PortLink({ path, binding: nativeBinding });

async function readFrom(stream: NodeJS.ReadableStream, count: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let size = 0; size < count; size += parts.at(-1)?.length ?? 0) {
    const [bytes] = (await once(stream, 'data')) as [Buffer];
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

test('a real port: opens, carries all bytes both ways, has no lines, closes, opens again', {
  skip: missing,
}, async (t) => {
  const { path, board } = await pty(t);
  const all = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
  const link = linkTo(path);
  await link.open({ baud: 74_880 });

  const sent = readFrom(board.stdout, 256);
  await link.write(all);
  assert.deepEqual(await sent, all);

  const chunks: Chunk[] = [];
  const before = Date.now() - 5;
  const came = new Promise<void>((resolve) => {
    link.onData((chunk) => {
      chunks.push(chunk);
      if (chunks.reduce((sum, { bytes }) => sum + bytes.length, 0) === 256) resolve();
    });
  });
  board.stdin.write(all);
  await came;
  assert.deepEqual(Buffer.concat(chunks.map(({ bytes }) => bytes)), all);
  assert.ok(chunks.every(({ t, baud }) => baud === 74_880 && t >= before && t <= Date.now() + 5));

  await assert.rejects(link.setLines({ dtr: true, rts: false }), { code: 'PORT_NO_MODEM_LINES' });
  await assert.rejects(linkTo(path).open({ baud: 115_200 }), { code: 'PORT_BUSY' });
  await link.setBaud(115_200);
  await link.close();

  const next = linkTo(path);
  await next.open({ baud: 115_200 });
  await next.close();
});

test('a real port that goes away is PORT_LOST, then PORT_MISSING', { skip: missing }, async (t) => {
  const { path, board } = await pty(t);
  const link = linkTo(path);
  await link.open({ baud: 115_200 });
  const lost = new Promise<string>((resolve) => link.onLost((error) => resolve(error.code)));
  board.kill();
  assert.equal(await lost, 'PORT_LOST');
  await link.close();
  await assert.rejects(link.open({ baud: 115_200 }), { code: 'PORT_MISSING' });
});

test('a real port that takes no more bytes can be closed while a write hangs', { skip: missing }, async (t) => {
  const { path, board } = await pty(t);
  board.kill('SIGSTOP');
  const link = linkTo(path);
  await link.open({ baud: 115_200 });
  const write = assert.rejects(link.write(Buffer.alloc(1 << 20)), { code: 'PORT_CLOSED' });
  await link.close();
  await write;
});
