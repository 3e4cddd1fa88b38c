import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINES_RELEASED } from '../../src/serial/link.js';
import { type LiveSession, LONG_MS, liveSession, serves } from '../support/live-session.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 60_000 };

function textAt(live: LiveSession, baud: number): string {
  return live.lines
    .filter((line) => line.baud === baud)
    .map((line) => Buffer.from(line.bytes).toString('latin1'))
    .join('\n');
}

test('a reset of ours: the ROM is read at 74880, the sketch at 115200, no byte of either is lost', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real' });
  const live = await liveSession(t, board);
  const { session } = live;
  await session.until(serves, LONG_MS, t.signal);
  const [before, mark] = [live.events.length, board.mark];
  await session.resetAndFollow(t.signal);
  assert.equal(live.link.baud, 115_200);
  assert.ok(await session.until(serves, LONG_MS, t.signal));
  const since = live.events.slice(before);
  assert.deepEqual([since[0]?.type, since[0]?.source], ['reset-commanded', 'tool']);
  const banner = since.find((event) => event.type === 'rom-banner');
  assert.deepEqual(
    [banner?.cause, banner?.bootMode, banner?.confidence, banner?.raw.cause],
    ['external', 'flash', 1, 2],
  );
  assert.ok(since.some((event) => event.type === 'eboot' && event.step === 'load'));
  assert.ok(!since.some((event) => event.type === 'unparsed' || event.type === 'boot-error'));
  const rom = textAt(live, 74_880);
  assert.match(rom, /^ ets Jan {2}8 2013,rst cause:2, boot mode:\(3,\d\)\r$/m);
  assert.match(rom, /^load 0x4010f000, len \d+, room 16 \r$/m);
  assert.match(rom, /^~ld\r?$/m);
  for (const line of board.heard.text.slice(mark).split('\r\n')) {
    assert.ok(textAt(live, 115_200).includes(line), line);
  }
  assert.match(textAt(live, 115_200), /^ESP8266 Reset Reason: External System\r$/m);
  const { lastReset, resets, mac, announced } = session.state;
  assert.deepEqual(
    [lastReset?.cause, lastReset?.commanded, lastReset?.source, lastReset?.raw.cause],
    ['external', true, 'rom-banner', 2],
  );
  assert.equal(resets.commanded, 1);
  assert.equal(mac, board.mac);
  assert.deepEqual([announced.httpPort, announced.serverType], [9705, 'SDK API']);
});

test(
  'the RST button while we listen at 115200: the banner is recognised in garbage, never as certain',
  LIMIT,
  async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    const live = await liveSession(t, board);
    const { session } = live;
    await session.until(serves, LONG_MS, t.signal);
    const { own, byCause } = session.state.resets;
    const before = live.of('rom-banner').length;
    board.board.pressReset();
    await session.until((state) => state.resets.own > own && serves(state), LONG_MS, t.signal);
    const banners = live.of('rom-banner').slice(before);
    assert.equal(banners.length, 1);
    const [banner] = banners;
    assert.deepEqual([banner?.cause, banner?.bootMode, banner?.source], ['external', 'flash', 'serial']);
    assert.ok(banner !== undefined && banner.confidence > 0.3 && banner.confidence < 1, `${banner?.confidence}`);
    const expected = { ...byCause, external: (byCause.external ?? 0) + 1 };
    assert.deepEqual(session.state.resets, { own: own + 1, commanded: 0, byCause: expected });
    assert.equal(session.state.lastReset?.commanded, false);
  },
);

test('a boot that our reset cuts short is not reported after it', LIMIT, async (t) => {
  const first = new SketchBoard(t, { timing: 'real' });
  const { session, atPort } = await liveSession(t, first);
  await session.until(serves, LONG_MS, t.signal);
  const before = atPort().length;
  first.board.pressReset();
  await session.until((state) => state.lastReset?.cause === 'external' && serves(state), LONG_MS, t.signal);
  const garbage = atPort().subarray(before);

  const board = new SketchBoard(t, { timing: 'real', faults: ['mute'] });
  const live = await liveSession(t, board);
  for (const length of [36, 48, 60]) {
    const done = live.session.resetAndFollow(t.signal);
    live.session.ingest({ t: Date.now(), baud: 115_200, bytes: garbage.subarray(0, length) });
    await done;
    await live.session.until(() => false, 700, t.signal);
    const commanded = live.events.findLastIndex(({ type }) => type === 'reset-commanded');
    const after = live.events.slice(commanded).filter((event) => event.type === 'rom-banner');
    assert.deepEqual(
      after.map(({ confidence, raw }) => [confidence, raw.cause]),
      [[1, 2]],
      `cut after ${length} bytes`,
    );
  }
});

