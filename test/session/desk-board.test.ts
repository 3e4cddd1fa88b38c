import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EspwatchError } from '../../src/errors.js';
import type { FlashPhase } from '../../src/flash/flash.js';
import type { BindingInterface } from '../../src/serial/bindings.js';
import { PortLink } from '../../src/serial/port-link.js';
import type { PortInfo } from '../../src/serial/ports.js';
import { SimBinding } from '../../src/sim/index.js';
import { boardOf, deskOn, rowsOf, untilBoard, untilView, worldOf } from '../support/desk.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 60_000 };
const PORT = '/dev/ttyUSB7';

describe('a board on the desk', { concurrency: 3 }, () => {
  test('opening and removing a real one leave it running', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    await board.serving();
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    await desk.send(PORT, 'GetSensors');
    const seen = await untilBoard(
      desk,
      t.signal,
      (view) => rowsOf(view).some((row) => row.startsWith('{"SYS_Heap"')),
      PORT,
    );
    assert.ok(rowsOf(seen).includes('GetSensors'));
    await desk.remove(PORT);
    assert.equal(board.starts, 1);
    assert.deepEqual([seen.state.resets.commanded, seen.activity, seen.runningSince], [0, null, null]);
  });

  test('the cable comes out and goes in again', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    await desk.reset(PORT);
    board.board.unplug();
    const lost = await untilBoard(desk, t.signal, ({ connection }) => connection === 'lost', PORT);
    assert.deepEqual([lost.problem?.code, lost.alerts.map(({ kind }) => kind)], ['PORT_LOST', ['port-lost']]);
    await desk.reset(PORT);
    assert.equal(boardOf(desk.view(), PORT).outcome?.ok, false);
    board.board.plug();
    const back = await untilBoard(desk, t.signal, ({ connection }) => connection === 'open', PORT);
    assert.equal(back.problem, null);
    await desk.detect(PORT, true);
    const { outcome, state } = boardOf(desk.view(), PORT);
    assert.deepEqual([outcome?.ok, state.mode], [true, 'web-server'], outcome?.text);
  });

  test('a port in use is said to be, and opens when it is added again', LIMIT, async (t) => {
    const board = new SketchBoard(t);
    const other = board.board.attach(115_200, { onBytes: () => undefined, onUnplug: () => undefined });
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    const { connection, problem } = boardOf(desk.view(), PORT);
    assert.deepEqual([connection, problem?.code], ['failed', 'PORT_BUSY']);
    other.detach();
    await desk.add(PORT);
    assert.deepEqual([boardOf(desk.view(), PORT).connection, desk.view().boards.length], ['open', 1]);
  });

  test('held in the bootloader; a reset leads out', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    await desk.enterBootloader(PORT);
    const held = boardOf(desk.view(), PORT);
    assert.deepEqual([held.outcome?.ok, held.state.mode], [true, 'bootloader'], held.outcome?.text);
    await desk.detect(PORT, true);
    const out = boardOf(desk.view(), PORT);
    assert.deepEqual([out.state.mode, out.crossCheck?.verdict, out.alerts], ['web-server', 'confirmed', []]);
  });

  test('one thing at a time: what comes meanwhile is refused, and the first goes on', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    const reset = desk.reset(PORT);
    assert.equal(boardOf(desk.view(), PORT).activity?.kind, 'reset');
    await desk.detect(PORT, false);
    const { outcome, activity } = boardOf(desk.view(), PORT);
    assert.deepEqual([outcome?.kind, outcome?.ok, activity?.kind], ['detect', false, 'reset']);
    await desk.send(PORT, 'GetSensors');
    assert.match(boardOf(desk.view(), PORT).outcome?.text ?? '', /^Not sent: the board is being reset\./);
    await reset;
    assert.deepEqual(boardOf(desk.view(), PORT).outcome?.kind, 'reset');
    assert.equal(boardOf(desk.view(), PORT).outcome?.ok, true);
  });

  test('a request to a board that serves nothing goes over the serial line', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    await board.serving();
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    // Opened too late to hear its mode.
    await desk.add(PORT);
    await desk.request(PORT, 'GetSensors');
    const view = await untilBoard(
      desk,
      t.signal,
      (seen) => rowsOf(seen).some((row) => row.startsWith('{"SYS_Heap"')),
      PORT,
    );
    assert.equal(view.outcome?.ok, true);
    assert.ok(rowsOf(view).includes('/?request=GetSensors'));
  });

  test('a reset that nobody ordered is an alert; a crash is one, not two', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real', faults: ['exception:1500,once'] });
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    const crashed = await untilBoard(
      desk,
      t.signal,
      ({ state }) => state.resets.byCause.exception === 1 && state.mode === 'web-server',
      PORT,
    );
    assert.deepEqual(
      crashed.alerts.map(({ kind }) => kind),
      ['crash'],
      JSON.stringify(crashed.alerts),
    );
    board.board.pressReset();
    const reset = await untilBoard(desk, t.signal, ({ alerts }) => alerts.length > 1, PORT);
    assert.equal(reset.alerts.at(-1)?.kind, 'reset');
  });

  test('a board that did not change keeps its snapshot', LIMIT, async (t) => {
    const [one, other] = [new SketchBoard(t), new SketchBoard(t, { timing: 'real' })];
    // From here on it says nothing until it is asked.
    await one.serving();
    const desk = deskOn(t, worldOf({ one, other }));
    await desk.add('one');
    await desk.add('other');
    const before = desk.view();
    assert.equal(desk.view(), before);
    await desk.reset('other');
    const after = desk.view();
    assert.notEqual(after, before);
    assert.equal(boardOf(after, 'one'), boardOf(before, 'one'));
    assert.notEqual(boardOf(after, 'other'), boardOf(before, 'other'));
    assert.equal(after.ports, before.ports);
  });

  const cancelled: readonly (readonly [FlashPhase, RegExp])[] = [
    ['connect', /nothing was written, the old firmware is as it was/],
    ['stub', /nothing was written/],
    ['write', /partly written, the old firmware is gone/],
    ['verify', /all is written, but not proven/],
    ['boot', /written and verified, but the boot was not proven/],
  ];
  for (const [phase, said] of cancelled) {
    test(
      `flashing is cancelled in phase ${phase}: what is in the flash is said, and it can be flashed again`,
      LIMIT,
      async (t) => {
        const board = new SketchBoard(t, { timing: 'none' });
        await board.serving();
        const desk = deskOn(t, worldOf({ [PORT]: board }));
        await desk.add(PORT);
        const off = desk.onChange(() => {
          const { activity } = boardOf(desk.view(), PORT);
          if (activity?.kind === 'flash' && activity.progress?.phase === phase) desk.cancel(PORT);
        });
        await desk.flash(PORT, 'sketch.bin');
        off();
        const { outcome, activity } = boardOf(desk.view(), PORT);
        assert.deepEqual([outcome?.ok, activity], [false, null]);
        assert.match(outcome?.text ?? '', said);
        await desk.flash(PORT, 'sketch.bin');
        const again = await untilBoard(desk, t.signal, ({ state }) => state.mode === 'web-server', PORT);
        assert.equal(again.outcome?.ok, true, again.outcome?.text);
        assert.deepEqual(again.alerts, []);
      },
    );
  }

  test(
    'the cable comes out while the flash is written: the port is named, and what is left in the flash',
    LIMIT,
    async (t) => {
      const board = new SketchBoard(t, { timing: 'none' });
      await board.serving();
      const desk = deskOn(t, worldOf({ [PORT]: board }));
      await desk.add(PORT);
      const off = desk.onChange(() => {
        const { activity } = boardOf(desk.view(), PORT);
        if (activity?.kind === 'flash' && (activity.progress?.done ?? 0) > 0) board.board.unplug();
      });
      await desk.flash(PORT, 'sketch.bin');
      off();
      const { outcome, connection } = boardOf(desk.view(), PORT);
      assert.deepEqual([outcome?.ok, connection], [false, 'lost']);
      assert.match(outcome?.text ?? '', /\/dev\/ttyUSB7 .* The flash is partly written, the old firmware is gone\.$/);
    },
  );

  test('an image that cannot be read changes nothing', LIMIT, async (t) => {
    const board = new SketchBoard(t);
    const readImage = () => Promise.reject(new EspwatchError('IMAGE_MISSING', 'It is not there.', 'Check the path.'));
    const desk = deskOn(t, worldOf({ [PORT]: board }, { readImage }));
    await desk.add(PORT);
    await desk.flash(PORT, 'gone.bin');
    const { outcome, state } = boardOf(desk.view(), PORT);
    assert.deepEqual(
      [outcome?.text, outcome?.hint, state.resets.commanded],
      ['It is not there.', 'Check the path.', 0],
    );
  });

  test('waiting in vain for a mode is cancelled', LIMIT, async (t) => {
    const board = new SketchBoard(t, { faults: ['mute'] });
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    const detect = desk.detect(PORT, false);
    desk.cancel(PORT);
    await detect;
    const { outcome, activity } = boardOf(desk.view(), PORT);
    assert.deepEqual([outcome?.kind, outcome?.ok, activity], ['detect', false, null]);
    assert.match(outcome?.text ?? '', /was cancelled/);
  });

  test('a board that restarts again and again: one alert, not one for each restart', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real', faults: ['boot-loop'] });
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    const looping = await untilBoard(desk, t.signal, ({ state }) => state.crashes.total >= 5, PORT);
    assert.equal(looping.state.mode, 'boot-loop');
    assert.equal(looping.alerts.filter(({ kind }) => kind === 'boot-loop').length, 1);
    assert.equal(looping.alerts.at(-1)?.kind, 'boot-loop');
  });

  test('an adapter that comes back under another name is opened there, and is no free port', LIMIT, async (t) => {
    const board = new SketchBoard(t);
    const adapter = (path: string): PortInfo => ({
      path,
      adapter: 'CP2102',
      vendorId: '10c4',
      productId: 'ea60',
      serialNumber: 'A1',
      holder: null,
      byId: null,
      usbPath: null,
    });
    let now = PORT;
    const opened: string[] = [];
    const sim = new SimBinding(board.board, PORT);
    const binding: BindingInterface = {
      list: () => sim.list(),
      open: (options) => {
        opened.push(options.path);
        return sim.open({ ...options, path: PORT });
      },
    };
    const link = new PortLink({ path: PORT, binding, atomicLines: true });
    const world = worldOf(
      {},
      {
        listPorts: async () => (board.board.isPlugged ? [adapter(now)] : []),
        open: async () => ({ link, device: PORT, kind: 'native', dispose: async () => undefined }),
      },
    );
    const desk = deskOn(t, world, { portsEveryMs: 20 });
    await untilView(desk, t.signal, ({ ports }) => ports.length === 1);
    await desk.add(PORT);
    assert.deepEqual(desk.view().ports, []);
    board.board.unplug();
    now = '/dev/ttyUSB8';
    board.board.plug();
    await untilBoard(desk, t.signal, ({ state }) => state.link.state === 'back', PORT);
    assert.deepEqual([opened, desk.view().ports], [[PORT, '/dev/ttyUSB8'], []]);
    await desk.remove(PORT);
    const [free] = await untilView(desk, t.signal, ({ ports }) => ports.length > 0 && ports);
    assert.equal(free?.name, '/dev/ttyUSB8');
  });

  test('removed twice at once: neither is done before the port is free', LIMIT, async (t) => {
    const board = new SketchBoard(t);
    const order: string[] = [];
    const free = worldOf({ [PORT]: board });
    const dispose = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      order.push('free');
    };
    const desk = deskOn(t, { ...free, open: async (name) => ({ ...(await free.open(name)), dispose }) });
    await desk.add(PORT);
    await Promise.all([1, 2].map((n) => desk.remove(PORT).then(() => order.push(`removed ${n}`))));
    assert.equal(order[0], 'free');
    assert.deepEqual(desk.view().boards, []);
  });

  test('closing the desk ends a flash, and gives the port back', LIMIT, async (t) => {
    const board = new SketchBoard(t, { timing: 'real' });
    const desk = deskOn(t, worldOf({ [PORT]: board }));
    await desk.add(PORT);
    const flash = desk.flash(PORT, 'sketch.bin');
    await untilView(desk, t.signal, (view) => {
      const { activity } = boardOf(view, PORT);
      return activity?.kind === 'flash' && activity.progress?.phase === 'write';
    });
    await desk.close();
    await flash;
    board.board.attach(115_200, { onBytes: () => undefined, onUnplug: () => undefined }).detach();
  });
});
