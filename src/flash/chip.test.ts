import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkChip, chipNameOf, flashSizeOf, macOf } from './chip.js';

describe('MAC', () => {
  test('maker from the fourth word (ESP8266.md 5.2)', () => {
    assert.equal(macOf([0xab000000, 0x02005a4c, 0x0000b000, 0x005ccf7f]), '5c:cf:7f:5a:4c:ab');
  });
  test('makers by number', () => {
    assert.equal(macOf([0x29000000, 0x0000a266, 0, 0]), '18:fe:34:a2:66:29');
    assert.equal(macOf([0x01000000, 0x00010203, 0, 0]), 'ac:d0:74:02:03:01');
    assert.equal(macOf([0x01000000, 0x00070203, 0, 0]), null);
  });
});

test('ESP8285 by either eFuse bit', () => {
  assert.equal(chipNameOf([0, 0, 0xb000, 0]), 'ESP8266EX');
  assert.equal(chipNameOf([0x10, 0, 0, 0]), 'ESP8285');
  assert.equal(chipNameOf([0, 0, 0x10000, 0]), 'ESP8285');
});

describe('flash size', () => {
  for (const [id, bytes] of [
    [0x1340ef, 0x80000],
    [0x1440c8, 0x100000],
    [0x1640ef, 0x400000],
    [0x182020, 0x1000000],
    [0x3640c2, 0x400000],
  ] as const) {
    test(id.toString(16), () => assert.equal(flashSizeOf(id), bytes));
  }
  for (const id of [0, 0xffffff, 0x80, 0x994020]) {
    test(`${id.toString(16)} is no flash`, () => assert.throws(() => flashSizeOf(id), { code: 'FLASH_ID' }));
  }
});

test('a chip that is no ESP8266 is named', () => {
  assert.doesNotThrow(() => checkChip(0xfff0c101));
  assert.throws(() => checkChip(0x00f01d83), { code: 'FLASH_WRONG_CHIP', message: /carries ESP32,/ });
  // esptool-js takes a zero for an ESP32-P4.
  assert.throws(() => checkChip(0), { code: 'FLASH_WRONG_CHIP', message: /unknown chip/ });
});
