import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import type { Mode } from '../../src/board/events.js';
import { flashBoard } from '../../src/flash/flash.js';
import { crossCheck, detectReport, identify, type NetworkAccess } from '../../src/session/detect.js';
import { DEFAULT_SETTINGS } from '../../src/settings/record.js';
import { LONG_MS, liveSession, serves } from '../support/live-session.js';
import { SKETCH_IMAGE, SketchBoard, type SketchBoardOptions } from '../support/sketch-board.js';

const LIMIT = { timeout: 60_000 };
/** What a board that will never say its mode is given. */
const IN_VAIN_MS = 700;
const NETWORK: NetworkAccess = { allowPublic: false, host: null, broker: null, configPassword: null, timeoutMs: 5000 };

async function detected(t: TestContext, options: SketchBoardOptions, ms = LONG_MS) {
  const board = new SketchBoard(t, { timing: 'real', ...options });
  const live = await liveSession(t, board);
  await live.session.resetAndFollow(t.signal);
  const mode = await identify(live.session, ms, t.signal);
  return { board, live, session: live.session, mode };
}

// Most of the time is the board's own.
describe('detect', { concurrency: 3 }, () => {
  test('a healthy board: web-server, confirmed, and the report of the contract', LIMIT, async (t) => {
    const { board, session, mode } = await detected(t, {});
    assert.equal(mode, 'web-server');
    const { checks, verdict } = await crossCheck(session, NETWORK, t.signal);
    const report = detectReport('sim:', session.state, checks, verdict);
    const { ip, checks: listed, ...rest } = report;
    assert.deepEqual(rest, {
      schema: 'espwatch.detect/1',
      port: 'sim:',
      mac: board.mac,
      reset: { cause: 'external', source: 'rom-banner' },
      mode: 'web-server',
      httpPort: 9705,
      serverType: 'SDK API',
      mqtt: { rxTopic: null, txTopic: null },
      verdict: 'confirmed',
    });
    assert.equal(listed.length, 1);
    assert.deepEqual(
      [listed[0]?.via, listed[0]?.outcome, listed[0]?.target],
      ['http', 'answered', `http://${ip}:9705/?request=GetSensors`],
    );
  });

  const plain: readonly (readonly [what: string, options: SketchBoardOptions, mode: Mode])[] = [
    ['a blank flash', { image: new Uint8Array(0) }, 'no-firmware'],
    ['an image with a wrong checksum', { image: withoutLastByte() }, 'no-firmware'],
    ['a crash at every start', { faults: ['boot-loop'] }, 'boot-loop'],
  ];

  function withoutLastByte(): Uint8Array {
    const image = Uint8Array.from(readFileSync(SKETCH_IMAGE));
    image[0x60] = (image[0x60] ?? 0) ^ 1;
    return image;
  }

  for (const [what, options, expected] of plain) {
    test(`${what}: ${expected}, and nothing is asked`, LIMIT, async (t) => {
      const { session, mode } = await detected(t, options);
      assert.equal(mode, expected);
      const { checks, verdict } = await crossCheck(session, NETWORK, t.signal);
      assert.deepEqual([checks, verdict], [[], 'unknown']);
    });
  }

  test('a mute program: the ROM speaks, so it is unknown after a reset and silent without one', LIMIT, async (t) => {
    const { session, mode } = await detected(t, { faults: ['mute'] }, IN_VAIN_MS);
    assert.equal(mode, 'unknown');
    assert.equal(session.state.boot.mode, 'flash');
    assert.equal((await crossCheck(session, NETWORK, t.signal)).verdict, 'unknown');

    const board = new SketchBoard(t, { timing: 'real', faults: ['mute'] });
    await board.logged('gpio2 = 1');
    const { session: listening } = await liveSession(t, board);
    assert.equal(await identify(listening, IN_VAIN_MS, t.signal), 'silent');
  });

  test('a board that announces MQTT and serves the web: contradicted', LIMIT, async (t) => {
    const { session, mode } = await detected(t, { faults: ['lie-mode'] });
    assert.equal(mode, 'mqtt-client');
    const { checks, verdict, reasons } = await crossCheck(session, NETWORK, t.signal);
    assert.equal(verdict, 'contradicted');
    assert.deepEqual(
      checks.map(({ via, outcome }) => [via, outcome]),
      [
        ['http', 'answered'],
        ['mqtt', 'not-configured'],
      ],
    );
    assert.match(reasons[0] ?? '', /web server answered, which the board does not claim/);
  });

  test('no network: access-point, confirmed where it announced itself, on this computer', LIMIT, async (t) => {
    const { session, mode } = await detected(t, {
      faults: ['wifi-gone'],
      settings: { ...DEFAULT_SETTINGS, wifiTimeoutSeconds: 1 },
    });
    assert.equal(mode, 'access-point');
    const { checks, verdict } = await crossCheck(session, NETWORK, t.signal);
    assert.match(checks[0]?.target ?? '', /^http:\/\/127\.\d+\.\d+\.\d+:9705\//);
    assert.deepEqual([checks[0]?.outcome, verdict], ['answered', 'confirmed']);
  });

  test('an answer of another board in place of ours: contradicted', LIMIT, async (t) => {
    const other = new SketchBoard(t);
    const { address, port } = await other.serving();
    const { session } = await detected(t, {});
    const network = { ...NETWORK, host: { address, port } };
    const { checks, verdict } = await crossCheck(session, network, t.signal);
    assert.deepEqual([checks[0]?.outcome, verdict], ['not-this-device', 'contradicted']);
  });

  test('a board that stays in its loader after the flash: bootloader', LIMIT, async (t) => {
    const board = new SketchBoard(t, {
      timing: 'none',
      image: new Uint8Array(0),
      faults: ['stay-in-bootloader:always'],
    });
    const { session, link } = await liveSession(t, board);
    const parts = [{ name: 'sketch', offset: 0, bytes: readFileSync(SKETCH_IMAGE) }];
    const flash = session.lease(() => flashBoard(link, parts, { signal: t.signal, onChunk: (c) => session.ingest(c) }));
    await assert.rejects(flash, { code: 'FLASH_NOT_BOOTED' });
    await session.resetAndFollow(t.signal);
    assert.equal(await identify(session, LONG_MS, t.signal), 'bootloader');
    assert.equal((await crossCheck(session, NETWORK, t.signal)).verdict, 'unknown');
  });

  for (const baud of [9600, 57_600, 230_400]) {
    test(
      `a wrong --baud of ${baud}: the mode stays unknown, garbage is kept and never taken for a mode`,
      LIMIT,
      async (t) => {
        const board = new SketchBoard(t, { timing: 'real' });
        const live = await liveSession(t, board, { appBaud: baud });
        const { session } = live;
        await session.resetAndFollow(t.signal);
        const mark = board.heard.text.lastIndexOf('ESP8266 Reset Reason');
        await board.serving(Math.max(0, mark));
        assert.equal(await identify(session, IN_VAIN_MS, t.signal), 'unknown');
        assert.deepEqual(session.state.announced.modes, []);
        assert.equal(session.state.lastReset?.cause, 'external', 'the ROM was heard at its own speed');
        assert.ok(live.of('unparsed').length + live.of('text').length > 0);
        assert.equal(live.of('crash').length, 0);
      },
    );
  }

  test('--no-reset: the next boot, whoever caused it, tells the mode', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    await board.serving();
    const { session } = await liveSession(t, board);
    const found = identify(session, LONG_MS, t.signal);
    board.board.pressReset();
    assert.equal(await found, 'web-server');
    assert.ok(serves(session.state));
    assert.equal((await crossCheck(session, NETWORK, t.signal)).verdict, 'confirmed');
  });

  test('identify is cancelled, and fails when the port is lost', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real', faults: ['mute'] });
    const { session } = await liveSession(t, board);
    const stop = new AbortController();
    const cancelled = identify(session, LONG_MS, stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(cancelled, /stopped/);
    const lost = identify(session, LONG_MS, t.signal);
    board.board.unplug();
    await assert.rejects(lost, { code: 'PORT_LOST' });
  });
});
