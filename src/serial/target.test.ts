import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget, type Target } from './target.js';

const remote = (host: string, port: number, ignoreSetControl = false): Target => ({
  kind: 'rfc2217',
  host,
  port,
  options: { ignoreSetControl },
});

const good: [text: string, target: Target][] = [
  ['/dev/ttyUSB0', { kind: 'native', path: '/dev/ttyUSB0' }],
  [
    '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0',
    { kind: 'native', path: '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0' },
  ],
  ['/dev/cu.usbserial-1420', { kind: 'native', path: '/dev/cu.usbserial-1420' }],
  ['COM5', { kind: 'native', path: 'COM5' }],
  ['com12', { kind: 'native', path: 'COM12' }],
  ['\\\\.\\COM12', { kind: 'native', path: '\\\\.\\COM12' }],
  [' /dev/ttyUSB0\n', { kind: 'native', path: '/dev/ttyUSB0' }],
  ['sim:', { kind: 'sim', name: null }],
  ['SIM:', { kind: 'sim', name: null }],
  ['sim:desk-2', { kind: 'sim', name: 'desk-2' }],
  ['rfc2217://192.168.0.7:4000', remote('192.168.0.7', 4000)],
  ['rfc2217://pi.local:4000?ign_set_control', remote('pi.local', 4000, true)],
  ['rfc2217://pi.local:4000/?ign_set_control&timeout=3', remote('pi.local', 4000, true)],
  ['rfc2217://[::1]:4000', remote('::1', 4000)],
];

for (const [text, target] of good) {
  test(`"${text.trim()}" is ${target.kind}`, () => assert.deepEqual(parseTarget(text), target));
}

const bad = [
  '',
  '  ',
  'sim:../up',
  'sim:a/b',
  'sim:-x',
  'rfc2217://',
  'rfc2217://host',
  'rfc2217://host:0',
  'rfc2217://host:99999',
  'rfc2217:host:4000',
  'rfc2217://user@host:4000',
  'rfc2217://host:4000/path',
  'rfc2217://host:4000?nonsense',
  'socket://host:4000',
  '/dev/tty\0USB0',
];

for (const text of bad) {
  test(`${JSON.stringify(text)} is PORT_BAD_NAME`, () => {
    assert.throws(() => parseTarget(text), { code: 'PORT_BAD_NAME' });
  });
}
