import assert from 'node:assert/strict';
import { test } from 'node:test';
import { efuseWords } from './registers.js';

const MACS: [mac: string, words: [number, number, number, number]][] = [
  // ESP8266.md 5.2, with the word 0 that its decoder takes byte 5 from.
  ['5ccf7f5a4cab', [0xab000000, 0x00025a4c, 0x0000b000, 0x005ccf7f]],
  ['18fe34a26629', [0x29000000, 0x0000a266, 0x0000b000, 0]],
  ['acd074010203', [0x03000000, 0x00010102, 0x0000b000, 0]],
];

for (const [mac, words] of MACS) {
  test(`eFuse words of ${mac} decode to it as hosts decode them`, () => {
    const [w0, w1, w2, w3] = efuseWords(Buffer.from(mac, 'hex'));
    assert.deepEqual([w0, w1, w2, w3], words);
    const oui = w3 !== 0 ? w3 : [0x18fe34, 0xacd074][(w1 >> 16) & 0xff];
    const tail = [(w1 >> 8) & 0xff, w1 & 0xff, w0 >>> 24];
    assert.equal((oui ?? 0).toString(16) + Buffer.from(tail).toString('hex'), mac);
  });
}
