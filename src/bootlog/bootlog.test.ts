import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '../../test/support/random.js';
import type { BoardFact } from '../board/events.js';
import { BootLog } from './bootlog.js';

const bytesOf = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);

/** The facts of one ended line in a fresh log. */
function one(line: string | Uint8Array, ended = true): BoardFact[] {
  const bytes = typeof line === 'string' ? utf8(line) : line;
  const log = new BootLog();
  return [...log.push({ t: 0, baud: 115200, bytes, ended }), ...log.flush()];
}

const asText = (text: string): BoardFact[] => [{ type: 'text', text, ended: true }];

describe('ROM banner', () => {
  const causes = [
    'unknown',
    'power-on',
    'external',
    'software',
    'hardware-watchdog',
    'deep-sleep-wake',
    'deep-sleep-wake',
    'unknown',
  ];
  const modes = ['wait', 'uart-download', 'ram', 'flash', 'sdio', 'sdio', 'sdio', 'sdio'];
  test('all causes, all boot modes', () => {
    causes.forEach((cause, c) => {
      modes.forEach((bootMode, x) => {
        for (let y = 0; y < 8; y++) {
          const [fact, ...more] = one(` ets Jan  8 2013,rst cause:${c}, boot mode:(${x},${y})\r`);
          assert.deepEqual(fact, {
            type: 'rom-banner',
            cause,
            bootMode,
            raw: { cause: c, mode: x, sdio: y },
            confidence: 1,
          });
          assert.deepEqual(more, []);
        }
      });
    });
  });

  test('behind garbage and behind text, and before text, on one line', () => {
    const banner = 'ets Jan  8 2013,rst cause:4, boot mode:(3,7)';
    const types = (line: Uint8Array) => one(line).map((fact) => fact.type);
    assert.deepEqual(types(bytesOf(`\x00\xfe\x80 ${banner}\r`)), ['unparsed', 'rom-banner']);
    assert.deepEqual(types(bytesOf(`half a sent ${banner}`)), ['text', 'rom-banner']);
    assert.deepEqual(types(bytesOf(`${banner}wdt reset\r`)), ['rom-banner', 'rom-message']);
    assert.deepEqual(types(bytesOf(`${banner} ${banner}\r`)), ['rom-banner', 'rom-banner']);
  });

  test('is read before its line has ended, once it is whole', () => {
    assert.deepEqual(
      one(' ets Jan  8 2013,rst cause:2, boot mode:(3,6)', false).map((f) => f.type),
      ['rom-banner'],
    );
    assert.deepEqual(
      one(' ets Jan  8 2013,rst cause:2, boot mode:(3,', false).map((f) => f.type),
      ['text'],
    );
  });

  test('is text when it is not the ROM of this chip', () => {
    assert.equal(one('ets Jun  8 2016 00:22:57')[0]?.type, 'text');
    assert.equal(one('ets Jan  8 2013,rst cause:x, boot mode:(3,6)')[0]?.type, 'text');
  });
});

