import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from '../printable.js';
import { bar, bytesText } from '../units.js';
import { Output, table } from './output.js';

class Sink {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 40;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

const HOSTILE = [
  ['cursor and colour', 'a\x1b[2J\x1b[31mb'],
  ['title', '\x1b]0;owned\x07x'],
  ['clipboard', '\x1b]52;c;ZXZpbA==\x07x'],
  ['cut off in the middle', 'x\x1b]52;c;ZXZpbA'],
  ['C1 CSI', 'x\x9b31my'],
  ['device control string', '\x1bPq#0;2;0;0;0\x1b\\x'],
  ['carriage return', 'safe\rEVIL'],
  ['backspace', 'abc\b\b\bxyz'],
  ['bidi override', 'abc\u202edef\u2066'],
  ['null and bell', '\0\x07'],
] as const;

test('nothing of a device reaches the terminal as a control', () => {
  for (const [name, text] of HOSTILE) {
    assert.doesNotMatch(printable(text), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/, name);
  }
});

test('ordinary text stays as it is, also beyond ASCII', () => {
  assert.equal(printable('ESP8266 Mode: Web Server – größer 漢字 🙂'), 'ESP8266 Mode: Web Server – größer 漢字 🙂');
  assert.equal(printable('a\tb'), 'a  b');
});

test('a line is capped', () => {
  assert.equal(printable('x'.repeat(10), 4), 'xxxx…');
});

test('colours and progress only where a terminal shows them', () => {
  for (const [tty, env, coloured] of [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
  ] as const) {
    const out = new Sink(tty);
    const err = new Sink(tty);
    const output = new Output(false, out, err, env);
    output.print(output.style('red', 'x'));
    output.progress('half');
    output.note('done');
    assert.equal(out.text.includes('\x1b[31m'), coloured);
    assert.equal(err.text.includes('half'), tty);
    assert.ok(err.text.endsWith('done\n'));
  }
});

test('with JSON, stdout carries what is recorded and nothing else', () => {
  const out = new Sink(true);
  const err = new Sink(false);
  const output = new Output(true, out, err, {});
  output.print('for people');
  output.note('a hint');
  output.record({ type: 'a', bytes: Uint8Array.from([1, 2]) });
  assert.deepEqual(JSON.parse(out.text), { type: 'a', bytes: { base64: 'AQI=' } });
  assert.equal(err.text, 'a hint\n');
});

test('columns are as wide as their widest cell, colours aside', () => {
  assert.deepEqual(
    table([
      ['a', 'b'],
      ['\x1b[1mlong\x1b[0m', 'c'],
    ]),
    ['a     b', '\x1b[1mlong\x1b[0m  c'],
  );
});

test('sizes and bars', () => {
  assert.deepEqual([bytesText(999), bytesText(1234), bytesText(4_194_304)], ['999 B', '1.2 kB', '4.19 MB']);
  assert.equal(bar(0.5, 4), '██░░');
  assert.equal(bar(7, 2), '██');
});
