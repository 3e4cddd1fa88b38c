import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addr2lineInput, parseAddr2line } from './addr2line.js';
import { readableName } from './demangle.js';
import { frameText } from './frame.js';

test('functions, files, lines; inlined ones innermost first', () => {
  const answers = parseAddr2line(
    [
      '0x4020101a',
      'read(int*)',
      '/home/me/sketch/a.ino:3',
      'Server::handle(char const*)',
      '/home/me/sketch/a.ino:40 (discriminator 2)',
      '0x40201048',
      'app_entry',
      'C:\\Users\\Me at home\\b.cpp:12',
      '0x40100000',
      '??',
      '??:0',
      '0x40202000',
      'sdk_function',
      '??:?',
      '',
    ].join('\r\n'),
  );
  assert.deepEqual(answers.get(0x4020101a), [
    { function: 'read(int*)', file: '/home/me/sketch/a.ino', line: 3, inlined: true },
    { function: 'Server::handle(char const*)', file: '/home/me/sketch/a.ino', line: 40, inlined: false },
  ]);
  assert.deepEqual(answers.get(0x40201048)?.map(frameText), ['app_entry() at b.cpp:12']);
  assert.deepEqual(answers.get(0x40100000), []);
  assert.deepEqual(answers.get(0x40202000)?.map(frameText), ['sdk_function()']);
  assert.equal(answers.size, 4);
});

test('other output is no answer, and a name cannot reach the terminal', () => {
  assert.equal(parseAddr2line('addr2line: x: file format not recognized\n').size, 0);
  assert.deepEqual(parseAddr2line('0x40201000\nmain\n').get(0x40201000), []);
  const [frame] = parseAddr2line('0x1\nevil\x1b[2Jname\n/a/\u202eb.c:1\n').get(1) ?? [];
  assert.doesNotMatch(`${frame?.function}${frame?.file}`, /[\x1b\u202e]/);
});

test('addresses go in as hexadecimal lines', () => {
  assert.equal(addr2lineInput([0x40201000, 16]), '0x40201000\n0x10\n');
});

const names: readonly (readonly [symbol: string, name: string])[] = [
  ['_Z10readSensorPi', 'readSensor'],
  ['_ZN8MqttLink7connectEv', 'MqttLink::connect'],
  ['_ZNK6String6lengthEv', 'String::length'],
  ['_ZN8MqttLinkC2Eb', 'MqttLink::MqttLink'],
  ['_ZN6StringD1Ev', 'String::~String'],
  ['_ZL6helperv', 'helper'],
  ['_ZN12_GLOBAL__N_14blobEv', '(anonymous namespace)::blob'],
  ['loop', 'loop'],
  ['_ZNSt6vectorIiE4pushEv', '_ZNSt6vectorIiE4pushEv'],
  ['_ZN6StringaSERKS_', '_ZN6StringaSERKS_'],
  ['_Z999x', '_Z999x'],
  ['_ZN0E', '_ZN0E'],
  ['', ''],
];
for (const [symbol, name] of names) {
  test(`${symbol} is ${name}`, () => {
    assert.equal(readableName(symbol), name);
  });
}
