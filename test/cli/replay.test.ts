import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { espwatch, makeHome, objects } from '../support/espwatch.js';

const LIMIT = { timeout: 90_000 };

describe('replay', { concurrency: 2 }, () => {
  test('a soak: the bytes give the ledger that the live run had; bytes of another night do not', LIMIT, async (t) => {
    const home = await makeHome(t);
    const run = join(home, 'run');
    const options = ['--fault', 'exception:2000,once', '--for', '6s', '--probe-every', '2s', '--no-awake'];
    const live = await espwatch(t, home, ['soak', '--port', 'sim:', ...options, '--out', run, '--json']);
    assert.equal(live.code, 8, live.stderr);
    const again = await espwatch(t, home, ['replay', run, '--json']);
    assert.equal(again.code, 0, again.stderr);
    const { same, tally, report } = JSON.parse(again.stdout) as {
      same: boolean;
      tally: Record<string, number>;
      report: { ledger: unknown; verdict: unknown };
    };
    assert.equal(same, true);
    assert.ok((tally['alike'] ?? 0) > 10);
    assert.deepEqual([tally['different'], tally['notInCapture']], [0, 0]);
    const { ledger, verdict } = JSON.parse(live.stdout) as { ledger: unknown; verdict: unknown };
    assert.deepEqual([report.ledger, report.verdict], [ledger, verdict]);

    const capture = join(run, 'capture-0-0001.bin');
    const bytes = await readFile(capture, 'latin1');
    const changed = bytes.replaceAll('Exception (28)', 'Exception (29)');
    assert.notEqual(changed, bytes);
    await writeFile(capture, changed, 'latin1');
    const other = await espwatch(t, home, ['replay', run]);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /^error REPLAY_DIFFERS: /m);
  });

  test('a capture of monitor: the same lines with the same times; a saved log: lines without', LIMIT, async (t) => {
    const home = await makeHome(t);
    const file = join(home, 'board.cap');
    const live = await espwatch(t, home, ['monitor', '--port', 'sim:', '--for', '3', '--capture', file]);
    assert.equal(live.code, 0, live.stderr);
    const again = await espwatch(t, home, ['replay', file]);
    assert.equal(again.code, 0, again.stderr);
    const lines = (text: string): string[] => text.split('\n').filter((line) => /^\d\d:/.test(line));
    assert.ok(lines(live.stdout).length > 5);
    assert.deepEqual(lines(again.stdout), lines(live.stdout));
    assert.match(again.stderr, /^web server; 1 reset, 0 crashes$/m);

    const log = join(home, 'log.txt');
    await writeFile(log, await readFile(file));
    const events = await espwatch(t, home, ['replay', log, '--json']);
    const found = objects(events.stdout);
    assert.deepEqual(found.at(-1)?.['mode'], 'web-server');
    assert.ok(found.some((event) => event['type'] === 'mode' && event['t'] === 0));
  });

  test('what is not there, and a folder without a run', LIMIT, async (t) => {
    const home = await makeHome(t);
    assert.equal((await espwatch(t, home, ['replay', join(home, 'none')])).code, 2);
    const { code, stderr } = await espwatch(t, home, ['replay', home]);
    assert.equal(code, 2);
    assert.match(stderr, /^error JOURNAL_MISSING: /m);
  });
});
