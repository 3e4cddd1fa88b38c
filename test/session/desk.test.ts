import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { deskWorld } from '../../src/cli/desk-world.js';
import type { DeskOptions } from '../../src/session/desk.js';
import type { Desk } from '../../src/session/desk-types.js';
import { boardOf, deskOn, NETWORK, rowsOf, untilBoard } from '../support/desk.js';

const LIMIT = { timeout: 60_000 };

/** The desk as `espwatch` opens it, without ports of this machine. */
function simDesk(t: TestContext, options: DeskOptions & { faults?: readonly string[] } = {}): Desk {
  const { faults = [], ...rest } = options;
  const world = { ...deskWorld({ network: NETWORK, faults }), listPorts: async () => [], recentImages: null };
  return deskOn(t, world, rest);
}

// Most of the time is the boards' own.
describe('the desk with sim:', { concurrency: 3 }, () => {
  test('a new board boots, is confirmed, switches there and back, each time confirmed', LIMIT, async (t) => {
    const desk = simDesk(t);
    await desk.add('sim:');
    const first = await untilBoard(desk, t.signal, ({ crossCheck }) => crossCheck?.verdict === 'confirmed');
    assert.deepEqual([first.state.mode, first.connection, first.port.kind], ['web-server', 'open', 'virtual']);
    assert.ok(first.bytes > 0);
    assert.ok(rowsOf(first).some((row) => row.includes('ESP8266 Mode: Web Server Running')));
    assert.equal(first.runningSince, first.state.lastReset?.t);
    for (const mode of ['mqtt-client', 'web-server'] as const) {
      await desk.switchMode('sim:', mode);
      const { outcome, state, crossCheck } = boardOf(desk.view());
      assert.deepEqual([outcome?.ok, state.mode, crossCheck?.verdict], [true, mode, 'confirmed'], outcome?.text);
    }
    const last = boardOf(desk.view());
    assert.deepEqual(last.alerts, []);
    const rtt = last.trends.find(({ name }) => name === 'rtt');
    assert.ok(rtt !== undefined && rtt.points.length >= 3 && rtt.min <= rtt.now && rtt.now <= rtt.max);
    await desk.remove('sim:');
    assert.deepEqual(desk.view().boards, []);
  });

  test('a second sim: is another board, with the same broker; requests go over what each has', LIMIT, async (t) => {
    const desk = simDesk(t);
    await Promise.all([desk.add('sim:'), desk.add('sim:')]);
    const names = desk.view().boards.map(({ name }) => name);
    assert.deepEqual(names, ['sim:', 'sim:#2']);
    for (const name of names) {
      await untilBoard(desk, t.signal, ({ crossCheck }) => crossCheck?.verdict === 'confirmed', name);
    }
    const [one, other] = desk.view().boards;
    assert.notEqual(one?.state.mac, other?.state.mac);
    await desk.switchMode('sim:#2', 'mqtt-client');
    await Promise.all([desk.request('sim:', 'GetSensors'), desk.request('sim:#2', 'GetSensors')]);
    for (const [name, via] of [
      ['sim:', 'HTTP'],
      ['sim:#2', 'MQTT'],
    ] as const) {
      const board = boardOf(desk.view(), name);
      assert.equal(board.outcome?.ok, true, board.outcome?.text);
      const replies = rowsOf(board).filter((row) => row.startsWith(`${via} reply in `));
      assert.match(replies.join('\n'), /\{"SYS_Heap":\d+/);
    }
    assert.equal(boardOf(desk.view(), 'sim:#2').crossCheck?.verdict, 'confirmed');
  });

  test('prebuilt is flashed: the phases in turn, then MD5 and the boot are proven', LIMIT, async (t) => {
    const desk = simDesk(t);
    await desk.add('sim:');
    const phases: string[] = [];
    let left: number | null = null;
    const off = desk.onChange(() => {
      const { activity } = boardOf(desk.view());
      if (activity?.kind !== 'flash' || activity.progress === null) return;
      if (phases.at(-1) !== activity.progress.phase) phases.push(activity.progress.phase);
      left ??= activity.leftMs;
    });
    await desk.flash('sim:', 'prebuilt');
    off();
    const { outcome, alerts, state, activity } = boardOf(desk.view());
    assert.match(outcome?.text ?? '', /kB written in .* MD5 verified; .* booted: the ROM booted from flash\.$/);
    assert.deepEqual([outcome?.ok, outcome?.hint, activity], [true, null, null]);
    assert.deepEqual(phases, ['connect', 'stub', 'write', 'verify', 'boot']);
    assert.ok(left !== null && left > 0);
    assert.deepEqual([alerts, state.resets.own], [[], 0]);
    // The settings are still there: it can be told to switch.
    await untilBoard(desk, t.signal, ({ crossCheck }) => crossCheck?.verdict === 'confirmed');
    await desk.switchMode('sim:', 'mqtt-client');
    assert.equal(boardOf(desk.view()).crossCheck?.verdict, 'confirmed');
  });

  test('a board that announces MQTT and serves the web: the contradiction is an alert', LIMIT, async (t) => {
    const desk = simDesk(t, { faults: ['lie-mode'] });
    await desk.add('sim:');
    const board = await untilBoard(desk, t.signal, ({ crossCheck }) => crossCheck !== null);
    assert.equal(board.crossCheck?.verdict, 'contradicted');
    assert.deepEqual(
      board.alerts.map(({ kind }) => kind),
      ['contradiction'],
    );
  });

  test('every byte of each board is kept in a file of its own, the log in another', LIMIT, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'espwatch-desk-'));
    t.after(() => rm(folder, { recursive: true }));
    const captureFolder = join(folder, 'captures');
    const world = { ...deskWorld({ network: NETWORK, captureFolder }), listPorts: async () => [], recentImages: null };
    const desk = deskOn(t, world);
    await Promise.all([desk.add('sim:'), desk.add('sim:')]);
    for (const name of ['sim:', 'sim:#2']) {
      await untilBoard(desk, t.signal, ({ state }) => state.mode === 'web-server', name);
      assert.match((await desk.saveLog(name, join(folder, `${name.length}.log`))).text, /^The log is in /);
    }
    assert.match(await readFile(join(folder, '4.log'), 'utf8'), /^\d\d:.* ESP8266 Mode: Web Server Running/m);
    const views = ['sim:', 'sim:#2'].map((name) => boardOf(desk.view(), name));
    await desk.close();
    for (const [i, file] of ['sim.bin', 'sim+2.bin'].entries()) {
      const kept = await readFile(join(captureFolder, file));
      const mac = views[i]?.state.mac ?? 'no MAC';
      assert.ok(kept.length >= (views[i]?.bytes ?? Number.POSITIVE_INFINITY));
      assert.ok(kept.includes(`ESP8266 MAC: ${mac}`));
    }
  });

  test('a port of no kind is shown as such, and can be taken away', LIMIT, async (t) => {
    const desk = simDesk(t);
    await desk.add('ftp://x');
    const board = boardOf(desk.view(), 'ftp://x');
    assert.deepEqual([board.connection, board.problem?.code], ['failed', 'PORT_BAD_NAME']);
    await desk.reset('ftp://x');
    assert.equal(boardOf(desk.view(), 'ftp://x').outcome?.ok, false);
    await desk.remove('ftp://x');
    assert.deepEqual(desk.view().boards, []);
  });
});
