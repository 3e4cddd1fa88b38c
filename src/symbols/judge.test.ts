import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IROM, SAMPLE, sampleElf } from '../../test/symbols/elf-maker.js';
import type { CrashReport } from '../board/events.js';
import { readCodeFile } from './code-file.js';
import { judgeFit } from './judge.js';

const code = readCodeFile(sampleElf(), 'sketch.elf');
const [first = 0, second = 0] = SAMPLE.returns;

function report(cause: number | null, epc1: number, words: readonly number[]): CrashReport {
  return {
    kind: cause === null ? 'abort' : 'exception',
    exception: cause === null ? null : { number: cause, name: '' },
    registers: cause === null ? null : { epc1, epc2: 0, epc3: 0, excvaddr: 0, depc: 0 },
    detail: null,
    stack: { context: 'cont', sp: null, end: null, offset: null, words },
    otherStacks: [],
    failedAlloc: null,
    complete: true,
  };
}

const cases: readonly (readonly [what: string, report: CrashReport, fit: string])[] = [
  ['a load that can fail, return addresses', report(28, SAMPLE.load, [first, second, 0x3ffe8000]), 'fits'],
  ['an exception that this instruction cannot raise', report(28, SAMPLE.store, [first, second]), 'impossible'],
  ['epc1 outside of the code', report(28, 0x40208000, [first, second]), 'impossible'],
  ['a jump into nowhere, good return addresses', report(0, 0x40208000, [first, second]), 'fits'],
  ['a crash in the ROM', report(29, 0x4000e1b2, [first, second]), 'fits'],
  ['epc1 in what is no function', report(4, IROM + 1, [first]), 'doubtful'],
  [
    'words that follow no call',
    report(28, SAMPLE.load, [IROM + 9, IROM + 0x0f, IROM + 0x16, IROM + 0x17]),
    'impossible',
  ],
  ['pointers to strings in flash', report(28, SAMPLE.load, [first, IROM + 1, IROM + 2, IROM + 3]), 'fits'],
  ['words outside of the code', report(null, 0, [0x40208000, 0x40208010, 0x40208020, 0x40208030]), 'impossible'],
  ['some words that do not fit', report(28, SAMPLE.load, [first, second, 0x40208000, 0x40208010]), 'doubtful'],
  ['three words, all outside of the code', report(null, 0, [0x40208000, 0x40208010, 0x40208020]), 'impossible'],
  ['two words are few to go by', report(null, 0, [0x40208000, 0x40208010]), 'doubtful'],
  ['pointers to functions are no misfits', report(null, 0, [SAMPLE.load, first, second]), 'fits'],
  ['no stack and nothing but zeros', report(28, 0, []), 'unknown'],
];

describe('how a crash and an ELF agree', () => {
  for (const [what, crash, fit] of cases) {
    test(`${what}: ${fit}`, () => {
      const judgement = judgeFit(crash, { code });
      assert.equal(judgement.fit, fit, judgement.reasons.join(' '));
      for (const reason of judgement.reasons) assert.match(reason, /^[A-Za-z0-9].*\.$/);
      assert.notEqual(judgement.reasons.length, 0);
    });
  }
});
