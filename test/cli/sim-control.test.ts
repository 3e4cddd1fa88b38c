import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { CONTROL_KINDS, parseControl } from '../../src/sim/control.js';
import { BoardController } from '../../src/sim/controller.js';
import { Espwatch, espwatch, makeHome, objects } from '../support/espwatch.js';
import { SketchBoard } from '../support/sketch-board.js';

const LIMIT = { timeout: 90_000 };
const banner = (cause: number): string => `reset: rst cause:${cause}, boot mode 3`;

interface Answer {
  readonly command: string;
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
  readonly plugged?: boolean;
  readonly running?: boolean;
  readonly commands?: readonly { readonly usage: string }[];
}

/** `espwatch sim` with its stdin open. */
class Bench {
  readonly sim: Espwatch;
  readonly url: string;
  #answers = 0;

  private constructor(sim: Espwatch, url: string) {
    this.sim = sim;
    this.url = url;
  }

  static async start(t: TestContext): Promise<Bench> {
    const sim = new Espwatch(t, await makeHome(t), ['sim', '--untimed'], {
      input: null,
      env: { ESPWATCH_DEBUG: '1' },
    });
    const { url } = JSON.parse(await sim.said(/^\{.*\}\n/)) as { url: string };
    return new Bench(sim, url);
  }

  async send(line: string): Promise<Answer> {
    this.#answers += 1;
    this.sim.type(`${line}\n`);
    await this.sim.said(new RegExp(`^(.*\\n){${this.#answers + 1}}`));
    const last = objects(this.sim.stdout.text).at(-1);
    assert.equal(last?.['schema'], 'espwatch.sim-answer/1');
    return last as unknown as Answer;
  }
}

/** A board of this process under a controller, its program running. */
async function controlled(
  t: TestContext,
): Promise<{ readonly board: SketchBoard; readonly does: (line: string) => void }> {
  const controller = new BoardController();
  t.after(() => controller.dispose());
  const board = new SketchBoard(t, { extraFaults: [controller.fault] });
  await board.heard.until(/ESP8266 Mode: Web Server Running/, t.signal, 0);
  return { board, does: (line) => controller.apply(parseControl(line), board.board) };
}

describe('what a line says', () => {
  for (const [line, control] of [
    ['reset', { do: 'reset' }],
    ['  unplug   2.5 ', { do: 'unplug', seconds: 2.5 }],
    ['unplug', { do: 'unplug', seconds: null }],
    ['watchdog', { do: 'watchdog', hardware: false }],
    ['watchdog soft', { do: 'watchdog', hardware: false }],
    ['watchdog hardware', { do: 'watchdog', hardware: true }],
    ['exception 0x40204C10', { do: 'exception', address: 0x40204c10 }],
    ['wifi off', { do: 'wifi', on: false }],
    ['boot-loop on', { do: 'boot-loop', on: true }],
  ] as const) {
    test(line, () => assert.deepEqual(parseControl(line), control));
  }

  for (const line of [
    '',
    'Reset',
    'reset now',
    'unplug 0',
    'unplug -1',
    'unplug 1 2',
    'unplug 1e3',
    'unplug 9999999',
  ]) {
    test(`no command: "${line}"`, () => assert.throws(() => parseControl(line)));
  }
  for (const line of ['watchdog hard', 'watchdog soft soft', 'exception 12', 'wifi', 'mute maybe', 'constructor']) {
    test(`no command: "${line}"`, () => assert.throws(() => parseControl(line)));
  }

  test('every command that takes no argument can be parsed as it is listed', () => {
    const plain = CONTROL_KINDS.filter(({ usage, name }) => usage === name);
    assert.ok(plain.length > 5);
    for (const { name } of plain) assert.deepEqual(parseControl(name), { do: name });
  });
});

