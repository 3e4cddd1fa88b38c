import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { deskWorld } from '../../src/cli/desk-world.js';
import { createDesk, type DeskOptions } from '../../src/session/desk.js';
import type { Desk } from '../../src/session/desk-types.js';
import type { NetworkAccess } from '../../src/session/detect.js';
import { boardOf, rowsOf, untilView } from '../support/desk.js';

const LIMIT = { timeout: 60_000 };
const NETWORK: NetworkAccess = { allowPublic: false, host: null, broker: null, configPassword: null, timeoutMs: 5000 };

/** The desk as `espwatch` opens it, without ports of this machine. */
function simDesk(t: TestContext, options: DeskOptions & { faults?: readonly string[] } = {}): Desk {
  const { faults = [], ...rest } = options;
  const world = { ...deskWorld({ network: NETWORK, faults }), listPorts: async () => [], recentImages: null };
  const desk = createDesk(world, rest);
  t.after(() => desk.close());
  return desk;
}

describe('the desk with sim:', () => {
  test('a new board is seen to boot, is confirmed, switches there and back, each time confirmed', LIMIT, async (t) => {
    const desk = simDesk(t);
    await desk.add('sim:');
    const confirmed = await untilView(desk, t.signal, (view) => {
      const board = boardOf(view);
      return board.crossCheck?.verdict === 'confirmed' && board;
    });
    assert.equal(confirmed.state.mode, 'web-server');
    assert.equal(confirmed.connection, 'open');
    assert.ok(confirmed.bytes > 0);
    assert.ok(rowsOf(confirmed).some((row) => row.includes('ESP8266 Mode: Web Server Running')));
    await desk.switchMode('sim:', 'mqtt-client');
    const mqtt = boardOf(desk.view());
    assert.deepEqual(
      [mqtt.outcome?.ok, mqtt.state.mode, mqtt.crossCheck?.verdict],
      [true, 'mqtt-client', 'confirmed'],
      mqtt.outcome?.text,
    );
    await desk.switchMode('sim:', 'web-server');
    const web = boardOf(desk.view());
    assert.deepEqual(
      [web.outcome?.ok, web.state.mode, web.crossCheck?.verdict],
      [true, 'web-server', 'confirmed'],
      web.outcome?.text,
    );
    assert.deepEqual(web.alerts, []);
    await desk.remove('sim:');
    assert.deepEqual(desk.view().boards, []);
  });
});
