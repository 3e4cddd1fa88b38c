import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BadPointer, endingOf, isStore, Panic, programCounters, WatchdogBark } from './traps.js';
import { WebAssembly } from './web-assembly.js';

test('finds the program counters in a stack trace, innermost first', () => {
  const stack = `RuntimeError: unreachable
    at wasm://wasm/0a1b2c3d:wasm-function[41]:0x1f2e
    at setup (wasm://wasm/0a1b2c3d:wasm-function[7]:0x30)
    at run (file:///somewhere/worker.js:30:13)`;
  assert.deepEqual(programCounters(stack), [0x40201f2e, 0x40200030]);
  assert.deepEqual(programCounters(''), []);
});

test('tells loads from stores by the instruction', () => {
  const wasm = Uint8Array.of(0x28, 0x35, 0x36, 0x3e, 0x3f, 0xfc);
  const stores = [...wasm.keys()].map((offset) => isStore(wasm, 0x4020_0000 + offset));
  assert.deepEqual(stores, [false, false, true, true, false, true]);
  assert.equal(isStore(wasm, 0), false);
});

const causes: readonly (readonly [error: Error, cause: number])[] = [
  [new WebAssembly.RuntimeError('divide by zero'), 6],
  [new WebAssembly.RuntimeError('remainder by zero'), 6],
  [new WebAssembly.RuntimeError('memory access out of bounds'), 28],
  [new WebAssembly.RuntimeError('table index is out of bounds'), 20],
  [new WebAssembly.RuntimeError('null function or function signature mismatch'), 20],
  [new WebAssembly.RuntimeError('unreachable'), 0],
  [new BadPointer(0x1234, false), 28],
  [new BadPointer(0x1234, true), 29],
  [new WatchdogBark(), 4],
  [new RangeError('Maximum call stack size exceeded'), -1],
];
for (const [error, cause] of causes) {
  test(`${error.constructor.name} "${error.message}" is cause ${cause}`, () => {
    assert.equal(endingOf(error)?.cause, cause);
  });
}

test("keeps a panic's own facts, and knows an error of the host's when it sees one", () => {
  const ending = endingOf(new Panic(29, 0x4020_1111, 4, 'null pointer'));
  assert.equal(ending?.cause, 29);
  assert.equal(ending?.epc1, 0x4020_1111);
  assert.equal(ending?.excvaddr, 4);
  assert.equal(ending?.message, 'null pointer');
  assert.equal(endingOf(new TypeError('x is not a function')), undefined);
  assert.equal(endingOf('thrown text'), undefined);
});
