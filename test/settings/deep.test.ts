/** `detect --deep`: store, boot output and network of a virtual board with the real sketch. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DEFAULT_SETTINGS, encodeSettings, type Settings, settingsAddress } from '../../src/settings/record.js';
import { startBroker } from '../../src/sim/broker.js';
import { runCli, temporaryFolder } from '../support/run-cli.js';
import { FLASH_BYTES, SKETCH_IMAGE } from '../support/sketch-board.js';

const LIMIT = { timeout: 120_000 };

interface Report {
  readonly mode: string;
  readonly verdict: string;
  readonly checks: readonly { readonly via: string; readonly outcome: string }[];
  readonly store?: {
    readonly from: string;
    readonly witnesses: { readonly store: string; readonly boot: string | null; readonly network: string | null };
    readonly oddOneOut: string | null;
    readonly contradictions: readonly string[];
  } | null;
}

/** `sim:deep` with the sketch and these settings in its flash. */
async function detectDeep(
  t: TestContext,
  settings: Partial<Settings> | null,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; report: Report }> {
  const folder = await temporaryFolder(t);
  const flash = new Uint8Array(FLASH_BYTES).fill(0xff);
  flash.set(await readFile(SKETCH_IMAGE));
  if (settings !== null) flash.set(encodeSettings({ ...DEFAULT_SETTINGS, ...settings }), settingsAddress(FLASH_BYTES));
  await mkdir(join(folder, 'espwatch/sim'), { recursive: true });
  await writeFile(join(folder, 'espwatch/sim/deep.bin'), flash);
  const run = await runCli(['detect', '--deep', '--json', '--port', 'sim:deep', ...args], {
    env: { XDG_STATE_HOME: folder, ...env },
    signal: t.signal,
  });
  assert.notEqual(run.stdout, '', run.stderr);
  return { code: run.code, report: JSON.parse(run.stdout) as Report };
}

test('web server: three witnesses agree, also at a speed that only the store knows', LIMIT, async (t) => {
  const { code, report } = await detectDeep(t, { httpPort: 8123, serialBaud: 57_600 }, []);
  assert.deepEqual([code, report.verdict, report.mode], [0, 'confirmed', 'web-server']);
  assert.deepEqual(report.store?.witnesses, { store: 'web-server', boot: 'web-server', network: 'web-server' });
  assert.deepEqual([report.store?.oddOneOut, report.store?.contradictions], [null, []]);
});

test('a boot output that lies is named', LIMIT, async (t) => {
  const { code, report } = await detectDeep(t, {}, ['--fault', 'lie-mode']);
  assert.deepEqual([code, report.verdict], [6, 'contradicted']);
  assert.deepEqual(report.store?.witnesses, { store: 'web-server', boot: 'mqtt-client', network: 'web-server' });
  assert.equal(report.store?.oddOneOut, 'boot');
  assert.match(report.store?.contradictions[0] ?? '', /the two others contradict the boot output/);
});

test('MQTT, over TLS alone and beside the web server: three witnesses agree', LIMIT, async (t) => {
  for (const [tls, mode] of [
    [true, 'mqtt-client'],
    [false, 'web-server+mqtt-client'],
  ] as const) {
    const broker = await startBroker({ tls, users: 'random' });
    t.after(() => broker.close());
    const ca = join(await temporaryFolder(t), 'ca.pem');
    await writeFile(ca, broker.caPem ?? '');
    const { code, report } = await detectDeep(
      t,
      {
        mqttEnabled: true,
        tlsEnabled: tls,
        brokerHost: broker.host,
        mqttPort: broker.port,
        mqttUser: broker.user?.username ?? '',
        mqttPassword: broker.user?.password ?? '',
        caDer: broker.caDer ?? new Uint8Array(0),
      },
      ['--broker', broker.url, ...(tls ? ['--ca', ca] : [])],
      { ESPWATCH_MQTT_USER: broker.user?.username ?? '', ESPWATCH_MQTT_PASSWORD: broker.user?.password ?? '' },
    );
    assert.deepEqual([code, report.verdict, report.mode], [0, 'confirmed', mode]);
    assert.deepEqual(report.store?.witnesses, { store: mode, boot: mode, network: mode });
  }
});

test('settings that the board cannot follow: what is missing shows, nobody is called a liar', LIMIT, async (t) => {
  const away = { mqttEnabled: true, brokerHost: 'localhost', mqttPort: 1 };
  const { code, report } = await detectDeep(t, away, []);
  assert.deepEqual([code, report.verdict, report.mode], [7, 'unconfirmed', 'web-server']);
  assert.deepEqual(report.store?.contradictions, []);
});

test('no settings stored: two witnesses are left', LIMIT, async (t) => {
  const { code, report } = await detectDeep(t, null, []);
  assert.deepEqual([code, report.verdict, report.store], [0, 'confirmed', null]);
});

test('the store cannot be read without a reset; without --deep it is not part of the report', LIMIT, async (t) => {
  const signal = t.signal;
  const refused = await runCli(['detect', '--deep', '--no-reset', '--port', 'sim:', '--json'], { signal });
  assert.equal(refused.code, 2);
  const plain = await runCli(['detect', '--port', 'sim:', '--json'], { signal });
  assert.equal('store' in (JSON.parse(plain.stdout) as Report), false);
});
