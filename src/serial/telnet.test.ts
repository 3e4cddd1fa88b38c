import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DO, escapeIac, negotiation, subnegotiation, TelnetDecoder, type TelnetEvent, WILL } from './telnet.js';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** Events as text, with data joined, so that cuts do not show. */
function told(events: readonly TelnetEvent[]): string[] {
  const out: string[] = [];
  let data = '';
  for (const event of [...events, null]) {
    if (event?.kind === 'data') {
      data += Buffer.from(event.bytes).toString('hex');
      continue;
    }
    if (data !== '') out.push(`data ${data}`);
    data = '';
    if (event?.kind === 'negotiate') out.push(`${event.verb} ${event.option}`);
    if (event?.kind === 'sub') out.push(`sub ${event.option} ${Buffer.from(event.bytes).toString('hex')}`);
  }
  return out;
}

const STREAM = hex(`
  6869 fffb2c ffff 00 fffd03
  fffa2c65 0001ffff00 fff0
  fff1 41 fff9
  fffa2c fff0 fffafff0
  fffa2c6b ffff fff0 0d00 ffff ffff
`);
const EVENTS = [
  'data 6869',
  '251 44',
  'data ff00',
  '253 3',
  'sub 44 650001ff00',
  'data 41',
  'sub 44 ',
  'sub 44 6bff',
  'data 0d00ffff',
];

test('takes a stream apart however it is cut', () => {
  assert.deepEqual(told(new TelnetDecoder().push(STREAM)), EVENTS);
  for (let a = 0; a <= STREAM.length; a++) {
    for (let b = a; b <= STREAM.length; b++) {
      const decoder = new TelnetDecoder();
      const parts = [STREAM.subarray(0, a), STREAM.subarray(a, b), STREAM.subarray(b)];
      assert.deepEqual(told(parts.flatMap((part) => decoder.push(part))), EVENTS, `cut at ${a} and ${b}`);
    }
  }
});

test('a subnegotiation that is broken off does not swallow what follows', () => {
  assert.deepEqual(told(new TelnetDecoder().push(hex('fffa2c65 fffb01 4142'))), ['251 1', 'data 4142']);
});

test('an endless subnegotiation is cut short and its end still found', () => {
  const decoder = new TelnetDecoder();
  const [event] = decoder.push(Buffer.concat([hex('fffa2c'), Buffer.alloc(100_000, 0x41), hex('fff0')]));
  assert.equal(event?.kind, 'sub');
  assert.ok(event?.kind === 'sub' && event.bytes.length < 2_000);
  assert.deepEqual(told(decoder.push(hex('42'))), ['data 42']);
});

test('data without IAC is passed on as it is', () => {
  const bytes = hex('00010d0a7f80fe');
  assert.equal(escapeIac(bytes), bytes);
  const [event] = new TelnetDecoder().push(bytes);
  assert.ok(event?.kind === 'data' && event.bytes.buffer === bytes.buffer);
});

test('every IAC is doubled', () => {
  assert.deepEqual(Buffer.from(escapeIac(hex('ff'))), hex('ffff'));
  assert.deepEqual(Buffer.from(escapeIac(hex('ffff00ff41ff'))), hex('ffffffff00ffff41ffff'));
});

test('all byte values survive the way there and back', () => {
  const all = Uint8Array.from({ length: 512 }, (_, n) => n & 0xff);
  const data = new TelnetDecoder().push(escapeIac(all)).map((event) => (event.kind === 'data' ? event.bytes : []));
  assert.deepEqual(Buffer.concat(data.map((part) => Buffer.from(part))), Buffer.from(all));
});

test('builds commands', () => {
  assert.deepEqual(Buffer.from(negotiation(WILL, 44)), hex('fffb2c'));
  assert.deepEqual(Buffer.from(negotiation(DO, 0)), hex('fffd00'));
  assert.deepEqual(Buffer.from(subnegotiation(44, hex('01 0001ff00'))), hex('fffa2c 01 0001ffff00 fff0'));
});
