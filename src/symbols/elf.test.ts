import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '../../test/support/random.js';
import { IROM, makeArduinoImage, makeElf, makeImage, SAMPLE, sampleElf } from '../../test/symbols/elf-maker.js';
import { isEspwatchError } from '../errors.js';
import { readCodeFile } from './code-file.js';

const read = (bytes: Uint8Array) => readCodeFile(bytes, 'sketch.elf');
const irom = { name: '.irom0.text', address: IROM, bytes: SAMPLE.code };

describe('functions of an ELF', () => {
  test('by the symbol table: first and last byte, and outside', () => {
    const { functions } = read(sampleElf());
    for (const { name, value, size } of SAMPLE.symbols) {
      assert.equal(functions.at(value)?.name, name);
      assert.equal(functions.at(value + size - 1)?.name, name);
    }
    for (const address of [0, IROM, IROM + 7, IROM + SAMPLE.code.length, 0x40100000, 0xffffffff]) {
      assert.equal(functions.at(address), null);
    }
  });

  test('a label without a size reaches to the next symbol, the last one to the end of its section', () => {
    const symbols = [
      { name: 'vector', value: IROM, size: 0, type: 0 },
      { name: 'handler', value: IROM + 8, size: 0 },
      { name: 'same place', value: IROM + 8, size: 0, type: 0 },
    ];
    const { functions } = read(makeElf({ sections: [irom], symbols }));
    assert.deepEqual(functions.at(IROM + 7), { name: 'vector', from: IROM, to: IROM + 8 });
    assert.deepEqual(functions.at(IROM + 20), { name: 'handler', from: IROM + 8, to: IROM + SAMPLE.code.length });
  });

  test('of several names the global function of known size; data, files and sections are none', () => {
    const at = IROM + 8;
    const symbols = [
      { name: 'label', value: at, size: 0, type: 0 },
      { name: 'local', value: at, size: 6, bind: 0 },
      { name: 'weak', value: at, size: 6, bind: 2 },
      { name: 'public', value: at, size: 6 },
      { name: 'table', value: IROM, size: 8, type: 1 },
      { name: '.L1', value: IROM + 1, size: 0, type: 0 },
    ];
    const { functions } = read(makeElf({ sections: [irom], symbols }));
    assert.deepEqual([functions.at(at)?.name, functions.at(IROM)], ['public', null]);
  });

  test('a size that reaches out of the section ends with it', () => {
    const { functions } = read(makeElf({ sections: [irom], symbols: [{ name: 'f', value: IROM, size: 0xffffffff }] }));
    assert.equal(functions.at(IROM + SAMPLE.code.length - 1)?.name, 'f');
    assert.equal(functions.at(IROM + SAMPLE.code.length), null);
  });
});

test('calls, loads and stores are known by their instructions', () => {
  const file = read(sampleElf());
  for (const word of SAMPLE.returns) assert.equal(file.callSite(word), word - 3);
  for (const word of [SAMPLE.load, SAMPLE.store, IROM, 0]) assert.equal(file.callSite(word), null);
  assert.deepEqual(
    [28, 29, 9, 0, 4].map((cause) => file.canRaise(SAMPLE.load, cause)),
    [true, false, true, null, null],
  );
  assert.deepEqual(
    [28, 29, 9].map((cause) => file.canRaise(SAMPLE.store, cause)),
    [false, true, true],
  );
});

