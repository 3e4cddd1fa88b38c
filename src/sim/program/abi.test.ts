import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEspwatchError } from '../../errors.js';
import { compileProgram } from './abi.js';
import { sketch } from './board.test.kit.js';
import { assemble, type TinyOptions } from './tiny-wasm.test.kit.js';

test('takes the committed sketch, and a program that uses every import', () => {
  assert.ok(compileProgram(sketch()));
  assert.ok(compileProgram(assemble({}, { table: [1, 4, 4] })));
});

const refused: readonly (readonly [what: string, options: TinyOptions, words: RegExp])[] = [
  ['an import that the board lacks', { strangeImport: 'read_file' }, /esp1\.read_file/],
  ['a memory of its own', { ownMemory: true }, /memory of its own|not a WebAssembly module/],
  ['a table that may grow', { table: [0, 4] }, /function table/],
  ['a huge table', { table: [1, 4, 0x80, 0x80, 0x80, 2] }, /function table/],
  ['no loop()', { withoutLoop: true }, /loop\(\)/],
];
for (const [what, options, words] of refused) {
  test(`refuses a program with ${what}`, () => {
    assert.throws(
      () => compileProgram(assemble({}, options)),
      (error) => isEspwatchError(error, 'SIM_PROGRAM') && words.test(error.message),
    );
  });
}

test('refuses bytes that are no module, also when only the end is missing', () => {
  const whole = sketch();
  for (const bytes of [new Uint8Array(0), new Uint8Array(64).fill(0xff), whole.subarray(0, whole.length - 1)]) {
    assert.throws(
      () => compileProgram(bytes),
      (error) => isEspwatchError(error, 'SIM_PROGRAM'),
    );
  }
});
