/** The power fails in a flash operation of a SAVE: the board comes up with the old or the new settings, whole. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DEFAULT_SETTINGS, decodeSettings, encodeSettings, type Settings } from '../../src/settings/record.js';
import { ask } from '../support/http-client.js';
import { encodeVersion1 } from '../support/settings-version1.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 120_000 };
const CASE = { timeout: 20_000 };

const OLD: Settings = {
  ...DEFAULT_SETTINGS,
  ssid: 'old network',
  wifiPassword: 'old-password',
  brokerHost: 'old.broker.lan',
  caDer: Uint8Array.from({ length: 601 }, (_, i) => (i * 11) & 0xff),
};
const NEW: Settings = { ...OLD, ssid: 'new network', brokerHost: 'new.broker.lan', clientId: 'new-id' };
const FORM = { action: 'SAVE', ssid: NEW.ssid, brokerHost: NEW.brokerHost, clientId: NEW.clientId };

/** A record of OLD in slot A; slot B is free. */
const FREE_SLOT = encodeSettings(OLD, 1);
/** Both slots are used: the next SAVE goes through the scratch sector. */
const FULL = Uint8Array.from(FREE_SLOT);
FULL.set(encodeSettings(OLD, 2).subarray(0, 562), 0x300);

/** Flash operations of that SAVE: in each sector erase, certificate in three parts, its header, the record; then the mark. */
const FULL_OPERATIONS = 13;
const SCRATCH_HAS_RECORD = 6;

/** How far the interrupted operation gets: not begun, half done, done. */
const PARTS = [',0', '', ',9999'];

/** SAVEs with this fault; gives what is in force after the boots that follow. */
async function saveAndLose(t: TestContext, sector: Uint8Array, faults: readonly string[]): Promise<Settings | null> {
  const board = new SketchBoard(t, { settings: sector, faults });
  const place = await board.serving();
  const mark = board.mark;
  await ask(place, '/config', FORM).catch(() => undefined);
  const again = await board.serving(mark);
  assert.doesNotMatch(board.heard.text, /defaults used/);
  const settings = decodeSettings(board.sector);
  const { body } = await ask(again, '/config');
  assert.match(
    body,
    new RegExp(`name=ssid [^>]*value='${settings?.ssid}'`),
    'the sketch reads what src/settings reads',
  );
  assert.match(body, new RegExp(`CA certificate: ${OLD.caDer.length} bytes`));
  // The next SAVE works, whatever the power left behind.
  assert.equal((await ask(again, '/config', { ...FORM, clientId: 'later' })).status, 200);
  assert.deepEqual(decodeSettings(board.sector), { ...NEW, clientId: 'later' });
  return settings;
}

test('SAVE into the free slot', LIMIT, async (t) => {
  for (const part of [',0', ',4', '', ',560', ',561']) {
    await t.test(`power-cut:1${part}`, CASE, async (t) => {
      assert.deepEqual(await saveAndLose(t, FREE_SLOT, [`power-cut:1${part}`]), OLD);
    });
  }
  await t.test('power-cut:1,9999', CASE, async (t) => {
    assert.deepEqual(await saveAndLose(t, FREE_SLOT, ['power-cut:1,9999']), NEW);
  });
});

test('SAVE through the scratch sector: every operation', LIMIT, async (t) => {
  for (let nth = 1; nth <= FULL_OPERATIONS; nth++) {
    for (const part of PARTS) {
      await t.test(`power-cut:${nth}${part}`, CASE, async (t) => {
        const isNew = nth > SCRATCH_HAS_RECORD || (nth === SCRATCH_HAS_RECORD && part === ',9999');
        assert.deepEqual(await saveAndLose(t, FULL, [`power-cut:${nth}${part}`]), isNew ? NEW : OLD);
      });
    }
  }
});

test('there is no operation more: the count above is all of them', CASE, async (t) => {
  const board = new SketchBoard(t, { settings: FULL, faults: [`power-cut:${FULL_OPERATIONS + 1}`] });
  const place = await board.serving();
  assert.equal((await ask(place, '/config', FORM)).status, 200);
  assert.deepEqual(decodeSettings(board.sector), NEW);
  assert.equal(board.starts, 1);
});

test('the power fails again while the boot finishes the SAVE', LIMIT, async (t) => {
  // The sector has been erased when the first cut comes; finishing takes seven operations.
  for (let nth = 1; nth <= 7; nth++) {
    await t.test(`at operation ${nth} of it`, CASE, async (t) => {
      // The later cut lies below: it does not count the operation that the first one took.
      const faults = [`power-cut:${SCRATCH_HAS_RECORD + nth}`, `power-cut:${SCRATCH_HAS_RECORD + 1}`];
      const board = new SketchBoard(t, { settings: FULL, faults });
      const place = await board.serving();
      const mark = board.mark;
      await ask(place, '/config', FORM).catch(() => undefined);
      await board.serving(mark);
      assert.deepEqual(decodeSettings(board.sector), NEW);
      assert.doesNotMatch(board.heard.text, /defaults used/);
    });
  }
});

test('a record of version 1 is stored again as version 2, whatever the power does meanwhile', LIMIT, async (t) => {
  const version1 = encodeVersion1(OLD);
  await t.test('undisturbed', CASE, async (t) => {
    const board = new SketchBoard(t, { settings: version1 });
    await board.serving();
    assert.match(board.heard.text, /^ESP8266 Settings: version 1 found, stored again as version 2\r\n/m);
    assert.deepEqual(board.sector, encodeSettings(OLD, 1));
  });
  for (let nth = 1; nth <= FULL_OPERATIONS; nth++) {
    await t.test(`power-cut:${nth}`, CASE, async (t) => {
      const board = new SketchBoard(t, { settings: version1, faults: [`power-cut:${nth}`] });
      const place = await board.serving();
      assert.deepEqual(board.sector, encodeSettings(OLD, 1));
      assert.doesNotMatch(board.heard.text, /defaults used/);
      assert.match((await ask(place, '/config')).body, /value='old network'/);
    });
  }
});
