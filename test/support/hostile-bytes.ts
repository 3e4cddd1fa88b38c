/** What a board could send to take over the terminal that shows it, in lines and in raw bytes. */

/** The kinds of sequence, each in an own line so that all are taken as output of a sketch. */
const ATTACKS: readonly string[] = [
  '\x1b]0;stolen title\x07 \x1b]2;stolen title\x1b\\ \x1bkstolen title\x1b\\',
  '\x1b]52;c;ZXZpbA==\x07 \x1b]52;p;ZXZpbA==\x1b\\',
  '\x1b[2J\x1b[H\x1b[10;10Hmoved\x1b[s\x1b[u\x1b7\x1b8\x1b[5;10r\x1b[?6h',
  '\x1b[31;1;5;7mcolours left on',
  '\x1b[?1049h\x1b[?47h\x1b[?1047l\x1b[?1049l',
  '\x1b[?2004l\x1b[?2004h\x1b[200~pasted\x1b[201~',
  '\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\x1b[?1015h\x1b[?9h',
  '\x1b(0\x0elqqk\x0f\x1b)0\x1bn\x1bo\x1b#8',
  '\x1b[c\x1b[>c\x1b[5n\x1b[6n\x1b[?6n\x1b[18t\x1b]11;?\x07\x05',
  '\x1bP1$r0m\x1b\\ \x1bP+q544e\x1b\\ \x1b_apc\x1b\\ \x1b^pm\x1b\\ \x1bXsos\x1b\\ \x1bPtmux;\x1b\x1b]0;x\x07\x1b\\',
  '\x1bc\x1b[!p\x1b=\x1b>\x1b[?1h\x1b[4h\x1b[?25h\x1b[?7l\x1b[?5h\x1b[3J\x1b[20h',
  '\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\ \x1b]4;1;#000000\x07\x1b]104\x07\x1b]9;note\x07\x1b]777;notify;a;b\x07',
  'C1 as UTF-8: \u009b31m \u009d52;c;ZXZpbA==\u009c \u0090q\u009c \u0084\u0085\u008d \u009fapc\u009c',
  'directions: \u202eelif\u202c \u2066x\u2069 \u200f\u200e \u061c',
  'no width: a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u2063h \u{e0041}\u{e0042}',
  'lines: \u2028 \u2029 \x0b \x0c \x85 \x08\x08\x08\x7f\x7f\x07\x07',
  'emoji: \u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f44d}\u{1f3fd} \u{1f1e9}\u{1f1ea} \u2764\ufe0f 1\ufe0f\u20e3 \u{1f600} \u{1f9d1}\u200d\u{1f680} \u{1fae8}',
  `wide: ${'漢字かな交じり文'.repeat(8)} 한국어 ｆｕｌｌ`,
  `marks: ${'Z\u0351\u0323\u0358\u0489\u0334'.repeat(30)} ${'\u0301'.repeat(300)} \u{1d165}\u0e33\u0e33`,
  `odd: \ufffe \uffff \u{10ffff} ${'\ufdfd'.repeat(4)} ${'𒐫'.repeat(6)} ${'⸻'.repeat(5)} ﷽ \u3164\u115f\u1160`,
  'overwritten\rEVIL\r\r',
];

/** The same in what is taken for facts and shown in other panels; port is where the board is said to serve the web. */
function claims(port: number): readonly string[] {
  return [
    '\x1b]0;stolen title\x07ESP8266 Reset Reason: \x1b[2JException \u202e漢字',
    'ESP8266 MAC: 18:fe:34:\u009b31m00:00:01',
    'MQTT Rx Topic: rx\x1b[5m\u202e/\u{1f468}\u200d\u{1f469}topic\x0e',
    'MQTT Tx Topic: tx\u009b31m/\x1b]52;c;ZXZpbA==\x07漢字',
    'Fatal exception 28(\x1b[31mLoadProhibitedCause):',
    'Panic core_esp8266_main.cpp:133 \x1b]0;stolen title\x07__yield \u202e',
    'ESP8266 MQTT: connected to \x1b]52;c;ZXZpbA==\x07host:1, free heap 1\u202e',
    '{"SYS_Heap":1234,"SYS_Rssi":-50,"x\x1b[31m":"\u202e\u009b5m\x07"}',
    'ESP8266 IP: 127.0.0.1\x1b]52;c;ZXZpbA==\x07',
    'ESP8266 IP: 127.0.0.1',
    `ESP8266 WebServer Port: ${port}`,
    'ESP8266 Mode: Web Server Running - Type = \x1b]52;c;ZXZpbA==\x07\u202e\u009b31m漢字API\x1b[?1003h',
    // Taken for what it says, so that the other views have something to show.
    'MQTT Rx Topic: 漢字/\u{1f600}/rx',
    'ESP8266 Mode: Web Server Running - Type = API',
  ];
}

export interface Hostile {
  /** In the order in which a board sends them. */
  readonly bytes: Buffer;
  /** Its first and its last line. */
  readonly begin: string;
  readonly end: string;
}

export function hostileOutput(webPort: number): Hostile {
  const begin = 'the attack begins';
  const end = 'the attack is over';
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_none, byte) => byte));
  const text = [...ATTACKS, ...claims(webPort)].map((line) => `${line}\r\n`).join('');
  const parts = [
    Buffer.from(`${begin}\r\n`),
    Buffer.from(
      '\x9b31m \x9d0;stolen title\x9c \x9d52;c;ZXZpbA==\x9c \x90q\x9c \x9b?1003h \x84\x85\x8d\x8e\x8f\r\n',
      'latin1',
    ),
    everyByte,
    Buffer.alloc(2000),
    Buffer.from(text),
    // What was left open must not swallow what follows, and the longest line must not hold up the rest.
    Buffer.from('\r\nleft open: \x1b]0;stolen title\r\nleft open: \x1bPq\r\n'),
    Buffer.alloc(100_000, 'A\x1b[5m漢'),
    Buffer.from(`\r\n${text}\r\n${end}\r\n`),
  ];
  return { bytes: Buffer.concat(parts), begin, end };
}

/** What a web server answers that is as hostile: in its headers where they may hold it, and in valid JSON. */
export const HOSTILE_ANSWER = JSON.stringify({
  SYS_Heap: 50_512,
  SYS_MAC: '\u001b]0;stolen title\u0007\u202e\u009b31m',
  '\u001b]52;c;ZXZpbA==\u0007': `漢字\u{1f468}\u200d\u{1f469}\u000e${'\u0301'.repeat(50)}`,
}).replace('漢', '\\u001b[2J漢\u009b31m\u202e');
