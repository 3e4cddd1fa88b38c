import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Line, MonitorLines } from './monitor-lines.js';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const textOf = (line: Line): string => Buffer.from(line.bytes).toString('latin1');

function joined(lines: readonly Line[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [line.bytes, ...(line.ended ? [bytesOf('\n')] : [])]));
}

/** A small generator with a fixed seed, so that a failure can be repeated. */
function* noise(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    yield x >>> 16;
  }
}

test('cuts at line feeds and keeps empty lines, carriage returns and bytes that are no text', () => {
  const lines = new MonitorLines();
  const got = lines.push({ t: 1, baud: 115_200, bytes: bytesOf('a\r\n\n\xff\x00\x80\ncd') });
  assert.deepEqual(
    got.map((line) => [textOf(line), line.ended]),
    [
      ['a\r', true],
      ['', true],
      ['\xff\x00\x80', true],
    ],
  );
  assert.equal(lines.pending, 2);
  assert.deepEqual(lines.flush().map(textOf), ['cd']);
  assert.deepEqual(lines.flush(), []);
});

test('a line carries the time and the speed of its first byte', () => {
  const lines = new MonitorLines();
  assert.deepEqual(lines.push({ t: 10, baud: 115_200, bytes: bytesOf('on') }), []);
  const [first, second] = lines.push({ t: 20, baud: 115_200, bytes: bytesOf('e\ntwo\nth') });
  const [third] = lines.push({ t: 30, baud: 115_200, bytes: bytesOf('ree\n') });
  assert.deepEqual([first?.t, second?.t, third?.t], [10, 20, 20]);
  assert.equal(first?.baud, 115_200);
});

test('a change of speed ends the unfinished line', () => {
  const lines = new MonitorLines();
  lines.push({ t: 1, baud: 74_880, bytes: bytesOf('csum') });
  const got = lines.push({ t: 2, baud: 115_200, bytes: bytesOf('hello\n') });
  assert.deepEqual(
    got.map((line) => [textOf(line), line.ended, line.baud, line.t]),
    [
      ['csum', false, 74_880, 1],
      ['hello', true, 115_200, 2],
    ],
  );
});

test('a line without an end is cut at the cap', () => {
  const lines = new MonitorLines({ maxBytes: 4 });
  const got = lines.push({ t: 1, baud: 9600, bytes: bytesOf('abcdefghij\nk') });
  assert.deepEqual(
    got.map((line) => [textOf(line), line.ended]),
    [
      ['abcd', false],
      ['efgh', false],
      ['ij', true],
    ],
  );
  assert.equal(lines.pending, 1);
});

test('thousands of lines in one chunk all come out at once', () => {
  const input = bytesOf('\nline\n'.repeat(20_000));
  const got = new MonitorLines().push({ t: 1, baud: 9600, bytes: input });
  assert.equal(got.length, 40_000);
  assert.deepEqual(joined(got), input);
});

test('whatever the cuts, what comes out is what went in', () => {
  const input = bytesOf('boot\r\n\n\xfe\xff ets Jan  8 2013,rst cause:2\n\nESP8266 IP: 192.168.0.133\r\nlast');
  for (let a = 0; a <= input.length; a++) {
    for (let b = a; b <= input.length; b++) {
      const lines = new MonitorLines({ maxBytes: 16 });
      const parts = [input.subarray(0, a), input.subarray(a, b), input.subarray(b)];
      const got = parts.flatMap((bytes, t) => lines.push({ t, baud: 115_200, bytes }));
      got.push(...lines.flush());
      assert.deepEqual(joined(got), input, `cut at ${a} and ${b}`);
      assert.ok(got.every((line) => line.bytes.length <= 16));
    }
  }
});

test('random bytes in random pieces at random speeds survive', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = noise(seed);
    const next = (below: number): number => random.next().value % below;
    const lines = new MonitorLines({ maxBytes: 1 + next(64) });
    const sent: Buffer[] = [];
    const got: Line[] = [];
    for (let t = 0; t < 60; t++) {
      const bytes = Buffer.from(Array.from({ length: next(80) }, () => (next(6) === 0 ? 10 : next(256))));
      sent.push(bytes);
      got.push(...lines.push({ t, baud: next(8) === 0 ? 74_880 : 115_200, bytes }));
      if (next(10) === 0) got.push(...lines.flush());
    }
    got.push(...lines.flush());
    assert.deepEqual(joined(got), Buffer.concat(sent), `seed ${seed}`);
  }
});