describe('whether an image was made from the ELF', () => {
  const iram = { name: '.text', address: 0x40100000, bytes: Uint8Array.from({ length: 32 }, (_, i) => i) };
  const data = { name: '.data', address: 0x3ffe8000, bytes: Uint8Array.of(9, 8, 7), flags: 3 };
  const elf = read(sampleElf({ sections: [irom, iram, data] }));
  const patched = Uint8Array.from(SAMPLE.code);
  patched.set([0xaa, 0xbb, 0xcc, 0xdd, 0x11, 0x22, 0x33, 0x44]);
  const padded = Uint8Array.of(...data.bytes, 0);
  const segments = [{ address: IROM, bytes: patched }, iram, { address: 0x3ffe8000, bytes: padded }];

  test('the core writes length and CRC into it, and fills up segments', () => {
    assert.equal(elf.fitsImage(makeArduinoImage(makeImage(SAMPLE.entry, segments))), true);
    assert.equal(elf.fitsImage(makeImage(SAMPLE.entry, segments)), true);
  });

  test('not when one byte, the entry or a segment differs', () => {
    assert.equal(elf.fitsImage(makeImage(SAMPLE.entry + 4, segments)), false);
    for (let at = 8; at < patched.length; at++) {
      const bytes = Uint8Array.from(patched);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      assert.equal(
        elf.fitsImage(makeImage(SAMPLE.entry, [{ address: IROM, bytes }, ...segments.slice(1)])),
        false,
        `${at}`,
      );
    }
    assert.equal(elf.fitsImage(makeImage(SAMPLE.entry, segments.slice(1))), false);
    const foreign = { address: 0x3ffe9000, bytes: new Uint8Array(128) };
    assert.equal(elf.fitsImage(makeImage(SAMPLE.entry, [...segments, foreign])), false);
  });

  test('not for what is no image', () => {
    for (const bytes of [new Uint8Array(0), sampleElf(), Uint8Array.of(0xe9, 3), new Uint8Array(64).fill(0xff)]) {
      assert.equal(elf.fitsImage(bytes), false);
    }
  });
});

describe('what is no ELF of the ESP8266', () => {
  const cases: readonly (readonly [bytes: Uint8Array, message: RegExp])[] = [
    [new Uint8Array(0), /is empty/],
    [Buffer.from('Exception (28):'), /no ELF file/],
    [makeImage(0, [{ address: 0x40100000, bytes: new Uint8Array(4) }]), /flash image/],
    [sampleElf({ machine: 62 }), /for x86-64/],
    [sampleElf({ machine: 243 }), /RISC-V/],
    [sampleElf({ machine: 4711 }), /machine 4711/],
    [sampleElf({ type: 1 }), /not linked/],
    [sampleElf({ sections: [] }), /no section with code/],
    [sampleElf().subarray(0, 40), /damaged/],
  ];
  for (const [bytes, message] of cases) {
    test(`${message}`, () => {
      assert.throws(
        () => read(bytes),
        (error) => isEspwatchError(error, 'SYMBOLS_ELF') && message.test(error.message),
      );
    });
  }
});

/** Reads the file as a user of it would; only SYMBOLS_ELF may come of it. */
function readAll(bytes: Uint8Array): void {
  try {
    const file = read(bytes);
    for (let address = IROM - 4; address < IROM + 40; address++) {
      file.functions.at(address);
      file.callSite(address);
      file.canRaise(address, 28);
    }
    file.fitsImage(makeImage(SAMPLE.entry, [{ address: IROM, bytes: SAMPLE.code }]));
  } catch (error) {
    assert.ok(isEspwatchError(error, 'SYMBOLS_ELF'), String(error));
  }
}

test('cut off anywhere', () => {
  const whole = sampleElf();
  for (let length = 0; length < whole.length; length++) {
    assert.throws(
      () => read(whole.subarray(0, length)),
      (error) => isEspwatchError(error, 'SYMBOLS_ELF'),
      `${length}`,
    );
  }
});

test('damaged at random', () => {
  const random = seeded(94);
  const whole = sampleElf();
  for (let round = 0; round < 20_000; round++) {
    const bytes = Uint8Array.from(whole);
    for (let n = 1 + random() * 6; n > 0; n--) {
      const value = random() < 0.3 ? 0xff : Math.floor(random() * 256);
      bytes[Math.floor(random() * bytes.length)] = value;
    }
    readAll(random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes);
  }
});
