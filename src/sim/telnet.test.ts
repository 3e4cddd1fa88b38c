import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeIac, TelnetDecoder, type TelnetEvent } from './telnet.js';

const STREAM = Buffer.from('41ffff42fffb2c43fff1fffa2c650001ffff00fff044fffd0045', 'hex');

function joined(events: TelnetEvent[]): unknown[] {
  const out: unknown[] = [];
  let data = '';
  for (const event of events) {
    if (event.kind === 'data') {
      data += Buffer.from(event.bytes).toString('hex');
      continue;
    }
    if (data !== '') out.push(data);
    data = '';
    if (event.kind === 'option') out.push([event.verb, event.option]);
    else out.push({ [event.option]: Buffer.from(event.payload).toString('hex') });
  }
  return data === '' ? out : [...out, data];
}

test('data, options and subnegotiations come apart at every cut', () => {
  const expected = ['41ff42', [0xfb, 0x2c], '43', { 44: '650001ff00' }, '44', [0xfd, 0x00], '45'];
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const decoder = new TelnetDecoder();
    const events = [...decoder.push(STREAM.subarray(0, cut)), ...decoder.push(STREAM.subarray(cut))];
    assert.deepEqual(joined(events), expected, `cut at ${cut}`);
  }
});

test('a subnegotiation without an end does not grow without bound', () => {
  const decoder = new TelnetDecoder();
  decoder.push(Buffer.from('fffa2c', 'hex'));
  decoder.push(new Uint8Array(100_000));
  const [event] = decoder.push(Buffer.from('fff0', 'hex'));
  assert.equal(event?.kind === 'subnegotiation' && event.payload.length, 1023);
});

test('escapeIac doubles FF and nothing else', () => {
  assert.equal(Buffer.from(escapeIac(Buffer.from('00fffe', 'hex'))).toString('hex'), '00fffffe');
});
