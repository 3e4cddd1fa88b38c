import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, EspwatchError } from '../errors.js';
import { exitOf } from './commands/detect.js';
import { errorJson, exitCodeOf } from './exit.js';
import { parseHost } from './network.js';

test('every class of error has the exit code of the contract', () => {
  const expected: [ErrorCode, number][] = [
    ['USAGE', 2],
    ['PORT_BAD_NAME', 2],
    ['SETTINGS_INVALID', 2],
    ['SETTINGS_FOREIGN', 2],
    ['PORT_MISSING', 3],
    ['PORT_BUSY', 3],
    ['PORT_LOST', 3],
    ['FLASH_NO_SYNC', 4],
    ['IMAGE_TOO_LARGE', 4],
    ['MODE_UNKNOWN', 5],
    ['NET_NOT_ASKED', 7],
    ['BUILD_FAILED', 9],
    ['SYMBOLS_NO_CRASH', 5],
    ['SYMBOLS_MISMATCH', 5],
    ['SYMBOLS_ELF', 2],
    ['JOURNAL_MISSING', 2],
    ['UNEXPECTED', 1],
    ['ABORTED', 130],
  ];
  for (const [code, exit] of expected) assert.equal(exitCodeOf(new EspwatchError(code, 'm', 'h')), exit, code);
  assert.equal(exitCodeOf(new TypeError('x')), 1);
});

test('a bug is reported as one, with what to do', () => {
  assert.equal(errorJson(new TypeError('x is not a function')).code, 'UNEXPECTED');
});

test('what was found decides the exit code of detect', () => {
  assert.equal(exitOf('web-server', 'confirmed'), 0);
  assert.equal(exitOf('no-firmware', 'unknown'), 5);
  assert.equal(exitOf('silent', 'unknown'), 5);
  assert.equal(exitOf('web-server', 'contradicted'), 6);
  assert.equal(exitOf('mqtt-client', 'unconfirmed'), 7);
});

test('hosts', () => {
  assert.deepEqual(parseHost('192.168.0.5'), { address: '192.168.0.5', port: null });
  assert.deepEqual(parseHost('192.168.0.5:80'), { address: '192.168.0.5', port: 80 });
  assert.deepEqual(parseHost('[fe80::1]:9705'), { address: 'fe80::1', port: 9705 });
  for (const wrong of ['', 'a b', 'http://x', '1.2.3.4:0', '1.2.3.4:99999', 'x/y']) {
    assert.equal(parseHost(wrong), null, wrong);
  }
});
