import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressKind, classifyAddress, mayAsk } from './address.js';

const table: readonly (readonly [string, AddressKind])[] = [
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.1', 'public'],
  ['172.15.255.255', 'public'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.0.133', 'private'],
  ['192.169.0.1', 'public'],
  ['169.254.7.7', 'link-local'],
  ['169.253.7.7', 'public'],
  ['127.0.0.1', 'loopback'],
  ['127.9.9.9', 'loopback'],
  ['100.64.0.1', 'public'],
  ['8.8.8.8', 'public'],
  ['0.0.0.0', 'none'],
  ['255.255.255.255', 'none'],
  ['224.0.0.251', 'none'],
  ['::', 'none'],
  ['::1', 'loopback'],
  ['[::1]', 'loopback'],
  ['::2', 'public'],
  ['fc00::1', 'private'],
  ['fdff:ffff::1', 'private'],
  ['fe00::1', 'public'],
  ['fe80::1', 'link-local'],
  ['fe80::1%wlan0', 'link-local'],
  ['febf::1', 'link-local'],
  ['fec0::1', 'public'],
  ['2001:db8::1', 'public'],
  ['1:2:3:4:5:6:7:8', 'public'],
  ['ff02::1', 'none'],
  ['::ffff:192.168.0.1', 'private'],
  ['::ffff:7f00:1', 'loopback'],
  ['::ffff:8.8.8.8', 'public'],
  ['localhost', 'name'],
  ['010.0.0.1', 'name'],
  ['2130706433', 'name'],
  ['192.168.0.133\n', 'name'],
  ['', 'name'],
];

for (const [address, kind] of table) {
  test(`${JSON.stringify(address)} is ${kind}`, () => assert.equal(classifyAddress(address), kind));
}

test('an announced public address or name needs leave, a given one does not', () => {
  const announced = { allowPublic: false, userGiven: false };
  assert.equal(mayAsk('192.168.0.133', announced), true);
  assert.equal(mayAsk('8.8.8.8', announced), false);
  assert.equal(mayAsk('8.8.8.8', { ...announced, allowPublic: true }), true);
  assert.equal(mayAsk('8.8.8.8', { ...announced, userGiven: true }), true);
  assert.equal(mayAsk('router.example', { ...announced, allowPublic: true }), false);
  assert.equal(mayAsk('board.example', { ...announced, userGiven: true }), true);
  assert.equal(mayAsk('0.0.0.0', { allowPublic: true, userGiven: true }), false);
});
