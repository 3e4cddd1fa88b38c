import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { captureNames, readCapture } from '../../test/support/captures.js';
import { seeded } from '../../test/support/random.js';
import type { BoardFact, CrashReport } from '../board/events.js';
import { BootLog } from '../bootlog/bootlog.js';
import { PastedLog } from './pasted-log.js';

function factsOf(text: string): BoardFact[] {
  const log = new PastedLog();
  const boot = new BootLog();
  const facts = text
    .split('\n')
    .flatMap((raw) =>
      log
        .push(raw)
        .flatMap(({ line, text: clean }) =>
          boot.push({ t: line, baud: 115200, bytes: Buffer.from(clean), ended: true }),
        ),
    );
  return [...facts, ...boot.flush()];
}

function crashesOf(text: string): CrashReport[] {
  return factsOf(text).flatMap((fact) => (fact.type === 'crash' ? [fact.report] : []));
}

const REPORT = `
--------------- CUT HERE FOR EXCEPTION DECODER ---------------

Exception (28):
epc1=0x40201a2c epc2=0x00000000 epc3=0x00000000 excvaddr=0x00000004 depc=0x00000000

>>>stack>>>

ctx: cont
sp: 3ffffcd0 end: 3fffffd0 offset: 0150
3ffffe20:  402018d4 3ffee5a0 3ffffe30 40201a10 <
3ffffe30:  00000000 3fffdad0 3ffee610 40201b8c  
<<<stack<<<

last failed alloc call: 4020ABCD(1460)
--------------- CUT HERE FOR EXCEPTION DECODER ---------------
`;
const WHOLE = crashesOf(REPORT);
const lines = REPORT.trim().split('\n');
const each = (change: (line: string, n: number) => string): string => lines.map(change).join('\n');
const html = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

test('the report as the board printed it', () => {
  assert.equal(WHOLE.length, 1);
  assert.equal(WHOLE[0]?.complete, true);
  assert.deepEqual(
    WHOLE[0]?.stack?.words,
    [0x402018d4, 0x3ffee5a0, 0x3ffffe30, 0x40201a10, 0, 0x3fffdad0, 0x3ffee610, 0x40201b8c],
  );
});

const forms: readonly (readonly [what: string, text: string])[] = [
  ['CR LF', each((line) => `${line}\r`)],
  ['indented by a code block', each((line) => `    ${line}`)],
  ['quoted', each((line) => `> ${line}`)],
  ['quoted twice without blanks', each((line) => `>>${line}`)],
  ["with the Arduino monitor's times", each((line, n) => `12:34:${String(10 + n)}.123 -> ${line}`)],
  ["with PlatformIO's times", each((line) => `12:34:56.789 > ${line}`)],
  ['with dates', each((line) => `[2024-03-01 12:34:56,789] ${line}`)],
  ['with dates as ISO has them', each((line) => `2024-03-01T12:34:56.789Z ${line}`)],
  ['with the name of a host', each((line) => `Mar  1 12:34:56 pi miniterm[812]: ${line}`)],
  ['with numbers of lines', each((line, n) => `${n + 1}: ${line}`)],
  ['in a table of Markdown', each((line) => `| ${line}`)],
  ['coloured', each((line) => `\x1b[31m${line}\x1b[0m`)],
  ['as HTML', each((line) => `<p class="log">${html(line)}</p>`)],
  ['as HTML in one line', lines.map(html).join('<br />')],
  [
    'with typographic dashes and quotes',
    each((line) =>
      line.replaceAll('---------------', '——').replace('>>>stack>>>', '»>stack»>').replace('<<<stack<<<', '«<stack«<'),
    ),
  ],
  ['with the quote marks eaten', each((line) => line.replace('>>>stack', 'stack').replace('<<<stack', 'stack'))],
  ['with non-breaking blanks', each((line) => line.replaceAll(' ', '\u00a0'))],
  ['in upper case', each((line) => (/^[0-9a-f]{8}:/.test(line) ? line.toUpperCase() : line))],
  ['registers wrapped', each((line) => line.replace(' excvaddr', '\nexcvaddr'))],
  ['without blank lines', lines.filter((line) => line !== '').join('\n')],
  ['rows run together', REPORT.replace(/ *<?\n3ffffe30/, ' 3ffffe30')],
  [
    'among prose',
    `Hello, my board crashes with this:\n\n${REPORT}\nAny idea what Exception (28) means? The epc1 is odd.`,
  ],
];