describe('what is done to a board', { concurrency: 2 }, () => {
  for (const [line, boot, said] of [
    ['reset', banner(2), null],
    ['power-cycle', banner(1), null],
    ['brown-out', banner(1), null],
    ['watchdog hardware', banner(4), null],
    ['watchdog', banner(2), /Soft WDT reset/],
    ['exception 0x40204c10', banner(2), /Exception \(28\):\r\nepc1=0x40204c10/],
    ['abort', banner(2), /Abort called/],
  ] as const) {
    test(line, LIMIT, async (t) => {
      const { board, does } = await controlled(t);
      const [log, heard] = [board.log.length, board.heard.text.length];
      does(line);
      await board.logged(boot, log);
      if (said !== null) await board.heard.until(said, t.signal, heard);
      await board.heard.until(/ESP8266 Mode: Web Server Running/, t.signal, heard);
    });
  }

  test('a boot loop goes on until it is switched off', LIMIT, async (t) => {
    const { board, does } = await controlled(t);
    const heard = board.heard.text.length;
    does('boot-loop on');
    await board.heard.until(/(Exception \(28\)[\s\S]*?){4}/, t.signal, heard);
    assert.doesNotMatch(board.heard.text.slice(heard), /Web Server Running/);
    does('boot-loop off');
    await board.heard.until(/ESP8266 Mode: Web Server Running/, t.signal, heard);
  });

  test('a board that hangs serves nobody until it is reset; nothing can crash on it meanwhile', LIMIT, async (t) => {
    const { board, does } = await controlled(t);
    const { address, port } = await board.serving();
    const serves = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(port, address, () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    assert.ok(await serves());
    does('hang');
    while (await serves()) t.signal.throwIfAborted();
    assert.throws(() => does('exception'), /No program is running/);
    const heard = board.heard.text.length;
    does('reset');
    await board.heard.until(/ESP8266 Mode: Web Server Running/, t.signal, heard);
  });

  test('a board that is muted restarts without a word of its program', LIMIT, async (t) => {
    const { board, does } = await controlled(t);
    does('mute on');
    const [log, heard] = [board.log.length, board.heard.text.length];
    does('reset');
    await board.logged('gpio2 = 1', log);
    assert.doesNotMatch(board.heard.text.slice(heard), /ESP8266/);
    does('mute off');
    does('reset');
    await board.heard.until(/ESP8266 Mode: Web Server Running/, t.signal, heard);
  });

  test('Wi-Fi that is off stays off over a reset', LIMIT, async (t) => {
    const { board, does } = await controlled(t);
    does('wifi off');
    const heard = board.heard.text.length;
    does('reset');
    await board.heard.until(/ESP8266 WiFi: (?!connect(?:ed|ing))/, t.signal, heard);
    does('wifi on');
  });

  test('without its cable it takes nothing but the cable', LIMIT, async (t) => {
    const { board, does } = await controlled(t);
    does('unplug');
    for (const line of ['reset', 'brown-out', 'hang', 'unplug 1', 'exception', 'watchdog hardware', 'abort']) {
      assert.throws(() => does(line), line);
    }
    const log = board.log.length;
    does('plug');
    await board.logged(banner(1), log);
  });
});

describe('espwatch sim on stdin', { concurrency: 2 }, () => {
  test('each line has its answer; what is no command is told and goes on', LIMIT, async (t) => {
    const bench = await Bench.start(t);
    const help = await bench.send('help');
    assert.deepEqual(
      help.commands?.map(({ usage }) => usage),
      CONTROL_KINDS.map(({ usage }) => usage),
    );
    const wrong = await bench.send('explode \u001b[2J');
    assert.equal(wrong.ok, false);
    assert.equal(wrong.error?.code, 'USAGE');
    assert.match(wrong.error?.message ?? '', /no command "explode"/);
    bench.sim.type('\n  \n');
    assert.deepEqual(
      [await bench.send('wifi maybe'), await bench.send('status')].map(({ ok }) => ok),
      [false, true],
    );
    bench.sim.interrupt();
    assert.equal((await bench.sim.ended()).code, 0);
  });

  test('the cable: the client is cut off, the next is sent away, then it is back', LIMIT, async (t) => {
    const bench = await Bench.start(t);
    const { hostname, port } = new URL(bench.url.replace('rfc2217:', 'http:'));
    const dial = async (): Promise<string> => {
      const socket = connect(Number(port), hostname);
      t.after(() => socket.destroy());
      let text = '';
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1');
      });
      await once(socket, 'data', { signal: t.signal });
      const closed = once(socket, 'close', { signal: t.signal });
      bench.sim.type('unplug\n');
      await closed;
      return text;
    };
    assert.doesNotMatch(await dial(), /espwatch: /, 'served, until the cable came out');
    assert.match(await dial(), /espwatch: The virtual board is not plugged in/);
    await bench.sim.said(/"command":"unplug","ok":false/);
    bench.sim.type('unplug 0.1\nplug\n');
    await bench.sim.said(/"command":"plug","ok":true/);
    bench.sim.type('unplug 0.05\n');
    const before = bench.sim.stderr.text.length;
    await bench.sim.stderr.until(/reset: rst cause:1/, t.signal, before);
    bench.sim.interrupt();
    assert.equal((await bench.sim.ended()).code, 0);
  });

  test('an stdin that ends, ends nothing', LIMIT, async (t) => {
    const sim = new Espwatch(t, await makeHome(t), ['sim', '--untimed'], { input: 'status' });
    await sim.said(/"command":"status","ok":true/);
    sim.interrupt();
    assert.equal((await sim.ended()).code, 0);
  });

  test('sim --help lists the commands', LIMIT, async (t) => {
    const { code, stdout } = await espwatch(t, await makeHome(t), ['sim', '--help']);
    assert.equal(code, 0);
    for (const { usage } of CONTROL_KINDS) assert.ok(stdout.includes(`  ${usage} `), usage);
  });
});
