import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../test/support/peers.js';
import { seeded } from '../../test/support/random.js';
import { makeWasm } from '../../test/symbols/elf-maker.js';
import { isEspwatchError } from '../errors.js';
import { readCodeFile } from './code-file.js';
import { moduleInImage } from './image.js';

const BASE = 0x4020_0000;
const CALL = 0x10;
const UNREACHABLE = 0x00;
const END = 0x0b;
const functions = [
  { name: 'readSensor(int*)', body: [UNREACHABLE, END] },
  { name: 'Server::handleRequest()', body: [CALL, 1, END] },
];
const read = (bytes: Uint8Array) => readCodeFile(bytes, 'sketch.wasm');

/** The program counters that V8 puts into the stack of a trap. */
function countersOfTrap(wasm: Uint8Array, index: number): number[] {
  const engine = globalThis as unknown as { WebAssembly: EngineLike };
  const module = new engine.WebAssembly.Module(wasm);
  const { exports } = new engine.WebAssembly.Instance(module, { esp: { yield: () => undefined } });
  try {
    Object.values(exports)[index]?.();
  } catch (error) {
    const { stack = '' } = error as Error;
    return [...stack.matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)].map(([, at]) => Number.parseInt(at ?? '', 16));
  }
  return [];
}

interface EngineLike {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, () => void> };
}

test('an address is 0x40200000 and the offset of the instruction, as the engine gives it', () => {
  // Exported, so that it can be called: an export section goes between functions and code.
  const whole = makeWasm(functions);
  const codeAt = whole.findIndex((byte, i) => byte === 10 && whole[i + 2] === functions.length && i > 20);
  const exported = Uint8Array.from([...whole.subarray(0, codeAt), 7, 5, 1, 1, 0x66, 0, 2, ...whole.subarray(codeAt)]);
  const [trap = 0, call = 0] = countersOfTrap(exported, 0);
  const file = read(exported);
  assert.equal(file.functions.at(BASE + trap)?.name, 'readSensor(int*)');
  assert.equal(file.functions.at(BASE + call)?.name, 'Server::handleRequest()');
  assert.equal(file.callSite(BASE + call), BASE + call);
  assert.equal(file.callSite(BASE + trap), null);
});

test('a module without names has numbers; imported functions count first', () => {
  const whole = makeWasm(functions);
  const custom = whole.lastIndexOf(
    0,
    whole.findIndex((_, i) => Buffer.from(whole.subarray(i, i + 4)).toString() === 'name'),
  );
  const file = read(whole.subarray(0, custom));
  const start = (file.ranges[0]?.from ?? 0) + 2;
  assert.equal(file.functions.at(start)?.name, 'function 1');
  assert.equal(file.functions.at(start + 4)?.name, 'function 2');
});

test('the image of the virtual board fits its own module and no other', () => {
  const image = readFileSync(join(ROOT, 'firmware/prebuilt/tls_mqtt.virtual.bin'));
  const module = moduleInImage(image);
  assert.ok(module);
  assert.equal(read(module).fitsImage(image), true);
  assert.equal(read(makeWasm(functions)).fitsImage(image), false);
  assert.equal(read(module).fitsImage(image.subarray(0, 5000)), false);
});

test('damaged and cut off at random', () => {
  const random = seeded(7);
  const whole = makeWasm(functions);
  for (let round = 0; round < 20_000; round++) {
    const bytes = Uint8Array.from(whole);
    for (let n = random() * 4; n > 0; n--) bytes[8 + Math.floor(random() * (bytes.length - 8))] = random() * 256;
    const cut = bytes.subarray(0, random() < 0.3 ? 4 + Math.floor(random() * bytes.length) : bytes.length);
    try {
      const file = read(cut);
      for (let at = 0; at < 100; at++) file.functions.at(BASE + at);
      file.callSite(BASE + 40);
    } catch (error) {
      assert.ok(isEspwatchError(error, 'SYMBOLS_ELF'), String(error));
    }
  }
});
