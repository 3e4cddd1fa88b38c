import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BoardEvent } from '../../src/board/events.js';
import { initialState, reduce } from '../../src/board/state.js';
import { VirtualClock } from '../../src/clock.js';
import type { ParserStep } from '../../src/journal/entry.js';
import type { Chunk } from '../../src/serial/link.js';
import { PortLink } from '../../src/serial/port-link.js';
import { Capture } from '../../src/session/capture.js';
import { Interpreter } from '../../src/session/interpreter.js';
import { BoardSession } from '../../src/session/session.js';
import { SimBinding } from '../../src/sim/index.js';
import { LONG_MS, liveSession, serves } from '../support/live-session.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 60_000 };

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'espwatch-capture-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The chunks of a capture, cut as its index says; the steps of the parser between them are left out. */
async function readCapture(file: string): Promise<Chunk[]> {
  const bytes = await readFile(file);
  const index = (await readFile(`${file}.index.ndjson`, 'utf8')).trimEnd().split('\n');
  let at = 0;
  const chunks = index.flatMap((line) => {
    const entry = JSON.parse(line) as { t: number; baud: number; bytes: number; do?: string };
    if (entry.do !== undefined) return [];
    assert.deepEqual(Object.keys(entry), ['t', 'baud', 'bytes']);
    at += entry.bytes;
    return [{ t: entry.t, baud: entry.baud, bytes: Uint8Array.from(bytes.subarray(at - entry.bytes, at)) }];
  });
  assert.equal(at, bytes.length, 'the index covers the file');
  return chunks;
}

test(
  'the capture holds every byte that came to the port, garbage included, and the index says when and how',
  LIMIT,
  async (t) => {
    const file = join(await folder(t), 'board.cap');
    const board = new SketchBoard(t, { timing: 'real' });
    const live = await liveSession(t, board, { open: false });
    const { session } = live;
    const started = Date.now();
    session.captureTo(await Capture.open(file));
    await session.open();
    await session.until(serves, LONG_MS, t.signal);
    board.board.pressReset();
    await session.until((state) => state.resets.own === 1 && serves(state), LONG_MS, t.signal);
    await session.resetAndFollow(t.signal);
    await session.until(serves, LONG_MS, t.signal);
    await session.close();

    const atPort = live.atPort();
    assert.deepEqual(await readFile(file), atPort);
    assert.ok(atPort.includes('rst cause:2, boot mode:(3,'), 'one banner was read at 74880');
    assert.ok(
      atPort.some((byte) => byte > 0x7f),
      'one was not',
    );
    const chunks = await readCapture(file);
    assert.deepEqual(new Set(chunks.map(({ baud }) => baud)), new Set([115_200, 74_880]));
    for (const [i, { t }] of chunks.entries()) {
      assert.ok(t >= (chunks[i - 1]?.t ?? started - 1) && t <= Date.now() + 1, `chunk ${i}`);
    }

    // Played back, it is the same story.
    const clock = new VirtualClock();
    const link = new PortLink({ path: 'sim:', binding: new SimBinding(board.board, 'sim:'), clock });
    const again = new BoardSession({ link, appBaud: 115_200, clock });
    for (const chunk of chunks) again.ingest(chunk);
    again.flush();
    assert.equal(again.state.mode, 'web-server');
    assert.equal(again.state.mac, session.state.mac);
    assert.deepEqual(again.state.announced.ip, session.state.announced.ip);
    // Nobody told it that the last reset was commanded.
    assert.equal(again.state.resets.own, session.state.resets.own + 1);
  },
);

test('a lease hands the port over: the bytes go to the capture, not to the parsers', LIMIT, async (t) => {
  const file = join(await folder(t), 'board.cap');
  const board = new SketchBoard(t, { timing: 'real' });
  const live = await liveSession(t, board);
  const { session } = live;
  await session.until(serves, LONG_MS, t.signal);
  session.captureTo(await Capture.open(file));
  const lines = live.lines.length;
  const answer = '{"request":"LedOn","LED":"on"}\r\n';
  await session.lease(async () => {
    const came = new Promise<void>((resolve) => {
      let read = 0;
      live.link.onData(({ bytes }) => {
        read += bytes.length;
        if (read >= answer.length) resolve();
      });
    });
    await live.link.write(Buffer.from('LedOn\n'));
    await came;
  });
  assert.equal(live.lines.length, lines);
  await session.close();
  assert.equal(await readFile(file, 'latin1'), answer);
});

test('a second capture is added to the first; a file that cannot be written is a usage error', LIMIT, async (t) => {
  const path = await folder(t);
  const file = join(path, 'board.cap');
  const chunk = { t: 1, baud: 115_200, bytes: Uint8Array.of(1, 0, 255) };
  for (let i = 0; i < 2; i++) {
    const capture = await Capture.open(file);
    capture.add(chunk);
    await capture.close();
    assert.equal(capture.failure, null);
  }
  assert.deepEqual(await readCapture(file), [chunk, chunk]);
  await writeFile(join(path, 'file'), '');
  for (const wrong of [join(path, 'none', 'x.cap'), join(path, 'file', 'x.cap'), path]) {
    await assert.rejects(Capture.open(wrong), { code: 'USAGE' }, wrong);
  }
});

test('a session that is lived through again from what it recorded gives the same events', LIMIT, async (t) => {
  const board = new SketchBoard(t, { timing: 'real' });
  const live = await liveSession(t, board, { open: false });
  const { session } = live;
  const records: (Chunk | { readonly t: number; readonly do: ParserStep })[] = [];
  session.captureTo({
    add: (chunk) => records.push(chunk),
    step: (step) => records.push(step),
    close: async () => undefined,
  });
  const events: BoardEvent[] = [];
  session.onEvent((event) => events.push(event));
  await session.open();
  await session.until(serves, LONG_MS, t.signal);
  board.board.pressReset();
  await session.until((state) => state.resets.own === 1 && serves(state), LONG_MS, t.signal);
  await session.resetAndFollow(t.signal);
  await session.until(serves, LONG_MS, t.signal);
  await session.close();

  const again: BoardEvent[] = [];
  const ofTheTool = events.filter(({ source }) => source !== 'serial');
  const takeTool = (): void => {
    for (let next = ofTheTool[0]; next?.seq === again.length + 1; next = ofTheTool[0]) {
      again.push(next);
      ofTheTool.shift();
    }
  };
  const interpreter = new Interpreter(115_200, {
    onLine: () => undefined,
    onFact: (fact, at) => {
      takeTool();
      again.push({ ...fact, seq: again.length + 1, t: at, source: 'serial' });
    },
  });
  for (const record of records) {
    if (!('do' in record)) interpreter.push(record);
    else if (record.do === 'flush') interpreter.flush(record.t);
    else interpreter.flushLines(record.t);
  }
  takeTool();
  assert.deepEqual(again, events);
  assert.deepEqual(again.reduce(reduce, initialState), session.state);
});