describe('announcements', () => {
  const cases: readonly [string, BoardFact[]][] = [
    ['ESP8266 IP: 192.168.0.133\r', [{ type: 'ip', ip: '192.168.0.133', accessPoint: false }]],
    ['ESP8266 IP:10.0.0.1', [{ type: 'ip', ip: '10.0.0.1', accessPoint: false }]],
    ['ESP8266 AP IP: 192.168.4.1\r', [{ type: 'ip', ip: '192.168.4.1', accessPoint: true }]],
    ['ESP8266 WebServer Port: 9705\r', [{ type: 'http-port', port: 9705 }]],
    ['ESP8266 MAC: 18:FE:34:a2:66:29', [{ type: 'mac', mac: '18:fe:34:a2:66:29' }]],
    ['ESP8266 Free Heap: 41872\r', [{ type: 'telemetry', values: { freeHeap: 41872 } }]],
    ['ESP8266 Boot Count: 3\r', [{ type: 'telemetry', values: { bootCount: 3 } }]],
    [
      'ESP8266 Telemetry: uptime=60 heap=50736 block=50000 frag=2 rssi=-52 wifi=1 mqtt=0\r',
      [
        {
          type: 'telemetry',
          values: {
            uptime: 60,
            freeHeap: 50736,
            largestBlock: 50000,
            fragmentation: 2,
            rssi: -52,
            wifiReconnects: 1,
            mqttReconnects: 0,
          },
        },
      ],
    ],
    [
      'ESP8266 Crash: exccause=28 epc1=0x40201234 excvaddr=0x00000004 epc2=0x00000000 epc3=0x00000000 depc=0x00000000\r',
      [
        {
          type: 'telemetry',
          values: {
            crashExccause: 28,
            crashEpc1: 0x40201234,
            crashExcvaddr: 4,
            crashEpc2: 0,
            crashEpc3: 0,
            crashDepc: 0,
          },
        },
      ],
    ],
    [
      'ESP8266 TLS Heap: before=47000 during=30000 after=31000\r',
      [{ type: 'telemetry', values: { tlsHeapBefore: 47000, tlsHeapDuring: 30000, tlsHeapAfter: 31000 } }],
    ],
    ['ESP8266 RSSI: -61 dBm\r', [{ type: 'telemetry', values: { rssi: -61 } }]],
    ['ESP8266 Mode: MQTT Client Running\r', [{ type: 'mode', mode: 'mqtt-client', serverType: null }]],
    ['ESP8266 Mode: Access Point Running\r', [{ type: 'mode', mode: 'access-point', serverType: null }]],
    ['ESP8266 Mode: Web Server Running\r', [{ type: 'mode', mode: 'web-server', serverType: null }]],
    ['MQTT Rx Topic: home/attic 2\r', [{ type: 'topic', direction: 'rx', topic: 'home/attic 2' }]],
    [
      'MQTT Tx Topic:mqtt_tx_18FE34A26629\r',
      [
        { type: 'topic', direction: 'tx', topic: 'mqtt_tx_18FE34A26629' },
        { type: 'mac', mac: '18:fe:34:a2:66:29' },
      ],
    ],
    [
      'ESP8266 Reset Reason: Software Watchdog\r',
      [{ type: 'reset-reason', cause: 'software-watchdog', raw: null, text: 'Software Watchdog', atBoot: true }],
    ],
    [
      'ESP8266 Reset Reason: Martians\r',
      [{ type: 'reset-reason', cause: 'unknown', raw: null, text: 'Martians', atBoot: true }],
    ],
    [
      'got it: ESP8266 IP: 10.0.0.1',
      [
        { type: 'text', text: 'got it: ', ended: false },
        { type: 'ip', ip: '10.0.0.1', accessPoint: false },
      ],
    ],
  ];
  for (const [line, facts] of cases) test(JSON.stringify(line), () => assert.deepEqual(one(line), facts));

  test('the dash before the type: hyphen, en dash in UTF-8, in Windows-1252, mangled, doubled', () => {
    const wanted: BoardFact[] = [{ type: 'mode', mode: 'web-server', serverType: 'SDK API' }];
    const line = (dash: string) => `ESP8266 Mode: Web Server Running ${dash} Type = SDK API\r`;
    for (const dash of ['-', '–', '—', '--', 'â€“']) assert.deepEqual(one(line(dash)), wanted, dash);
    assert.deepEqual(one(bytesOf(line('\x96'))), wanted, 'Windows-1252');
    assert.deepEqual(one(bytesOf(line('\xe2\x80\x93'))), wanted, 'UTF-8 bytes');
  });

  test('the type is any text, without control characters, capped', () => {
    const [fact] = one(`ESP8266 Mode: Web Server Running - Type = \x1b[2J${'x'.repeat(500)}`);
    assert.ok(fact?.type === 'mode' && fact.serverType?.length === 64 && !fact.serverType.includes('\x1b'));
  });

  const refused = [
    'ESP8266 IP: 192.168.0.256',
    'ESP8266 IP: 192.168.0',
    'ESP8266 IP: 192.168.0.1.7',
    'ESP8266 IP: 192.168.00.1',
    'ESP8266 IP: 0.0.0.0',
    'ESP8266 IP: 127.0.0.1.evil.example',
    'ESP8266 IP: (IP unset)',
    'ESP8266 WebServer Port: 0',
    'ESP8266 WebServer Port: 65536',
    'ESP8266 WebServer Port: 99999999999',
    'ESP8266 Mode: Web Server Runningly',
    'MQTT Rx Topic: home/#',
    'MQTT Rx Topic: home/+/x',
    'MQTT Rx Topic: a\u009bb',
    `MQTT Rx Topic: ${'t'.repeat(257)}`,
    'MQTT Rx Topic: ',
  ];
  for (const line of refused) test(`is text: ${line.slice(0, 50)}`, () => assert.deepEqual(one(line), asText(line)));

  test('count only when their line has ended, and then also when it came in two parts', () => {
    const log = new BootLog();
    const push = (text: string, ended: boolean) => log.push({ t: 0, baud: 115200, bytes: utf8(text), ended });
    assert.deepEqual(push('ESP8266 IP: 192.168.0.1', false), [
      { type: 'text', text: 'ESP8266 IP: 192.168.0.1', ended: false },
    ]);
    assert.deepEqual(push('33\r', true), [{ type: 'ip', ip: '192.168.0.133', accessPoint: false }]);
  });
});

