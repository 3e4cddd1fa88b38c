import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { flashBoard } from '../../src/flash/flash.js';
import { type CheckPlan, runCheck, type Step } from '../../src/session/check.js';
import {
  DEFAULT_SETTINGS,
  decodeSettings,
  encodeSettings,
  type Settings,
  settingsAddress,
} from '../../src/settings/record.js';
import { type Broker, startBroker } from '../../src/sim/broker.js';
import { type LiveSession, LONG_MS, liveSession } from '../support/live-session.js';
import { FLASH_BYTES, SKETCH_IMAGE, SketchBoard, type SketchBoardOptions } from '../support/sketch-board.js';

const LIMIT = { timeout: 60_000 };

interface World {
  readonly board: SketchBoard;
  readonly live: LiveSession;
  readonly broker: Broker;
  readonly settings: Settings;
  readonly plan: CheckPlan;
}

/** A board and a broker that belong together; the settings are in the board already. */
async function world(t: TestContext, options: SketchBoardOptions = {}): Promise<World> {
  const broker = await startBroker({ tls: true, users: 'random' });
  t.after(() => broker.close());
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    tlsEnabled: true,
    brokerHost: broker.host,
    mqttPort: broker.port,
    mqttUser: broker.user?.username ?? '',
    mqttPassword: broker.user?.password ?? '',
    caDer: broker.caDer ?? new Uint8Array(0),
  };
  const board = new SketchBoard(t, { timing: 'real', settings, ...options });
  const live = await liveSession(t, board);
  const plan: CheckPlan = {
    flash: null,
    network: {
      allowPublic: false,
      host: null,
      broker: {
        url: broker.url,
        username: broker.user?.username ?? null,
        password: broker.user?.password ?? null,
        ca: broker.caPem,
      },
      configPassword: null,
      timeoutMs: 2000,
    },
    timeoutMs: LONG_MS,
    signal: t.signal,
  };
  return { board, live, broker, settings, plan };
}

const quiet = { onSteps: () => undefined, onProgress: () => undefined };

function failure(steps: readonly Step[]): readonly unknown[] {
  const at = steps.findIndex(({ status }) => status === 'failed');
  assert.ok(
    steps.slice(at + 1).every(({ status }) => status === 'skipped'),
    'what comes behind a failure is skipped',
  );
  return [steps[at]?.name, steps[at]?.failure];
}

