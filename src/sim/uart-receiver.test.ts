import assert from 'node:assert/strict';
import { test } from 'node:test';
import { banner } from './rom-boot.js';
import { byteTime, countEdges, UartReceiver } from './uart-receiver.js';

const ROM_BAUD = 52e6 / 694;

test('rates within 3 % are heard as sent', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const rate of [0.971, 0.99, 1, 1.02, 1.03]) {
    const receiver = new UartReceiver(115_200 * rate);
    assert.deepEqual(receiver.hear(bytes, 115_200, 0), bytes, `ratio ${rate}`);
  }
});

test('walking the bits gives the same as copying where both apply', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => (i * 151) & 0xff);
  // 3.5 % is beyond the shortcut, but the middle of the stop bit is still inside the stop bit.
  for (const rate of [0.965, 1.035]) {
    const receiver = new UartReceiver(115_200 * rate);
    const heard = [...receiver.hear(bytes, 115_200, 0), ...receiver.idle(1000)];
    assert.deepEqual(heard, [...bytes], `ratio ${rate}`);
  }
});

test('0x55 at half the rate is heard as two bytes with the bits doubled', () => {
  // Worked by hand: every sent bit is two bits of the receiver; 0x66 has a wrong stop bit and is delivered all the same.
  const receiver = new UartReceiver(115_200);
  const heard = [...receiver.hear(Uint8Array.of(0x55), 57_600, 5), ...receiver.idle(100)];
  assert.deepEqual(heard, [0x66, 0xe6]);
});

test('a short pulse is no start bit', () => {
  // At a tenth of the rate, the start bit of 0xff is over before its middle.
  const receiver = new UartReceiver(11_520);
  assert.deepEqual([...receiver.hear(Uint8Array.of(0xff), 115_200, 0), ...receiver.idle(100)], []);
});

test('the banner at 115200 is the garbage that every ESP8266 greets with', () => {
  const receiver = new UartReceiver(115_200);
  const heard = receiver.hear(Buffer.from(banner(2, 3)), ROM_BAUD, 0);
  // Logs of real boards begin with r l ... l 9c 9e |, whatever the terminal makes of the rest.
  assert.equal(Buffer.from(heard.subarray(0, 7)).toString('latin1'), 'rl\0l\x9c\x9e|');
});

test('what is heard does not depend on how the bytes are cut into bursts', () => {
  const bytes = Buffer.from(banner(1, 3));
  const whole = new UartReceiver(115_200);
  const expected = [...whole.hear(bytes, ROM_BAUD, 0), ...whole.idle(1000)];
  for (let cut = 1; cut < bytes.length; cut++) {
    const receiver = new UartReceiver(115_200);
    const heard = [
      ...receiver.hear(bytes.subarray(0, cut), ROM_BAUD, 0),
      ...receiver.hear(bytes.subarray(cut), ROM_BAUD, cut * byteTime(ROM_BAUD)),
      ...receiver.idle(1000),
    ];
    assert.deepEqual(heard, expected, `cut at ${cut}`);
  }
});

test('a byte under way completes when the line stays idle', () => {
  const receiver = new UartReceiver(9600);
  assert.equal(receiver.hear(Uint8Array.of(0x00), 115_200, 0).length, 0);
  const due = receiver.completeAt;
  assert.notEqual(due, null);
  assert.equal(receiver.idle((due ?? 0) - byteTime(9600)).length, 0);
  assert.equal(receiver.idle(due ?? 0).length, 1);
  assert.equal(receiver.completeAt, null);
});

test('edges are counted as the line changes, start bit to stop bit', () => {
  assert.equal(countEdges(Uint8Array.of(0x55)), 10);
  assert.equal(countEdges(Uint8Array.of(0x00)), 2);
  assert.equal(countEdges(Uint8Array.of(0xff)), 2);
  assert.equal(countEdges(Uint8Array.of(0xc0, 0x00, 0x08)), 2 + 2 + 4);
});
