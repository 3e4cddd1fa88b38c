import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashReport } from './crash-report.js';

const CUT = '--------------- CUT HERE FOR EXCEPTION DECODER ---------------';

test('an exception: the whole report in the order of the core (ESP8266.md 8.1, 8.2)', () => {
  const frames = [0x40201f40, 0x40202a10];
  const text = crashReport({ cause: 29, epc1: 0x40201f40, excvaddr: 0x10, message: null, frames, softWatchdog: false });
  assert.deepEqual(text.split('\r\n'), [
    '',
    'To make this dump useful, DECODE IT - https://tinyurl.com/8266dcdr',
    CUT,
    '',
    'Exception (29):',
    'epc1=0x40201f40 epc2=0x00000000 epc3=0x00000000 excvaddr=0x00000010 depc=0x00000000',
    '',
    '>>>stack>>>',
    '',
    'ctx: cont',
    'sp: 3ffffe60 end: 3fffffd0 offset: 0150',
    '3fffffb0:  40201f40 3ffe8800 3fffffc0 3ffe8800 <',
    '3fffffc0:  40202a10 3ffe8804 3fffffd0 3ffe8800 <',
    '<<<stack<<<',
    CUT,
    '',
  ]);
});

test('soft watchdog and abort have their own cause blocks', () => {
  const base = { cause: 4, epc1: 0x40201234, excvaddr: 0, message: null, frames: [] };
  const watchdog = crashReport({ ...base, softWatchdog: true });
  assert.match(watchdog, /\r\n\r\nSoft WDT reset\r\n\r\nException \(4\):\r\nepc1=0x40201234 epc2=0x00000000 /);
  assert.match(watchdog, /offset: 0160/);
  const panic = crashReport({ ...base, cause: -1, message: 'Panic main.ino:4 loop', softWatchdog: false });
  assert.match(panic, /^\r\nUser exception \(panic\/abort\/assert\)\r\n/);
  assert.match(panic, /\r\n\r\nPanic main\.ino:4 loop\r\n\r\n>>>stack>>>/);
  assert.match(crashReport({ ...base, cause: -1, softWatchdog: false }), /\r\nAbort called\r\n/);
});