describe('gives the same crash', () => {
  for (const [what, text] of forms) {
    test(what, () => {
      assert.deepEqual(crashesOf(text), WHOLE);
    });
  }
});

describe('loosely written stacks', () => {
  const words = (text: string): readonly number[] => crashesOf(text)[0]?.stack?.words ?? [];

  test('rows alone', () => {
    assert.deepEqual(
      words('3ffffe20:  402018d4 3ffee5a0 3ffffe30 40201a10 <'),
      [0x402018d4, 0x3ffee5a0, 0x3ffffe30, 0x40201a10],
    );
  });

  test('words without the addresses of their rows, a short last row', () => {
    assert.deepEqual(
      words('402018d4 3ffee5a0 3ffffe30 40201a10\n0x40201B8C, 0x40100739'),
      [0x402018d4, 0x3ffee5a0, 0x3ffffe30, 0x40201a10, 0x40201b8c, 0x40100739, 0, 0],
    );
  });

  test('rows alone, twice, with prose between', () => {
    const row = '3ffffe20:  402018d4 3ffee5a0 3ffffe30 40201a10';
    const found = crashesOf(`${row}\nESP8266 IP: 192.168.0.133\n${row}\nand so on\n${row}`);
    assert.deepEqual(
      found.map(({ stack }) => stack?.words.length),
      [4, 8],
    );
  });

  test('a report without its stack', () => {
    const [report] = crashesOf(
      '> Exception (9):\n> epc1=0x40201a2c epc2=0x00000000 epc3=0x00000000 excvaddr=0x00000001 depc=0x00000000',
    );
    assert.deepEqual([report?.registers?.epc1, report?.stack], [0x40201a2c, null]);
  });
});

test('every line knows where it comes from', () => {
  const log = new PastedLog();
  const clean = ['', 'hello', '', '> Exception (28):<br>> ctx: cont'].flatMap((raw) => log.push(raw));
  assert.deepEqual(clean, [
    { line: 2, text: 'hello', report: false },
    { line: 4, text: 'Exception (28):', report: true },
    { line: 4, text: 'ctx: cont', report: true },
  ]);
});

test('what stands in no report is left alone', () => {
  const texts = [
    'ESP8266 IP: 192.168.0.133',
    'a < b && c > d',
    '-- 3 files --',
    'see https://example.com/stack<<x',
    'mode : sta(18:fe:34:a2:66:29)',
  ];
  const log = new PastedLog();
  for (const text of texts)
    assert.deepEqual(
      log.push(text).map((line) => [line.text, line.report]),
      [[text, false]],
    );
});

describe('captures of boards', () => {
  for (const name of captureNames()) {
    test(`${name}: the same crashes as from its bytes`, () => {
      const { segments, facts } = readCapture(name);
      const text = segments.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join('\n');
      const wanted = facts.flatMap((fact) => (fact.type === 'crash' ? [fact.report] : []));
      assert.deepEqual(crashesOf(text), wanted);
    });
  }
});

test('anything at all: no error, bounded time', () => {
  const random = seeded(15);
  const parts = [
    ...lines,
    '> ',
    '>>>',
    '<p>',
    '&gt;',
    '&#x3e;',
    '12:34:56 ',
    '\x1b[0m',
    'epc1=0x',
    '40201a2c ',
    '<',
    ':',
    ' '.repeat(200),
  ];
  const log = new PastedLog();
  for (let round = 0; round < 3_000; round++) {
    const text = Array.from({ length: 1 + random() * 12 }, () => parts[Math.floor(random() * parts.length)]).join('');
    for (const line of log.push(text)) assert.doesNotMatch(line.text, /[\n\r\x1b]/);
  }
});
