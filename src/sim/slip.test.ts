import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipDecoder, slipEncode } from './slip.js';

function decode(bytes: Uint8Array, limit = 100): string[] {
  return new SlipDecoder(limit).push(bytes).map((frame) => Buffer.from(frame).toString('hex'));
}

test('C0 and DB are escaped', () => {
  assert.equal(Buffer.from(slipEncode(Buffer.from('01c0db02', 'hex'))).toString('hex'), 'c001dbdcdbdd02c0');
});

test('frames survive every cut', () => {
  const stream = Buffer.from('55c0c001dbdcc07fc0dbddffc0', 'hex');
  for (let cut = 0; cut <= stream.length; cut++) {
    const decoder = new SlipDecoder(100);
    const frames = [...decoder.push(stream.subarray(0, cut)), ...decoder.push(stream.subarray(cut))];
    assert.deepEqual(
      frames.map((frame) => Buffer.from(frame).toString('hex')),
      ['01c0', 'dbff'],
      `cut at ${cut}`,
    );
  }
});

test('the next opening delimiter closes a frame whose end was lost, and what follows is junk', () => {
  assert.deepEqual(decode(Buffer.from('c00102c00304c005c0', 'hex')), ['0102', '05']);
});

test('a frame longer than the buffer is cut there', () => {
  assert.deepEqual(decode(Buffer.from(`c0${'aa'.repeat(20)}c0`, 'hex'), 16), ['aa'.repeat(16)]);
});

test('a large frame comes through whole', () => {
  const payload = Uint8Array.from({ length: 20_000 }, (_, i) => i & 0xff);
  assert.deepEqual(new SlipDecoder(0x8000).push(slipEncode(payload))[0], payload);
});
