import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readCapture } from '../../test/support/captures.js';
import { seeded } from '../../test/support/random.js';
import type { BoardFact } from '../board/events.js';
import { BannerMatcher } from './garbage.js';
import { type Receiver, receive } from './receiver.js';

const AT_RESET = 52_000_000 / 694;
const AFTER_RESTART = 80_000_000 / 694;

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const banner = (cause: number, mode: number, sdio: number) =>
  ascii(
    `\r\n ets Jan  8 2013,rst cause:${cause}, boot mode:(${mode},${sdio})\r\n\r\nload 0x4010f000, len 3424, room 16 \r\n`,
  );

function heard(
  monitor: number,
  sender: number,
  cause: number,
  mode: number,
  other: Partial<Receiver> = {},
): Uint8Array {
  const receiver: Receiver = { ratio: monitor / sender, phase: 0.4, afterFramingError: 'wait-for-idle', ...other };
  return receive(banner(cause, mode, 6), receiver).bytes;
}

function find(monitor: number, ...chunks: Uint8Array[]): BoardFact[] {
  const matcher = new BannerMatcher(monitor);
  return [...chunks.flatMap((chunk) => matcher.push(chunk)), ...matcher.flush()];
}

function theOne(facts: readonly BoardFact[]): Extract<BoardFact, { type: 'rom-banner' }> {
  assert.equal(facts.length, 1);
  const [fact] = facts;
  assert.ok(fact?.type === 'rom-banner');
  assert.ok(fact.confidence > 0 && fact.confidence < 1, `confidence ${fact.confidence}`);
  return fact;
}

describe('the banner as heard at another baud', () => {
  for (const cause of [1, 2, 4]) {
    for (const mode of [1, 3]) {
      test(`cause ${cause}, boot mode ${mode}, 115200 for 74928, whatever baud error and phase`, () => {
        for (const error of [-0.015, -0.007, 0, 0.007, 0.015]) {
          for (const phase of [0, 0.33, 0.66]) {
            const ratio = (115200 / AT_RESET) * (1 + error);
            const fact = theOne(find(115200, heard(115200, AT_RESET, cause, mode, { ratio, phase })));
            assert.deepEqual([fact.raw.cause, fact.raw.mode], [cause, mode], `error ${error}, phase ${phase}`);
          }
        }
      });
    }
  }

  test('cut off anywhere: nothing, or a banner with a confidence from 0 to 1', () => {
    const whole = heard(115200, AT_RESET, 1, 3);
    for (let length = 0; length < whole.length; length += 7) {
      for (const fact of find(115200, whole.subarray(0, length))) {
        assert.ok(fact.type === 'rom-banner');
        assert.ok(fact.confidence > 0 && fact.confidence < 1, `${fact.confidence} after ${length} bytes`);
      }
    }
  });

  test('at 230400, after a restart by software', () => {
    const fact = theOne(find(230400, heard(230400, AFTER_RESTART, 2, 3)));
    assert.equal(fact.cause, 'external');
    assert.equal(fact.bootMode, 'flash');
  });

  test('a receiver that takes the low stop bit for a start bit', () => {
    const fact = theOne(find(115200, heard(115200, AT_RESET, 4, 3, { afterFramingError: 'take-as-start' })));
    assert.deepEqual([fact.cause, fact.bootMode], ['hardware-watchdog', 'flash']);
  });

  test('cut into chunks at every byte, between text', () => {
    const before = ascii('ESP8266 Free Heap: 41872\r\n');
    const after = ascii('ESP8266 Mode: Web Server Running - Type = SDK API\r\n');
    const stream = Uint8Array.from([...before, ...heard(115200, AT_RESET, 2, 3), ...after]);
    const whole = find(115200, stream);
    theOne(whole);
    for (let at = 1; at < stream.length; at++) {
      assert.deepEqual(find(115200, stream.subarray(0, at), stream.subarray(at)), whole, `cut at ${at}`);
    }
  });

  test('a banner that nothing follows is found when the line falls idle', () => {
    const receiver: Receiver = { ratio: 115200 / AT_RESET, phase: 0.2, afterFramingError: 'wait-for-idle' };
    const alone = receive(ascii('\r\n ets Jan  8 2013,rst cause:2, boot mode:(1,7)\r\n\r\n'), receiver).bytes;
    const fact = theOne(find(115200, alone));
    assert.equal(fact.bootMode, 'uart-download');
  });

  test('two resets in a row are two banners', () => {
    const once = heard(115200, AT_RESET, 1, 3);
    const text = ascii('some text of a sketch that lasts longer than a moment\r\n');
    const facts = find(115200, once, text, heard(115200, AT_RESET, 2, 3));
    assert.deepEqual(
      facts.map((fact) => fact.type === 'rom-banner' && fact.cause),
      ['power-on', 'external'],
    );
  });

  test('the capture with a garbage head, computed by a receiver of its own', () => {
    const [segment] = readCapture('garbage-head').segments;
    assert.ok(segment);
    const fact = theOne(find(segment.baud, segment.bytes));
    assert.deepEqual([fact.cause, fact.bootMode], ['external', 'flash']);
  });
});

describe('what is no banner', () => {
  test('random bytes, at any baud', () => {
    const random = seeded(2013);
    for (const baud of [38400, 57600, 74880, 115200, 230400]) {
      const matcher = new BannerMatcher(baud);
      for (let i = 0; i < 40; i++) {
        assert.deepEqual(matcher.push(Uint8Array.from({ length: 2048 }, () => random() * 256)), []);
      }
      assert.deepEqual(matcher.flush(), []);
    }
  });

  test('other text at the wrong baud', () => {
    const receiver: Receiver = { ratio: 115200 / AT_RESET, phase: 0.5, afterFramingError: 'wait-for-idle' };
    const text = 'ESP8266 IP: 192.168.0.133\r\nexit from Jan 8 2014, boot mode\r\nload 0x4010f000, len 3424\r\n'.repeat(
      8,
    );
    assert.deepEqual(find(115200, receive(ascii(text), receiver).bytes), []);
  });

  test('the banner as text: the line path reads that', () => {
    assert.deepEqual(find(115200, banner(2, 3, 6)), []);
  });

  test('a baud at which too little is left of it', () => {
    assert.equal(new BannerMatcher(9600).able, false);
    assert.deepEqual(find(9600, heard(9600, AT_RESET, 2, 3)), []);
    assert.equal(new BannerMatcher(115200).able, true);
  });
});

test('the receiver reads its own baud as it was sent', () => {
  const random = seeded(8266);
  const sent = Uint8Array.from({ length: 500 }, () => random() * 256);
  for (const ratio of [0.98, 1, 1.02]) {
    assert.deepEqual(receive(sent, { ratio, phase: 0.5, afterFramingError: 'wait-for-idle' }).bytes, sent);
  }
});