describe('reset reasons of other sketches', () => {
  const cases: readonly [string, string | null][] = [
    ['External System', 'external'],
    ['Reset reason: Deep-Sleep Wake', 'deep-sleep-wake'],
    ['Reset Info = Power On', 'power-on'],
    ['Exception', null],
    ['Reset reason: 4', null],
  ];
  for (const [line, cause] of cases) {
    test(line, () => {
      const [fact] = one(line);
      assert.equal(fact?.type === 'reset-reason' ? fact.cause : null, cause);
    });
  }

  test('ESP.getResetInfo() numbers the reason as the SDK does, not as the ROM', () => {
    const info =
      'Fatal exception:28 flag:2 (Exception) epc1:0x40201a2c epc2:0x00000000 epc3:0x00000000 excvaddr:0x00000004 depc:0x00000000';
    const fact = { type: 'reset-reason', cause: 'exception', raw: 2, text: info, atBoot: false };
    assert.deepEqual(one(info), [fact]);
    assert.deepEqual(one(`ESP8266 Reset Reason: ${info}`), [{ ...fact, atBoot: true }]);
  });
});

describe('what the ROM says of a failure', () => {
  const kind = (line: string, ended = true) => {
    const [fact] = one(line, ended);
    return fact !== undefined && 'kind' in fact ? fact.kind : fact?.type;
  };
  test('each of its lines', () => {
    assert.equal(kind('ets_main.c ', false), 'no-image');
    assert.equal(kind('csum err\r'), 'checksum');
    assert.equal(kind('flash read err, 3\r'), 'flash-read');
    assert.equal(kind('unknown reset\r'), 'unknown-reset');
    assert.equal(kind('wdt reset\r'), 'watchdog-reset');
    assert.equal(kind('waiting for host\r'), 'waiting-for-host');
    assert.equal(kind('user code done\r'), 'user-code-done');
    assert.equal(kind('Flash size mismatch, check that the build setting matches the device.\r'), 'flash-size');
  });
  test('a segment that goes where no memory is', () => {
    const facts = one('load 0x00000000, len 16, room 16 \r');
    assert.deepEqual(
      facts.map((f) => f.type),
      ['boot-load', 'boot-error'],
    );
  });
  test('eboot lines mean something only while it runs', () => {
    for (const line of ['B', 'ld', 'e:5', 'v0004f6c0', 'cp:0', 'tail 0']) assert.deepEqual(one(line), asText(line));
    const log = new BootLog();
    const push = (text: string) => log.push({ t: 0, baud: 74880, bytes: utf8(text), ended: true });
    push('csum 0x2b');
    assert.deepEqual(push('@cp:0\r'), [{ type: 'eboot', step: 'copy', value: 0 }]);
    assert.deepEqual(push('B\r'), [{ type: 'eboot', step: 'same', value: null }]);
    assert.deepEqual(push('e:-7\r'), [{ type: 'eboot', step: 'error', value: -7 }]);
  });
});

