import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askSignature, decodeReply, lineControls, purgeBoth, setBaudrate, setControl, setFormat } from './com-port.js';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

test('requests are the bytes of RFC 2217', () => {
  assert.deepEqual(Buffer.from(setBaudrate(115_200)), hex('fffa2c01 0001c200 fff0'));
  assert.deepEqual(Buffer.from(setBaudrate(0x1ff00)), hex('fffa2c01 0001ffff00 fff0'));
  assert.deepEqual(Buffer.from(askSignature()), hex('fffa2c00 fff0'));
  assert.deepEqual(Buffer.from(purgeBoth()), hex('fffa2c0c03 fff0'));
  assert.deepEqual(Buffer.from(setControl(11)), hex('fffa2c050b fff0'));
  assert.deepEqual(Buffer.concat(setFormat()), hex('fffa2c0208fff0 fffa2c0301fff0 fffa2c0401fff0 fffa2c0501fff0'));
});

test('DTR is asserted first and released last, so that RTS is never asserted alone on the way', () => {
  assert.deepEqual(lineControls({ dtr: true, rts: true }), [8, 11]);
  assert.deepEqual(lineControls({ dtr: true, rts: false }), [8, 12]);
  assert.deepEqual(lineControls({ dtr: false, rts: true }), [11, 9]);
  assert.deepEqual(lineControls({ dtr: false, rts: false }), [12, 9]);
});

const replies: [payload: string, reply: unknown][] = [
  ['65 00012480', { kind: 'baud', baud: 74_880 }],
  ['65 ffffffff', { kind: 'baud', baud: 0xffff_ffff }],
  ['69 09', { kind: 'control', value: 9 }],
  ['64 73696d', { kind: 'signature', text: 'sim' }],
  ['64', { kind: 'signature', text: '' }],
  ['6b b0', { kind: 'modem-state', cts: true, dsr: true, dcd: true }],
  ['6b 0f', { kind: 'modem-state', cts: false, dsr: false, dcd: false }],
  ['6c', { kind: 'suspend' }],
  ['6d', { kind: 'resume' }],
  ['70 01', { kind: 'purged' }],
  ['', null],
  ['65 00', null],
  ['69', null],
  ['6b', null],
  ['6a 01', null],
  ['c8 00', null],
  ['01 0001c200', null],
];

for (const [payload, reply] of replies) {
  test(`reply ${payload || '(empty)'}`, () => assert.deepEqual(decodeReply(hex(payload)), reply));
}
