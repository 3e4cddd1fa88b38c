import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCapture } from '../../src/journal/read-capture.js';
import type { SoakReportJson } from '../../src/soak/report/json.js';
import { ChattyBoard } from '../support/chatty-board.js';
import { Espwatch, espwatch, makeHome } from '../support/espwatch.js';

const BOARDS = 16;
/** What each board sends, at 11520 bytes a second; `SIXTEEN_SECONDS=180` for a long run by hand. */
const BYTES = Math.round(11_520 * Number(process.env['SIXTEEN_SECONDS'] ?? 6));
const LIMIT = { timeout: 120_000 + BYTES / 4 };

async function captured(run: string, board: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const item of readCapture(run, board)) if ('bytes' in item) pieces.push(item.bytes);
  return Buffer.concat(pieces);
}

test('16 boards at once, each as fast as its line: every byte is in its capture', LIMIT, async (t) => {
  // Each board and each wait listens to it.
  setMaxListeners(0, t.signal);
  const home = await makeHome(t);
  const run = join(home, 'run');
  const boards = await Promise.all(Array.from({ length: BOARDS }, (_, n) => ChattyBoard.start(t, n, BYTES)));
  const began = performance.now();
  const soak = new Espwatch(t, home, [
    ...['soak', '--for', '1h', '--probe-every', 'none', '--out', run, '--no-awake', '--json'],
    ...boards.flatMap(({ url }) => ['--port', url]),
  ]);
  for (const { url } of boards) await soak.noted(new RegExp(`${url} was reset: crash`));
  const seconds = (performance.now() - began) / 1000;
  // What the ROM says of that reset is still on its way.
  for (const [n, { board }] of boards.entries()) {
    while ((await captured(run, n)).length < board.delivered) t.signal.throwIfAborted();
  }
  soak.interrupt();
  const { code, stdout, stderr } = await soak.ended();
  assert.equal(code, 8, stderr);
  let sum = 0;
  for (const [n, { board }] of boards.entries()) {
    const [bytes, sent] = [await captured(run, n), board.sent];
    assert.equal(bytes.length, board.delivered, `board ${n}`);
    assert.ok(sent.length >= BYTES);
    assert.ok(bytes.includes(sent), `board ${n}: what its program sent, in one piece`);
    sum += bytes.length;
  }
  t.diagnostic(`${BOARDS} boards, ${sum} bytes in ${seconds.toFixed(1)} s, all of them captured`);
  const report = await espwatch(t, home, ['report', run, '--json']);
  const { ledger } = JSON.parse(report.stdout) as SoakReportJson;
  assert.deepEqual(ledger, (JSON.parse(stdout) as SoakReportJson).ledger);
  assert.deepEqual(
    ledger.boards.map(({ resets }) => resets.map(({ cause }) => cause)),
    boards.map(() => ['external', 'exception']),
  );
  assert.deepEqual(ledger.storage, []);
});
