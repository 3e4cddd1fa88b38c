import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EspwatchError } from '../errors.js';
import { openError, type PortFacts, runtimeError, updateError } from './port-errors.js';

const facts: PortFacts = {
  holder: async () => ({ pid: 4711, command: 'minicom' }),
  ports: async () => ['/dev/ttyUSB0', '/dev/ttyUSB1'],
  group: async () => 'uucp',
};
const ignorant: PortFacts = {
  holder: async () => null,
  ports: async () => Promise.reject(new Error('no /sys')),
  group: async () => Promise.reject(new Error('no such file')),
};

const opening: [platform: NodeJS.Platform, text: string, code: string][] = [
  ['linux', 'Error Resource temporarily unavailable Cannot lock port', 'PORT_BUSY'],
  ['linux', 'Error: Device or resource busy, cannot open /dev/ttyUSB9', 'PORT_BUSY'],
  ['linux', 'Error: No such file or directory, cannot open /dev/ttyUSB9', 'PORT_MISSING'],
  ['linux', 'Error: No such device or address, cannot open /dev/ttyUSB9', 'PORT_MISSING'],
  ['linux', 'Error: Permission denied, cannot open /dev/ttyUSB9', 'PORT_PERMISSION'],
  ['linux', 'Error: Inappropriate ioctl for device setting custom baud rate of 115200', 'PORT_BAD_NAME'],
  ['linux', 'Error: Is a directory, cannot open /dev', 'PORT_BAD_NAME'],
  ['linux', 'Error: Input/output error setting custom baud rate of 115200', 'PORT_LOST'],
  ['linux', 'Error: Invalid argument || while setting custom baud rate of 1', 'PORT_BAUD'],
  ['linux', 'Error -1 is odd', 'PORT_IO'],
  ['darwin', 'Error baud rate of 74880 is not supported on your platform', 'PORT_BAUD'],
  ['win32', 'Opening COM5: File not found', 'PORT_MISSING'],
  ['win32', 'Opening COM5: Access denied', 'PORT_BUSY'],
];

for (const [platform, text, code] of opening) {
  test(`open on ${platform}: "${text}" is ${code}`, async () => {
    const cause = new Error(text);
    const error = await openError(cause, '/dev/ttyUSB9', 1, facts, platform);
    assert.equal(error.code, code);
    assert.equal(error.cause, cause);
    assert.notEqual(error.hint, '');
    assert.equal((await openError(cause, '/dev/ttyUSB9', 1, ignorant, platform)).code, code);
  });
}

test('the errors of open name the holder, the ports that are there, and the group to join', async () => {
  const say = async (text: string): Promise<string> => {
    const error = await openError(new Error(text), '/dev/ttyUSB9', 1, facts, 'linux');
    return `${error.message} ${error.hint}`;
  };
  assert.match(await say('Cannot lock port'), /minicom \(process 4711\)/);
  assert.match(await say('No such file or directory'), /\/dev\/ttyUSB0, \/dev\/ttyUSB1/);
  assert.match(await say('Permission denied'), /sudo usermod -aG uucp \$USER.*log in again/);
});

test('an error of ours passes through', async () => {
  const ours = new EspwatchError('PORT_REMOTE', 'a', 'b');
  assert.equal(await openError(ours, 'x', 1, facts), ours);
  assert.equal(runtimeError(ours, 'x', 'read'), ours);
});

test('a device that is gone is told from one that refuses', () => {
  assert.equal(runtimeError(Object.assign(new Error('write'), { code: 'EIO' }), 'x', 'written to').code, 'PORT_LOST');
  assert.equal(runtimeError(new Error('Error: No such device, cannot drain'), 'x', 'written to').code, 'PORT_LOST');
  assert.equal(runtimeError(new Error('out of cheese'), 'x', 'written to').code, 'PORT_IO');
  assert.equal(updateError(new Error('Input/output error setting custom baud rate of 7'), 'x', 7).code, 'PORT_LOST');
  assert.equal(updateError(new Error('Update (SetCommState): The parameter is incorrect'), 'x', 7).code, 'PORT_BAUD');
});
