import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { Espwatch, espwatch, makeHome, objects, startSimServer } from '../support/espwatch.js';
import { SKETCH_IMAGE } from '../support/sketch-board.js';

const LIMIT = { timeout: 90_000 };
const FULL = process.platform === 'linux' ? {} : { skip: 'needs /dev/full, which Linux has' };

/** Takes connections and says nothing; `met` resolves at the first. */
async function silentServer(t: TestContext): Promise<{ readonly port: number; readonly met: Promise<unknown> }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
  });
  const met = new Promise((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { port: (server.address() as { port: number }).port, met };
}

describe('nobody takes the output', { concurrency: 2 }, () => {
  test('flash | head: it ends as with Ctrl-C, the board is not left in its loader', LIMIT, async (t) => {
    const home = await makeHome(t);
    const { url } = await startSimServer(t, home);
    const args = ['flash', SKETCH_IMAGE, '--port', url, '--flash-baud', '115200', '--json'];
    const flash = new Espwatch(t, home, args);
    await flash.said(/"phase":"connect"/);
    flash.stopReading();
    const { code, stderr } = await flash.ended();
    assert.equal(code, 130, stderr);
    const { stdout } = await espwatch(t, home, ['detect', '--port', url, '--json']);
    assert.notEqual((JSON.parse(stdout) as { mode: string }).mode, 'bootloader');
  });

  test('a capture on a full disk: said at once and at the end, exit 1', { ...LIMIT, ...FULL }, async (t) => {
    const monitor = new Espwatch(
      t,
      await makeHome(t),
      ['monitor', '--port', 'sim:', '--capture', '/dev/full', '--json'],
      { input: null },
    );
    await monitor.noted(/The capture ends here: ENOSPC/);
    await monitor.said(/"type":"mode".*\n/);
    monitor.interrupt();
    const { code, stdout } = await monitor.ended();
    assert.equal(code, 1);
    const { error } = objects(stdout).at(-1) ?? {};
    assert.equal((error as { code: string } | undefined)?.code, 'CAPTURE_INCOMPLETE');
  });
});

test('Ctrl-C while a remote port does not answer: 130', LIMIT, async (t) => {
  const { port, met } = await silentServer(t);
  const detect = new Espwatch(t, await makeHome(t), ['detect', '--port', `rfc2217://127.0.0.1:${port}`, '--json']);
  await met;
  detect.interrupt();
  const { code, stdout } = await detect.ended();
  assert.equal(code, 130);
  assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'ABORTED');
});
