import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { isEspwatchError } from '../../src/errors.js';
import { flashBoard } from '../../src/flash/flash.js';
import type { SerialLink } from '../../src/serial/link.js';
import { linkFor } from '../../src/serial/link-for.js';
import { parseTarget } from '../../src/serial/target.js';
import { atEnd } from '../support/cleanup.js';
import { Heard } from '../support/heard.js';
import { KernelTty, kernelTtySkip } from '../support/kernel-tty.js';
import { RemotePort } from '../support/remote-port.js';
import { SER2NET, startSer2net } from '../support/ser2net.js';
import {
  hostEnd,
  IMAGE_PATH,
  type TestBoard,
  type TestBoardOptions,
  testBoard,
  WEB_SERVER_LINES,
} from '../support/test-board.js';

const BANNER = / ets Jan {2}8 2013,rst cause:2, boot mode:\(3,\d\)\r\n\r\n[\s\S]*~ld\r\n/;

async function boardOnTty(t: TestContext, options?: TestBoardOptions): Promise<TestBoard & { tty: KernelTty }> {
  const made = testBoard(t, options);
  const tty = await KernelTty.create(hostEnd(made.board), { modemLines: true, stays: true, signal: t.signal });
  atEnd(t, () => tty.close());
  return { ...made, tty };
}

const options = { skip: kernelTtySkip, timeout: 90_000 };

function remotePort(t: TestContext, tty: KernelTty): RemotePort {
  const port = new RemotePort(tty.path, tty.env, t.signal);
  atEnd(t, () => port.end());
  return port;
}

for (const timing of ['none', 'real'] as const) {
  test(
    `flashed through a kernel terminal, timing ${timing}: verified, booted, and the sketch is heard`,
    options,
    async (t) => {
      const { tty, said } = await boardOnTty(t, { timing });
      const port = remotePort(t, tty);
      const started = said.until(WEB_SERVER_LINES, t.signal);
      const report = await port.flash(IMAGE_PATH, 460_800);
      assert.equal(report.mac, '18:fe:34:a2:66:29');
      assert.equal(report.flashId, 0x1640ef);
      assert.equal(report.virtual, true);
      assert.equal(report.baudUsed, 460_800);
      assert.equal(report.bootProof.how, 'rom-banner');
      await started;
    },
  );
}

test(
  'monitored through a kernel terminal: banner at 74880, sketch at 115200, a typed request answered',
  options,
  async (t) => {
    const { tty } = await boardOnTty(t, { sketch: true, timing: 'real' });
    const port = remotePort(t, tty);
    await port.open(74_880);
    await port.setLines(false, true);
    const banner = port.heard.until(BANNER, t.signal);
    await port.setLines(false, false);
    await banner;
    // Again: nobody promises that a busy machine changes the speed before the sketch speaks.
    await port.setBaud(115_200);
    const ready = port.heard.until(WEB_SERVER_LINES, t.signal);
    await port.setLines(false, true);
    await port.setLines(false, false);
    await ready;
    const answer = port.heard.until(/SYS_Heap/, t.signal);
    await port.write(Buffer.from('/?request=GetSensors\r\n'));
    await answer;
  },
);

test('opening and closing a kernel terminal does not restart the board', options, async (t) => {
  const { tty, said } = await boardOnTty(t, { sketch: true });
  await said.until(WEB_SERVER_LINES, t.signal, 0);
  const before = said.text.length;
  const port = remotePort(t, tty);
  await port.open(115_200);
  const answer = port.heard.until(/SYS_Heap/, t.signal);
  await port.write(Buffer.from('/?request=GetSensors\r\n'));
  await answer;
  await port.close();
  await port.open(115_200);
  const again = port.heard.until(/SYS_Heap/, t.signal);
  await port.write(Buffer.from('/?request=GetSensors\r\n'));
  await again;
  assert.doesNotMatch(said.text.slice(before), /Reset Reason/);
});

