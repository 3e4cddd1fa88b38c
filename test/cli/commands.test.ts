import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Espwatch, espwatch, makeHome, objects, startSimServer } from '../support/espwatch.js';
import { SKETCH_IMAGE, SketchBoard, serve } from '../support/sketch-board.js';

const LIMIT = { timeout: 90_000 };

describe('commands', { concurrency: 2 }, () => {
  test('ports without udev: a list, which may be empty', LIMIT, async (t) => {
    const home = await makeHome(t);
    const { code, stdout, stderr } = await espwatch(t, home, ['ports', '--json'], { env: { PATH: '' } });
    assert.equal(code, 0, stderr);
    const { schema, ports } = JSON.parse(stdout) as { schema: string; ports: Record<string, unknown>[] };
    assert.equal(schema, 'espwatch.ports/1');
    for (const port of ports) {
      for (const key of ['path', 'adapter', 'vendorId', 'productId', 'serialNumber', 'holder']) assert.ok(key in port);
    }
    const plain = await espwatch(t, home, ['ports'], { env: { PATH: '' } });
    assert.equal(plain.code, 0);
    assert.match(plain.stdout, /^(No serial ports\. .*sim:|PORT +ADAPTER +VID:PID)/);
  });

  test(
    'detect --json: one document of the contract; without it a table, and no colours where nobody looks',
    LIMIT,
    async (t) => {
      const home = await makeHome(t);
      const [json, plain] = await Promise.all([
        espwatch(t, home, ['detect', '--port', 'sim:', '--json']),
        espwatch(t, home, ['detect', '--port', 'sim:'], { env: { NO_COLOR: '1', TERM: 'xterm-256color' } }),
      ]);
      assert.deepEqual([json.code, plain.code], [0, 0], json.stderr);
      const report = JSON.parse(json.stdout) as Record<string, unknown>;
      assert.deepEqual(Object.keys(report), [
        'schema',
        'port',
        'mac',
        'reset',
        'mode',
        'ip',
        'httpPort',
        'serverType',
        'mqtt',
        'checks',
        'verdict',
      ]);
      assert.deepEqual(
        [report['mode'], report['verdict'], report['serverType']],
        ['web-server', 'confirmed', 'SDK API'],
      );
      assert.match(plain.stdout, /^mode +web.server$/im);
      assert.match(plain.stdout, /^verdict +confirmed$/m);
    },
  );

  test(
    'flash --json: progress as NDJSON, the result last; then the board is there under its name',
    LIMIT,
    async (t) => {
      const home = await makeHome(t);
      const { code, stdout, stderr } = await espwatch(t, home, ['flash', SKETCH_IMAGE, '--port', 'sim:desk', '--json']);
      assert.equal(code, 0, stderr);
      const said = objects(stdout);
      const progress = said.slice(0, -1);
      assert.ok(progress.length > 4 && progress.every(({ type }) => type === 'progress'));
      for (const [i, { done, total }] of progress.entries()) {
        assert.ok(Number(done) <= Number(total), `object ${i}`);
      }
      const result = said.at(-1) ?? {};
      assert.deepEqual([result['type'], result['schema'], result['chip']], ['result', 'espwatch.flash/1', 'ESP8266EX']);
      const [part] = result['parts'] as { bytes: number; md5: string }[];
      assert.equal(part?.bytes, (await readFile(SKETCH_IMAGE)).length);
      const detected = await espwatch(t, home, ['detect', '--port', 'sim:desk', '--json']);
      assert.equal(detected.code, 0, detected.stderr);
      assert.equal((JSON.parse(detected.stdout) as { mac: string }).mac, result['mac']);
    },
  );

  test('check on sim: exits 0 with every step passed, stdout one document', LIMIT, async (t) => {
    const { code, stdout, stderr } = await espwatch(t, await makeHome(t), ['check', '--port', 'sim:', '--json']);
    assert.equal(code, 0, stderr);
    const { schema, passed, steps } = JSON.parse(stdout) as {
      schema: string;
      passed: boolean;
      steps: { status: string }[];
    };
    assert.deepEqual([schema, passed, steps.length], ['espwatch.check/1', true, 10]);
    assert.ok(steps.every(({ status }) => status === 'passed'));
  });

  test('check of a board that lies: the table names the step, exit 5', LIMIT, async (t) => {
    const args = ['check', '--port', 'sim:', '--fault', 'lie-mode'];
    const { code, stdout } = await espwatch(t, await makeHome(t), args);
    assert.equal(code, 5, stdout);
    assert.match(stdout, /^FAILED +identify web server +/m);
    assert.match(stdout, /^SKIPPED +cross-check web server again +/m);
    assert.match(stdout, /^Failed at "identify web server"\.$/m);
  });

  test('monitor: the boot at a glance, typed requests answered, the capture is what was shown', LIMIT, async (t) => {
    const home = await makeHome(t);
    const capture = join(home, 'board.cap');
    const monitor = new Espwatch(t, home, ['monitor', '--port', 'sim:', '--capture', capture], { input: null });
    await monitor.said(/Mode: Web Server Running - Type = SDK API\n/);
    monitor.type('GetSensors\n');
    await monitor.said(/\{"SYS_Heap":\d+.*\}\n/);
    monitor.interrupt();
    const { code, stdout, stderr } = await monitor.ended();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\d\d:\d\d:\d\d\.\d{3} {2}ets Jan {2}8 2013,rst cause:2, boot mode:\(3,\d\)$/m);
    assert.match(stdout, /── reset: .*commanded/);
    assert.match(stdout, /── .*127\.\d+\.\d+\.\d+/);
    const kept = await readFile(capture, 'latin1');
    assert.match(kept, /rst cause:2, boot mode:\(3,[\s\S]*ESP8266 Mode: Web Server Running[\s\S]*\{"SYS_Heap"/);
  });

  test('monitor waits for a board that was unplugged, and goes on', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    const url = await serve(t, board);
    const monitor = new Espwatch(t, await makeHome(t), ['monitor', '--port', url, '--reset'], { input: null });
    await monitor.said(/Mode: Web Server Running/);
    board.board.unplug();
    await monitor.said(/port lost/);
    board.board.plug();
    await monitor.said(/port is back\n/);
    board.board.pressReset();
    await monitor.said(/port is back\n[\s\S]*Mode: Web Server Running/);
    monitor.interrupt();
    assert.equal((await monitor.ended()).code, 0);
  });

  test('monitor --json: events as NDJSON, numbered without a gap', LIMIT, async (t) => {
    const monitor = new Espwatch(t, await makeHome(t), ['monitor', '--port', 'sim:', '--json']);
    await monitor.said(/"type":"mode".*\n/);
    monitor.interrupt('SIGTERM');
    const { code, stdout } = await monitor.ended();
    assert.equal(code, 0);
    const events = objects(stdout);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, i) => i + 1),
    );
    assert.ok(events.every(({ t, source }) => typeof t === 'number' && typeof source === 'string'));
  });

  test('monitor --for ends by itself', LIMIT, async (t) => {
    assert.equal((await espwatch(t, await makeHome(t), ['monitor', '--port', 'sim:', '--for', '1'])).code, 0);
  });

  test('sim: one JSON line when ready, a second one refused on the same port, ends with 0', LIMIT, async (t) => {
    const home = await makeHome(t);
    const { url, mac, server } = await startSimServer(t, home);
    assert.match(url, /^rfc2217:\/\/127\.0\.0\.1:\d+$/);
    assert.match(mac, /^18:fe:34(:[0-9a-f]{2}){3}$/);
    const second = await espwatch(t, home, ['sim', '--rfc2217', url.replace('rfc2217://', '')]);
    assert.notEqual(second.code, 0);
    assert.equal(second.stdout, '');
    assert.match(second.stderr, /^error SIM_LISTEN: .*\n {6}.*another port/m);
    const detected = await espwatch(t, home, ['detect', '--port', url, '--json']);
    assert.equal(detected.code, 0, detected.stderr);
    assert.equal((JSON.parse(detected.stdout) as { mac: string }).mac, mac);
    server.interrupt('SIGTERM');
    const { code, stdout } = await server.ended();
    assert.equal(code, 0);
    assert.equal(objects(stdout).length, 1);
  });

  test('sim --fault help lists every fault', LIMIT, async (t) => {
    const { code, stdout } = await espwatch(t, await makeHome(t), ['sim', '--fault', 'help']);
    assert.equal(code, 0);
    for (const name of ['lie-mode', 'unplug-at:N', 'mute', 'wifi-gone']) assert.ok(stdout.includes(name), name);
  });

  test('stdout that goes away is no crash', LIMIT, async (t) => {
    const monitor = new Espwatch(t, await makeHome(t), ['monitor', '--port', 'sim:'], { input: null });
    await monitor.said(/ets Jan/);
    monitor.stopReading();
    const { stderr } = await monitor.ended();
    assert.doesNotMatch(stderr, /EPIPE|at .*\.js/);
  });
});
