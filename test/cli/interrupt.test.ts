import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Espwatch, espwatch, makeHome, objects, startSimServer } from '../support/espwatch.js';
import { SKETCH_IMAGE, SketchBoard, serve } from '../support/sketch-board.js';

const LIMIT = { timeout: 90_000 };
/** The board's own log when EN was pulled: at power-on the cause is 1. */
const COMMANDED = 'reset: rst cause:2, boot mode 3';

/** The port is free, the board runs, and what was in its flash is. */
async function boardServes(t: TestContext, home: string, url: string): Promise<void> {
  const { code, stdout, stderr } = await espwatch(t, home, ['detect', '--port', url, '--json']);
  assert.equal(code, 0, stdout + stderr);
  assert.equal((JSON.parse(stdout) as { verdict: string }).verdict, 'confirmed');
}

/** The board was left running, not held in reset or in its loader: a typed request lights its LED, without a reset. */
async function boardObeys(t: TestContext, home: string, url: string, board: SketchBoard): Promise<void> {
  await board.logged('gpio2 = 1', Math.max(0, board.log.lastIndexOf(COMMANDED)));
  const since = board.log.length;
  const monitor = new Espwatch(t, home, ['monitor', '--port', url], { input: 'LedOn\n' });
  await board.logged('gpio2 = 0', since);
  monitor.interrupt();
  assert.equal((await monitor.ended()).code, 0);
  assert.deepEqual(board.log.slice(since), ['gpio2 = 0']);
}

describe('Ctrl-C', { concurrency: 2 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`${signal} while monitoring: exit 0, the board was never disturbed`, LIMIT, async (t) => {
      const home = await makeHome(t);
      const board = new SketchBoard(t, { timing: 'real' });
      const url = await serve(t, board);
      const monitor = new Espwatch(t, home, ['monitor', '--port', url], { input: null });
      await monitor.noted(/at 115200 baud/);
      monitor.interrupt(signal);
      assert.equal((await monitor.ended()).code, 0);
      await boardObeys(t, home, url, board);
      assert.equal(board.starts, 1);
    });
  }

  for (const [moment, line, faults] of [
    ['while the ROM speaks', COMMANDED, []],
    ['while it waits for a mode', 'gpio2 = 1', ['mute']],
  ] as const) {
    test(`during detect, ${moment}: 130, the board runs`, LIMIT, async (t) => {
      const home = await makeHome(t);
      const board = new SketchBoard(t, { timing: 'real', faults });
      const url = await serve(t, board);
      await board.logged('gpio2 = 1');
      const mark = board.log.length;
      const detect = new Espwatch(t, home, ['detect', '--port', url, '--json']);
      await board.logged(COMMANDED, mark);
      await board.logged(line, mark);
      detect.interrupt();
      const { code, stdout, stderr } = await detect.ended();
      assert.equal(code, 130, stderr);
      assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'ABORTED');
      await boardObeys(t, home, url, board);
    });
  }

  test('while flashing: 130, the port is free, the next flash heals the board', LIMIT, async (t) => {
    const home = await makeHome(t);
    const { url } = await startSimServer(t, home);
    const args = ['flash', SKETCH_IMAGE, '--port', url, '--flash-baud', '115200', '--json'];
    const first = new Espwatch(t, home, args);
    await first.said(/"phase":"write"/);
    first.interrupt();
    const { code, stdout, stderr } = await first.ended();
    assert.equal(code, 130, stderr);
    assert.match(stderr, /^error ABORTED: /m);
    const said = objects(stdout);
    assert.equal((said.at(-1)?.['error'] as { code: string } | undefined)?.code, 'ABORTED');
    const half = await espwatch(t, home, ['detect', '--port', url, '--json']);
    const { mode } = JSON.parse(half.stdout) as { mode: string };
    assert.notEqual(mode, 'bootloader', 'it was left running');
    const again = await espwatch(t, home, ['flash', SKETCH_IMAGE, '--port', url, '--json']);
    assert.equal(again.code, 0, again.stderr);
    await boardServes(t, home, url);
  });

  test('while connecting to the loader: 130, the board runs what it had', LIMIT, async (t) => {
    const home = await makeHome(t);
    const board = new SketchBoard(t, { timing: 'real' });
    const url = await serve(t, board);
    const flash = new Espwatch(t, home, ['flash', SKETCH_IMAGE, '--port', url, '--json']);
    await flash.said(/"phase":"connect"/);
    flash.interrupt('SIGTERM');
    assert.equal((await flash.ended()).code, 130);
    await board.logged(COMMANDED);
    await boardObeys(t, home, url, board);
  });

  test('in the middle of check: 130, the port is free and the board runs', LIMIT, async (t) => {
    const home = await makeHome(t);
    const { url } = await startSimServer(t, home);
    const check = new Espwatch(t, home, ['check', '--port', url]);
    await check.noted(/identify web server \.\.\./);
    check.interrupt();
    const { code, stdout, stderr } = await check.ended();
    assert.equal(code, 130, stderr);
    assert.match(stdout, /^FAILED +/m);
    await boardServes(t, home, url);
  });

  test('a board that goes away during detect: exit 3, PORT_LOST', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    const url = await serve(t, board);
    const detect = new Espwatch(t, await makeHome(t), ['detect', '--port', url, '--json']);
    await board.logged(COMMANDED);
    board.board.unplug();
    const { code, stdout } = await detect.ended();
    assert.equal(code, 3, stdout);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'PORT_LOST');
  });
});