describe('crash reports that are not whole', () => {
  const cut = '--------------- CUT HERE FOR EXCEPTION DECODER ---------------';
  function crashOf(lines: readonly string[]) {
    const log = new BootLog();
    const facts = lines.flatMap((text) => log.push({ t: 0, baud: 115200, bytes: utf8(text), ended: true }));
    facts.push(...log.flush());
    return facts.flatMap((fact) => (fact.type === 'crash' ? [fact.report] : []));
  }

  test('broken off by the next boot', () => {
    const [report, ...more] = crashOf([cut, 'Exception (28):', ' ets Jan  8 2013,rst cause:2, boot mode:(3,6)']);
    assert.equal(report?.complete, false);
    assert.deepEqual(report?.exception, { number: 28, name: 'LoadProhibited' });
    assert.deepEqual(more, []);
  });

  test('too much foreign text', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
    const [report] = crashOf([cut, 'Abort called', ...lines]);
    assert.equal(report?.complete, false);
    assert.equal(report?.kind, 'abort');
  });

  test('a few foreign lines do no harm, and come out as text', () => {
    const log = new BootLog();
    const row = '3ffffe20:  402018d4 3ffee5a0 3ffffe30 40201a10 <';
    const lines = [
      cut,
      'Exception (0):',
      'sensor 1',
      '>>>stack>>>',
      'ctx: cont',
      row,
      'sensor 2',
      row,
      '<<<stack<<<',
      cut,
    ];
    const facts = lines.flatMap((text) => log.push({ t: 0, baud: 115200, bytes: utf8(text), ended: true }));
    assert.deepEqual(
      facts.map((f) => f.type),
      ['text', 'text', 'crash'],
    );
    const crash = facts[2];
    assert.ok(crash?.type === 'crash' && crash.report.complete && crash.report.stack?.words.length === 8);
  });

  test('a stack without end is capped', () => {
    const rows = Array.from({ length: 5000 }, () => '3ffffe20:  402018d4 3ffee5a0 3ffffe30 40201a10');
    const [report] = crashOf([cut, 'Exception (0):', '>>>stack>>>', 'ctx: sys', ...rows]);
    assert.equal(report?.stack?.words.length, 4096);
  });

  test('a sketch that prints the words for fun has not crashed', () => {
    assert.deepEqual(crashOf(['Panic button pressed', 'Generic Reset', 'last failed alloc call: 40201234(16)']), []);
  });
});

describe('hostile and broken input', () => {
  test('random bytes: nothing is lost, nothing is invented, every fact is within its cap', () => {
    const random = seeded(42);
    const log = new BootLog();
    for (let i = 0; i < 3000; i++) {
      const bytes = Uint8Array.from({ length: random() * 300 }, () => random() * 256).filter((b) => b !== 0x0a);
      const facts = log.push({ t: i, baud: 115200, bytes, ended: random() < 0.8 });
      let kept = 0;
      for (const fact of facts) {
        if (fact.type === 'unparsed') kept += fact.bytes.length;
        else if (fact.type === 'text') kept += fact.text.length;
        else assert.fail(`random bytes became ${fact.type}`);
      }
      const text = facts.some((fact) => fact.type === 'text');
      if (!text && kept !== bytes.length) assert.equal(facts.length, 0);
    }
  });

  test('random printable lines around the words we look for', () => {
    const random = seeded(7);
    const words = [
      'ESP8266 ',
      'MQTT ',
      'Rx Topic: ',
      'IP: ',
      'Fatal exception',
      ' (',
      '):',
      'ets Jan  8 2013,rst cause:',
      'load 0x',
      '>>>stack>>>',
      'Panic ',
      '1',
      '.',
      ':',
    ];
    const log = new BootLog();
    for (let i = 0; i < 5000; i++) {
      const text = Array.from({ length: random() * 30 }, () => words[Math.floor(random() * words.length)]).join('');
      for (const fact of log.push({ t: i, baud: 115200, bytes: utf8(text), ended: true }))
        assert.notEqual(fact.type, 'unparsed');
    }
  });

  test('a very long line comes out in parts, all of it', () => {
    const long = 'ESP8266 IP: '.repeat(20_000);
    const facts = one(long);
    assert.equal(facts.map((fact) => (fact.type === 'text' ? fact.text : '')).join(''), long);
    assert.ok(facts.every((fact) => fact.type === 'text' && fact.text.length <= 4096));
    const noise = new Uint8Array(10_000).fill(0xfe);
    assert.deepEqual(
      one(noise).map((fact) => fact.type === 'unparsed' && fact.bytes.length),
      [4096, 4096, 1808],
    );
  });

  test('bytes that are no text are kept, and copied', () => {
    const bytes = Uint8Array.of(0x80, 0x00, 0xff, 0x31);
    const facts = one(bytes);
    assert.deepEqual(facts, [{ type: 'unparsed', bytes: Uint8Array.of(0x80, 0x00, 0xff, 0x31) }]);
    bytes.fill(0);
    assert.deepEqual(facts, [{ type: 'unparsed', bytes: Uint8Array.of(0x80, 0x00, 0xff, 0x31) }]);
  });

  test('an announcement glued to garbage is found, the garbage kept', () => {
    const facts = one(bytesOf('\xf3\x6e\x00kESP8266 IP: 192.168.0.133\r'));
    assert.deepEqual(facts, [
      { type: 'unparsed', bytes: Uint8Array.of(0xf3, 0x6e, 0x00, 0x6b) },
      { type: 'ip', ip: '192.168.0.133', accessPoint: false },
    ]);
  });
});
