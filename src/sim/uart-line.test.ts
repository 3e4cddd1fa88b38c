import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { type LineEnd, UartLine } from './uart-line.js';

interface Taken {
  readonly at: number;
  readonly bytes: number[];
  readonly start: number;
}

function line(timing: 'real' | 'none' = 'real') {
  const clock = new VirtualClock();
  const taken: Taken[] = [];
  const end: LineEnd = {
    take: (bytes, _baud, start) => taken.push({ at: clock.now(), bytes: [...bytes], start }),
    idle: () => null,
  };
  return { clock, taken, wire: new UartLine(clock, timing, end) };
}

test('a write resolves when its last bit is out, and bytes arrive as they are through', async () => {
  const { clock, taken, wire } = line();
  let done = -1;
  void wire.send(new Uint8Array(100), 100_000).then(() => {
    done = clock.now();
  });
  await clock.advance(20);
  assert.ok(Math.abs(done - 10) < 1e-6, `resolved at ${done} ms, 100 bytes take 10 ms`);
  assert.ok(taken.length >= 5, 'delivered in pieces');
  for (const { at, bytes, start } of taken) assert.ok(at >= start + bytes.length * 0.1 - 1e-3, 'never early');
  assert.equal(taken.flatMap((t) => t.bytes).length, 100);
});

test('a thousand bursts take exactly as long as their bits', async () => {
  const { clock, wire } = line();
  const done = (async () => {
    for (let i = 0; i < 1000; i++) await wire.send(Uint8Array.of(i & 0xff, 0, 0), 115_200);
    return clock.now();
  })();
  await clock.advance(300);
  assert.ok(Math.abs((await done) - (3000 * 10_000) / 115_200) < 0.001);
});

test('bursts at different rates queue behind each other', async () => {
  const { clock, taken, wire } = line();
  void wire.send(Uint8Array.of(1), 10_000);
  void wire.send(Uint8Array.of(2), 100_000);
  await clock.advance(5);
  assert.deepEqual(
    taken.map((t) => t.start),
    [0, 1],
  );
});

test('discard loses what has not left and resolves its writers', async () => {
  const { clock, taken, wire } = line();
  let resolved = false;
  void wire.send(new Uint8Array(100), 100_000).then(() => {
    resolved = true;
  });
  await clock.advance(5);
  wire.discard();
  assert.equal(wire.pending, 0);
  await clock.advance(50);
  assert.equal(taken.flatMap((t) => t.bytes).length, 50);
  assert.equal(resolved, true);
});

test('catchUp hands over what is through before a rate changes', async () => {
  const { clock, taken, wire } = line();
  void wire.send(new Uint8Array(10), 10_000);
  await clock.advance(4.5);
  wire.catchUp();
  assert.equal(taken.flatMap((t) => t.bytes).length, 4);
});

test('drained waits for all that was sent so far', async () => {
  const { clock, wire } = line();
  void wire.send(new Uint8Array(10), 10_000);
  void wire.send(new Uint8Array(10), 10_000);
  let at = -1;
  void wire.drained().then(() => {
    at = clock.now();
  });
  await clock.advance(100);
  assert.ok(Math.abs(at - 20) < 1e-6);
});

test('without timing nothing waits, and the axis still runs in bit times', async () => {
  const { clock, taken, wire } = line('none');
  void wire.send(new Uint8Array(1000), 9600);
  await clock.advance(0);
  assert.equal(taken.flatMap((t) => t.bytes).length, 1000);
  void wire.send(new Uint8Array(1), 9600);
  await clock.advance(0);
  const [first, second] = [taken[0], taken.at(-1)];
  assert.ok((second?.start ?? 0) >= (first?.start ?? 0) + 1000 / 0.96);
});