test(
  'the cable of a kernel terminal is pulled in the middle of a flash: PORT_LOST, and the port is free',
  options,
  async (t) => {
    const { tty } = await boardOnTty(t, { timing: 'real' });
    const port = remotePort(t, tty);
    let pulledAt = Number.NaN;
    let pulled: Promise<void> | null = null;
    const flash = port.flash(IMAGE_PATH, 460_800, (phase, done) => {
      if (phase !== 'write' || done === 0 || pulled !== null) return;
      pulledAt = performance.now();
      pulled = tty.unplug();
    });
    await assert.rejects(flash, { code: 'PORT_LOST' });
    assert.ok(performance.now() - pulledAt < 5000, `${performance.now() - pulledAt} ms`);
    assert.equal(await port.lost(), 'PORT_LOST');
    await port.close();
  },
);

const throughSer2net = { skip: kernelTtySkip === false ? SER2NET.skip : kernelTtySkip, timeout: 90_000 };

function rfc2217Link(t: TestContext, url: string): SerialLink {
  const target = parseTarget(url);
  assert.equal(target.kind, 'rfc2217');
  const link = linkFor(target, url);
  atEnd(t, () => link.close());
  return link;
}

async function behindSer2net(
  t: TestContext,
  boardOptions?: TestBoardOptions,
): Promise<TestBoard & { link: SerialLink; heard: Heard }> {
  const made = await boardOnTty(t, boardOptions);
  const server = await startSer2net(made.tty.path, made.tty.env);
  atEnd(t, () => server.close());
  const link = rfc2217Link(t, server.url);
  const heard = new Heard();
  link.onData(({ bytes }) => heard.add(bytes));
  return { ...made, link, heard };
}

for (const timing of ['none', 'real'] as const) {
  test(
    `flashed through ser2net, timing ${timing}: verified, booted, and the sketch is heard`,
    throughSer2net,
    async (t) => {
      const { link, said } = await behindSer2net(t, { timing });
      const started = said.until(WEB_SERVER_LINES, t.signal);
      const part = { name: 'sketch', offset: 0, bytes: readFileSync(IMAGE_PATH) };
      const report = await flashBoard(link, [part], { baud: 460_800, signal: t.signal });
      assert.equal(report.baudUsed, 460_800);
      assert.equal(report.bootProof.how, 'rom-banner');
      await started;
    },
  );
}

test(
  'monitored through ser2net: banner at 74880, sketch at 115200, a typed request answered',
  throughSer2net,
  async (t) => {
    const { link, heard } = await behindSer2net(t, { sketch: true, timing: 'real' });
    await link.open({ baud: 74_880 });
    await link.setLines({ dtr: false, rts: true });
    const banner = heard.until(BANNER, t.signal);
    await link.setLines({ dtr: false, rts: false });
    await banner;
    // Again: nobody promises that a busy machine changes the speed before the sketch speaks.
    await link.setBaud(115_200);
    const ready = heard.until(WEB_SERVER_LINES, t.signal);
    await link.setLines({ dtr: false, rts: true });
    await link.setLines({ dtr: false, rts: false });
    await ready;
    const answer = heard.until(/SYS_Heap/, t.signal);
    await link.write(Buffer.from('/?request=GetSensors\r\n'));
    await answer;
    assert.match((await link.signature()) ?? '', /ser2net/i);
  },
);

test(
  'a board behind ser2net has one user at a time: PORT_BUSY, and free again after a close',
  throughSer2net,
  async (t) => {
    const { link, said } = await behindSer2net(t, { sketch: true });
    await said.until(WEB_SERVER_LINES, t.signal, 0);
    await link.open({ baud: 115_200 });
    const other = rfc2217Link(t, link.path);
    await assert.rejects(other.open({ baud: 115_200 }), {
      code: 'PORT_BUSY',
      message: /another client: Port already in use/,
    });
    await link.close();
    // ser2net takes a moment to close the terminal and refuses until then.
    while (!other.isOpen) {
      await other.open({ baud: 115_200 }).catch((error: unknown) => {
        if (!isEspwatchError(error, 'PORT_BUSY') || t.signal.aborted) throw error;
      });
    }
    assert.equal(other.isOpen, true);
  },
);
