import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { SerialPortStream } from '@serialport/stream';
import { isEspwatchError } from '../errors.js';
import { Bench, flashImage, WASM } from './bench.test.kit.js';
import { SimBinding, type SimPortBinding } from './sim-binding.js';

function bench(): { readonly b: Bench; readonly binding: SimBinding } {
  const b = new Bench({ image: flashImage(WASM) });
  b.port.detach();
  return { b, binding: new SimBinding(b.board, 'sim:') };
}

async function opened(baudRate = 74_880): Promise<{ readonly b: Bench; readonly port: SimPortBinding }> {
  const { b, binding } = bench();
  return { b, port: await binding.open({ path: 'sim:', baudRate }) };
}

test('opening raises both lines, closing drops them: the board is not reset by either', async () => {
  const { b, port } = await opened();
  await b.run(200);
  await port.close();
  await b.run(200);
  assert.equal(b.starts.length, 1);
  assert.equal(port.isOpen, false);
});

test('set without a line asserts it, as bindings-cpp does', async () => {
  const { b, port } = await opened();
  await b.run(200);
  await port.set({ dtr: false });
  await b.run(100);
  assert.equal(b.last.stopped, true, 'RTS was asserted by default: EN is low');
  await port.set({ dtr: false, rts: false });
  await b.run(200);
  assert.equal(b.starts.length, 2);
});

test('read waits for bytes, gives what there is, and keeps the rest', async () => {
  const { b, port } = await opened();
  const buffer = Buffer.alloc(8);
  const first = port.read(buffer, 0, 4);
  await b.run(200);
  assert.ok((await first).bytesRead >= 1);
  const rest: Buffer[] = [Buffer.from(buffer.subarray(0, (await first).bytesRead))];
  for (let text = ''; !text.includes('~ld'); text = Buffer.concat(rest).toString('latin1')) {
    const { bytesRead } = await port.read(buffer, 0, 8);
    rest.push(Buffer.from(buffer.subarray(0, bytesRead)));
  }
  assert.match(Buffer.concat(rest).toString('latin1'), /ets Jan {2}8 2013,rst cause:1/);
});

test('a pending read and write are canceled by close', async () => {
  const { b, port } = await opened();
  await b.run(500);
  await port.flush();
  const read = port.read(Buffer.alloc(8), 0, 8);
  const write = port.write(Buffer.alloc(10_000));
  const canceled = (error: Error & { canceled?: boolean }): boolean => error.canceled === true;
  const both = Promise.all([assert.rejects(read, canceled), assert.rejects(write, canceled)]);
  await port.close();
  await both;
  await assert.rejects(port.close(), /not open/);
});

test('an unplug rejects the pending read as a disconnect, and the port can still be closed', async () => {
  const { b, port } = await opened();
  await b.run(500);
  await port.flush();
  const read = port.read(Buffer.alloc(8), 0, 8);
  b.board.unplug();
  await assert.rejects(read, (error: Error & { disconnected?: boolean; canceled?: boolean }) => {
    return error.disconnected === true && error.canceled === false;
  });
  await assert.rejects(port.write(Buffer.alloc(1)), /unplugged/);
  await port.close();
});

test('write resolves when the last bit is out, drain with it', async () => {
  const { b, port } = await opened(115_200);
  let done = -1;
  const before = b.clock.now();
  void port.write(Buffer.alloc(1152)).then(() => {
    done = b.clock.now() - before;
  });
  let drained = -1;
  void port.drain().then(() => {
    drained = b.clock.now() - before;
  });
  await b.run(150);
  assert.ok(Math.abs(done - 100) < 0.01);
  assert.equal(drained, done);
});

test('an unknown path, a port in use, a board that is not plugged in', async () => {
  const { b, binding } = bench();
  await assert.rejects(binding.open({ path: 'sim:other', baudRate: 9600 }), (e) => isEspwatchError(e, 'PORT_MISSING'));
  const port = await binding.open({ path: 'sim:', baudRate: 9600 });
  await assert.rejects(binding.open({ path: 'sim:', baudRate: 9600 }), (e) => isEspwatchError(e, 'PORT_BUSY'));
  assert.equal((await binding.list())[0]?.path, 'sim:');
  await port.close();
  b.board.unplug();
  await assert.rejects(binding.open({ path: 'sim:', baudRate: 9600 }), (e) => isEspwatchError(e, 'PORT_MISSING'));
  assert.deepEqual(await binding.list(), []);
});

test('node-serialport runs on it: data, baud in place, close on unplug', async () => {
  const { b, binding } = bench();
  const stream = new SerialPortStream({ binding, path: 'sim:', baudRate: 74_880, autoOpen: false });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    stream.open((error) => (error ? reject(error) : resolve()));
  });
  await b.run(200);
  assert.match(Buffer.concat(chunks).toString('latin1'), /~ld\r\n$/);
  await new Promise<void>((resolve, reject) => {
    stream.update({ baudRate: 115_200 }, (error) => (error ? reject(error) : resolve()));
  });
  b.last.ports.uartBaud(115_200);
  void b.last.ports.uartSend(Buffer.from('hello'));
  await b.run(10);
  assert.match(Buffer.concat(chunks).toString('latin1'), /hello$/);
  const closed = once(stream, 'close');
  b.board.unplug();
  const [error] = (await closed) as [Error & { disconnected?: boolean }];
  assert.equal(error.disconnected, true);
});
