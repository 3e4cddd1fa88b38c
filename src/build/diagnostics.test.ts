import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Diagnostic, diagnosticsIn, diagnosticText } from './diagnostics.js';

const STAGED = ['tls_mqtt.ino', 'board.h'];
const CORE = '/home/u/.arduino15/packages/esp8266/hardware/esp8266/3.1.2';
const LD = '/home/u/.arduino15/packages/esp8266/tools/xtensa-lx106-elf-gcc/bin/../xtensa-lx106-elf/bin/ld';

const cases: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
  [
    'an error in the sketch, with its picture',
    [
      "/tmp/stage/tls_mqtt/tls_mqtt.ino: In function 'void loop()':",
      "/tmp/stage/tls_mqtt/tls_mqtt.ino:185:3: error: 'pollSerail' was not declared in this scope; did you mean 'pollSerial'?",
      '  185 |   pollSerail();',
      '      |   ^~~~~~~~~~',
    ].join('\n'),
    ["firmware/tls_mqtt.ino:185:3: error: 'pollSerail' was not declared in this scope; did you mean 'pollSerial'?"],
  ],
  [
    'a header that is missing',
    'C:\\Temp\\stage\\tls_mqtt\\board.h:3:10: fatal error: Nothing.h: No such file or directory\r\ncompilation terminated.\r\n',
    ['firmware/board.h:3:10: error: Nothing.h: No such file or directory'],
  ],
  [
    'warnings of the core and of a library, without a column',
    `${CORE}/cores/esp8266/Esp.cpp:12: warning: unused variable 'x'\n.pio/libdeps/d1_mini/PubSubClient/src/PubSubClient.cpp:1:2: warning: hm\n`,
    [
      "cores/esp8266/Esp.cpp:12: warning: unused variable 'x'",
      'libdeps/d1_mini/PubSubClient/src/PubSubClient.cpp:1:2: warning: hm',
    ],
  ],
  [
    'the same error from two units',
    'firmware/board.h:3:1: error: stray\nfirmware/board.h:3:1: error: stray\n',
    ['firmware/board.h:3:1: error: stray'],
  ],
  [
    'a function that is missing',
    `${LD}: /tmp/stage/build/sketch/tls_mqtt.ino.cpp.o:/tmp/stage/tls_mqtt/tls_mqtt.ino:12: undefined reference to \`foo()'\n${LD}: sketch/tls_mqtt.ino.cpp.o:(.text.loop+0x4): undefined reference to \`bar()'\ncollect2: error: ld returned 1 exit status\n`,
    [
      "firmware/tls_mqtt.ino:12: error: undefined reference to `foo()'",
      "linker: error: undefined reference to `bar()'",
    ],
  ],
  [
    'code that does not fit',
    `${LD}: /tmp/stage/build/tls_mqtt.ino.elf section \`.text1' will not fit in region \`iram1_0_seg'\n${LD}: region \`iram1_0_seg' overflowed by 123 bytes\n`,
    [
      "linker: error: tls_mqtt.ino.elf section `.text1' will not fit in region `iram1_0_seg'",
      "linker: error: region `iram1_0_seg' overflowed by 123 bytes",
    ],
  ],
  ['nothing but talk', 'Sketch uses 412345 bytes (39%) of program storage space.\nUsed library Version: 1\n', []],
];

test('what GCC and its linker say, with paths of the project', () => {
  for (const [what, text, expected] of cases) {
    assert.deepEqual(diagnosticsIn(text, STAGED).map(diagnosticText), expected, what);
  }
});

test('a flood of warnings is cut', () => {
  const flood = Array.from({ length: 5000 }, (_, i) => `board.h:${i + 1}:1: warning: w`).join('\n');
  assert.equal(diagnosticsIn(flood, STAGED).length, 200);
});

test('an error after a flood of warnings is not lost', () => {
  const flood = Array.from({ length: 500 }, (_, i) => `board.h:${i + 1}:1: warning: w`).join('\n');
  const found: readonly Diagnostic[] = diagnosticsIn(`${flood}\nboard.h:9:9: error: e\n`, STAGED);
  assert.ok(found.some(({ severity }) => severity === 'error'));
});