test('a brown-out heard at 115200 is told from the button by its banner', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real' });
  const live = await liveSession(t, board);
  const { session } = live;
  await session.until(serves, LONG_MS, t.signal);
  const [before, { own }] = [live.of('rom-banner').length, session.state.resets];
  board.brownOut();
  await session.until((state) => state.resets.own > own && serves(state), LONG_MS, t.signal);
  const [banner] = live.of('rom-banner').slice(before);
  assert.deepEqual([banner?.cause, banner?.bootMode, banner?.raw.cause], ['power-on', 'flash', 1]);
  assert.ok(banner !== undefined && banner.confidence < 1);
  assert.equal(session.state.lastReset?.cause, 'power-on');
});

// The clock that the SDK has tuned outlives a reset from inside, and with it the ROM speaks at 115200.
test('a hardware watchdog heard at 115200: the banner can be read', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real' });
  const live = await liveSession(t, board);
  const { session } = live;
  await session.until(serves, LONG_MS, t.signal);
  const [before, { own }] = [live.of('rom-banner').length, session.state.resets];
  board.hardwareWatchdog();
  await session.until((state) => state.resets.own > own && serves(state), LONG_MS, t.signal);
  const banners = live.of('rom-banner').slice(before);
  assert.equal(banners.length, 1);
  assert.deepEqual([banners[0]?.cause, banners[0]?.confidence, banners[0]?.raw.cause], ['hardware-watchdog', 1, 4]);
  assert.equal(session.state.resets.byCause['hardware-watchdog'], 1);
});

test('a crash: the report is read whole, the restart is put down to it', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real', faults: ['exception:500,once'] });
  const live = await liveSession(t, board);
  const { session } = live;
  await session.until(({ crashes, resets }) => crashes.total > 0 && resets.own > 0, LONG_MS, t.signal);
  await session.until((state) => state.lastReset?.cause === 'exception' && serves(state), LONG_MS, t.signal);
  const [crash] = live.of('crash');
  assert.deepEqual(
    [crash?.report.kind, crash?.report.exception?.number, crash?.report.registers?.epc1, crash?.report.complete],
    ['exception', 28, 0x40201f40, true],
  );
  assert.match(
    board.heard.text,
    /ESP8266 Crash: exccause=28 epc1=0x40201f40 excvaddr=0x00000000 epc2=0x00000000 epc3=0x00000000 depc=0x00000000\r\n/,
  );
});

test('a restart that the sketch was asked for on its serial line, as a switch of ours', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real' });
  const live = await liveSession(t, board);
  const { session } = live;
  await session.until(serves, LONG_MS, t.signal);
  session.record({ type: 'switch-commanded', to: 'web-server' }, 'tool');
  await live.link.write(Buffer.from('/?request=HttpOn\n'));
  await session.until((state) => state.resets.commanded === 1 && serves(state), LONG_MS, t.signal);
  const { lastReset } = session.state;
  assert.deepEqual([lastReset?.cause, lastReset?.commanded], ['software', true]);
});

test('a reset that is cancelled leaves the lines released and the board running', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real' });
  const { session, link } = await liveSession(t, board);
  await session.until(serves, LONG_MS, t.signal);
  const stop = new AbortController();
  const mark = board.mark;
  const work = session.resetAndFollow(stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(work, /stopped/);
  assert.deepEqual(link.lines, LINES_RELEASED);
  await board.serving(mark);

  const second = new AbortController();
  session.onEvent((event) => {
    if (event.type === 'rom-banner') second.abort(new Error('stopped while the ROM speaks'));
  });
  const again = board.mark;
  await assert.rejects(session.resetAndFollow(second.signal), /stopped while the ROM speaks/);
  assert.deepEqual(link.lines, LINES_RELEASED);
  await board.serving(again);
});

test('the cable comes out during a reset: PORT_LOST at once', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real' });
  const { session } = await liveSession(t, board);
  await session.until(serves, LONG_MS, t.signal);
  session.onEvent((event) => {
    if (event.type === 'rom-banner') board.board.unplug();
  });
  await assert.rejects(session.resetAndFollow(t.signal), { code: 'PORT_LOST' });
  assert.equal(session.state.link.state, 'lost');
});

test('until: now, later, not in time, cancelled before and after, port lost', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real' });
  const { session } = await liveSession(t, board);
  assert.equal(await session.until(() => true, 0, t.signal), true);
  assert.equal(await session.until(() => false, 1, t.signal), false);
  assert.equal(await session.until(serves, LONG_MS, t.signal), true);
  await assert.rejects(
    session.until(() => true, LONG_MS, AbortSignal.abort(new Error('before'))),
    /before/,
  );
  const stop = new AbortController();
  const cancelled = session.until(() => false, LONG_MS, stop.signal);
  stop.abort(new Error('after'));
  await assert.rejects(cancelled, /after/);
  const lost = session.until(() => false, LONG_MS, t.signal);
  board.board.unplug();
  await assert.rejects(lost, { code: 'PORT_LOST' });
});
