import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ModemLines } from '../../src/serial/link.js';
import { atEnd } from '../support/cleanup.js';
import { Heard } from '../support/heard.js';
import { type HostEnd, KernelTty, kernelTtySkip } from '../support/kernel-tty.js';
import { RemoteError, RemotePort } from '../support/remote-port.js';

/** Writes down what the host does, in order, and lets the test talk back. */
class Notebook implements HostEnd {
  readonly notes: string[] = [];
  readonly written = new Heard();
  #listeners = new Set<(bytes: Uint8Array) => void>();

  setLines({ dtr, rts }: ModemLines): void {
    this.notes.push(`dtr=${Number(dtr)} rts=${Number(rts)}`);
  }

  setBaud(baud: number): void {
    this.notes.push(`${baud} baud`);
  }

  write(bytes: Uint8Array): Promise<void> {
    const last = this.notes.at(-1) ?? '';
    if (last.startsWith('data ')) this.notes[this.notes.length - 1] = last + Buffer.from(bytes).toString('latin1');
    else this.notes.push(`data ${Buffer.from(bytes).toString('latin1')}`);
    this.written.add(bytes);
    return Promise.resolve();
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  say(text: string): void {
    for (const listener of this.#listeners) listener(Buffer.from(text, 'latin1'));
  }
}

async function setUp(
  t: TestContext,
  options: { modemLines: boolean; stays: boolean },
): Promise<{ notebook: Notebook; tty: KernelTty; start: () => RemotePort }> {
  const notebook = new Notebook();
  const tty = await KernelTty.create(notebook, { ...options, signal: t.signal });
  const ports: RemotePort[] = [];
  atEnd(t, async () => {
    await Promise.all(ports.map((port) => port.end()));
    await tty.close();
  });
  const start = (): RemotePort => {
    const port = new RemotePort(tty.path, tty.env, t.signal);
    ports.push(port);
    return port;
  };
  return { notebook, tty, start };
}

const options = { skip: kernelTtySkip, timeout: 60_000 };

test(
  'speed, lines and data reach the far end of a kernel terminal in the order they were asked for',
  options,
  async (t) => {
    const { notebook, start } = await setUp(t, { modemLines: true, stays: true });
    const port = start();
    await port.open(115_200);
    await port.write(Buffer.from('one'));
    await port.setLines(true, false);
    await port.write(Buffer.from('two'));
    await port.setBaud(74_880);
    await port.write(Buffer.alloc(20_000, 'x'));
    await port.setLines(false, true);
    await port.setLines(false, false);
    await port.close();
    assert.deepEqual(
      notebook.notes.map((note) => note.replace(/x{20000}/, 'x*20000')),
      [
        // The kernel raises both lines when a port opens, and drops both when it is closed.
        'dtr=1 rts=1',
        ...notebook.notes.filter((note) => note === '38400 baud'),
        '115200 baud',
        'dtr=0 rts=0',
        'data one',
        'dtr=1 rts=0',
        'data two',
        '74880 baud',
        'data x*20000',
        'dtr=0 rts=1',
        'dtr=0 rts=0',
        'dtr=0 rts=0',
      ],
    );
  },
);

test('what the board says comes through a kernel terminal, any byte', options, async (t) => {
  const { notebook, start } = await setUp(t, { modemLines: true, stays: true });
  const port = start();
  await port.open(115_200);
  const every = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
  const heard = port.heard.until(/end of it/, t.signal);
  notebook.say(`${every}end of it`);
  await heard;
  assert.equal(port.heard.text, `${every}end of it`);
});

test('a terminal without modem lines: monitoring works, a reset says that there are none', options, async (t) => {
  const { notebook, start } = await setUp(t, { modemLines: false, stays: true });
  const port = start();
  await port.open(115_200);
  const heard = port.heard.until(/hello\r\n/, t.signal);
  notebook.say('hello\r\n');
  await heard;
  await assert.rejects(port.setLines(false, true), (error: unknown) => {
    assert.ok(error instanceof RemoteError);
    assert.equal(error.code, 'PORT_NO_MODEM_LINES');
    assert.match(error.message, /has no DTR and RTS lines/);
    return true;
  });
  const written = notebook.written.until(/still there/, t.signal);
  await port.write(Buffer.from('still there'));
  await written;
  await port.close();
  assert.deepEqual(notebook.notes, ['data still there']);
});

test('a second opener is told who holds the port, and gets it when it is closed', options, async (t) => {
  const { notebook, start } = await setUp(t, { modemLines: true, stays: false });
  const first = start();
  const second = start();
  await first.open(115_200);
  await first.setLines(false, true);
  const before = [...notebook.notes];
  await assert.rejects(second.open(74_880), (error: unknown) => {
    assert.ok(error instanceof RemoteError);
    assert.equal(error.code, 'PORT_BUSY');
    assert.match(error.message, new RegExp(`process ${first.pid}\\b`));
    return true;
  });
  assert.deepEqual(notebook.notes, before, 'the refused one moved a line or changed the speed');
});

test('closing gives the port back: another process and the same one can open it again', options, async (t) => {
  const { notebook, start } = await setUp(t, { modemLines: true, stays: true });
  const first = start();
  const second = start();
  await first.open(115_200);
  await first.close();
  await second.open(74_880);
  assert.equal(notebook.notes.at(-2), '74880 baud');
  await second.close();
  await first.open(115_200);
  await first.write(Buffer.from('back'));
  assert.equal(notebook.notes.at(-1), 'data back');
});

test('the cable of a kernel terminal is pulled: the port is lost, and nothing hangs', options, async (t) => {
  const { tty, start } = await setUp(t, { modemLines: true, stays: true });
  const port = start();
  await port.open(115_200);
  const lost = port.lost();
  await tty.unplug();
  assert.equal(await lost, 'PORT_LOST');
  await assert.rejects(port.setLines(false, true), { code: 'PORT_LOST' });
  await assert.rejects(port.write(Buffer.from('x')), { code: 'PORT_LOST' });
  await port.close();
});

for (const talks of [false, true]) {
  test(
    `the cable is pulled while the board ${talks ? 'talks' : 'is silent'}: the loss is reported`,
    options,
    async (t) => {
      const { notebook, tty, start } = await setUp(t, { modemLines: false, stays: false });
      const port = start();
      await port.open(115_200);
      let pulled = false;
      const talk = (): void => {
        notebook.say('x'.repeat(4096));
        if (!pulled) setImmediate(talk);
      };
      const heard = port.heard.until(/x{20000}/, t.signal);
      if (talks) {
        talk();
        await heard;
      } else {
        notebook.say('x'.repeat(20_000));
        await heard;
      }
      await tty.unplug();
      pulled = true;
      assert.equal(await port.lost(), 'PORT_LOST');
    },
  );
}