// Most of the time is the board's own.
describe('check', { concurrency: 3 }, () => {
  test('the whole check: flashed, both modes confirmed, switched there and back', LIMIT, async (t) => {
    const { board, live, settings, plan } = await world(t, { image: new Uint8Array(0), settings: new Uint8Array(0) });
    const parts = [
      { name: 'sketch', offset: 0, bytes: readFileSync(SKETCH_IMAGE) },
      {
        name: 'settings',
        offset: settingsAddress(FLASH_BYTES),
        bytes: encodeSettings(settings),
        role: 'data' as const,
      },
    ];
    const seen: string[] = [];
    const phases = new Set<string>();
    const steps = await runCheck(
      live.session,
      {
        ...plan,
        flash: (onProgress) =>
          live.session.lease(() =>
            flashBoard(live.link, parts, { signal: t.signal, onProgress, onChunk: (c) => live.session.ingest(c) }),
          ),
      },
      {
        onSteps: (now) => seen.push(now.map(({ status }) => status[0]).join('')),
        onProgress: ({ phase }) => phases.add(phase),
      },
    );
    assert.deepEqual(
      steps.map(({ name, status }) => [name, status]),
      [
        'flash and verify',
        'boot',
        'identify web server',
        'cross-check web server',
        'switch to MQTT',
        'identify MQTT client',
        'cross-check MQTT client',
        'switch back',
        'identify web server again',
        'cross-check web server again',
      ].map((name) => [name, 'passed']),
      JSON.stringify(steps, null, 1),
    );
    assert.match(steps[6]?.detail ?? '', /^MQTT answered in \d+ ms; HTTP does not, as it should be \(refused\)$/);
    assert.match(steps[9]?.detail ?? '', /^HTTP answered in \d+ ms; MQTT does not, as it should be \(no-answer\)$/);
    assert.ok(phases.has('write') && phases.has('verify'));
    // Each step ran alone, in order.
    assert.deepEqual(
      [...new Set(seen)],
      [
        'w'.repeat(10),
        ...Array.from({ length: 10 }, (_, i) => ['r', 'p'].map((s) => 'p'.repeat(i) + s + 'w'.repeat(9 - i))).flat(),
      ],
    );
    assert.equal(live.session.state.resets.commanded, 3);
    assert.deepEqual(decodeSettings(board.sector), { ...settings, mqttEnabled: false });
  });

  test('a board that lies about its mode fails where the mode is identified', LIMIT, async (t) => {
    const { live, plan } = await world(t, { faults: ['lie-mode'] });
    const steps = await runCheck(live.session, plan, quiet);
    assert.equal(steps[0]?.status, 'skipped');
    assert.deepEqual(failure(steps), ['identify web server', 'mode']);
  });

  test('a blank board fails with what to do', LIMIT, async (t) => {
    const { live, plan } = await world(t, { image: new Uint8Array(0) });
    const steps = await runCheck(live.session, plan, quiet);
    assert.deepEqual(failure(steps), ['identify web server', 'mode']);
    assert.match(steps[2]?.detail ?? '', /firmware/);
  });

  test('another broker than the board has: fails in MQTT mode, and the board is sent back', LIMIT, async (t) => {
    const { board, live, plan, settings } = await world(t);
    const other = await startBroker({ tls: true });
    t.after(() => other.close());
    const network = { ...plan.network, broker: { url: other.url, username: null, password: null, ca: other.caPem } };
    const mark = board.mark;
    const steps = await runCheck(live.session, { ...plan, network }, quiet);
    assert.deepEqual(failure(steps), ['cross-check MQTT client', 'network']);
    await board.said(/^ESP8266 Mode: MQTT Client Running\r\n/m, mark);
    await board.serving(board.heard.text.lastIndexOf('MQTT Client Running'));
    assert.deepEqual(decodeSettings(board.sector), { ...settings, mqttEnabled: false });
  });

  test('a board without a broker of its own says so when asked to switch', LIMIT, async (t) => {
    const { live, plan } = await world(t, { settings: DEFAULT_SETTINGS });
    const steps = await runCheck(live.session, plan, quiet);
    assert.deepEqual(failure(steps), ['switch to MQTT', 'network']);
    assert.match(steps[4]?.detail ?? '', /NET_REFUSED: .*no broker is stored/);
  });

  test(
    'a board with a password: switched with it both ways, refused without it, and nobody sees it',
    LIMIT,
    async (t) => {
      const password = 'pass & word+1';
      const first = await world(t);
      const settings = { ...first.settings, configPassword: password };
      const { live, plan } = await world(t, { settings: encodeSettings(settings) });
      const network = { ...plan.network, broker: first.plan.network.broker };
      const refused = await runCheck(live.session, { ...plan, network }, quiet);
      assert.deepEqual(failure(refused), ['switch to MQTT', 'network']);
      assert.match(refused[4]?.detail ?? '', /NET_REFUSED: .*password.*ESPWATCH_CONFIG_PASSWORD/);
      const steps = await runCheck(live.session, { ...plan, network: { ...network, configPassword: password } }, quiet);
      assert.deepEqual(new Set(steps.slice(1).map(({ status }) => status)), new Set(['passed']));
      assert.doesNotMatch(JSON.stringify([refused, steps, live.session.state]), /pass( |%20)(&|%26)/);
    },
  );

  test('cancelled in the middle: ABORTED, with the step that it was in', LIMIT, async (t) => {
    const { live, plan } = await world(t);
    const stop = new AbortController();
    let last: readonly Step[] = [];
    const work = runCheck(
      live.session,
      { ...plan, signal: stop.signal },
      {
        ...quiet,
        onSteps: (steps) => {
          last = steps;
          if (steps[3]?.status === 'running') stop.abort(new Error('stopped by the test'));
        },
      },
    );
    await assert.rejects(work);
    assert.equal(last[3]?.status, 'failed');
  });

  test('the cable comes out in the middle: PORT_LOST', LIMIT, async (t) => {
    const { board, live, plan } = await world(t);
    const work = runCheck(live.session, plan, {
      ...quiet,
      onSteps: (steps) => {
        if (steps[4]?.status === 'passed') board.board.unplug();
      },
    });
    await assert.rejects(work, { code: 'PORT_LOST' });
  });
});
