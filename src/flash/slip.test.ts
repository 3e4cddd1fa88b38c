import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SlipDecoder, slipFrame } from './slip.js';

function decode(...pieces: readonly Uint8Array[]): number[][] {
  const frames: number[][] = [];
  const decoder = new SlipDecoder((frame) => frames.push([...frame]));
  for (const piece of pieces) decoder.push(piece);
  return frames;
}

const payload = Uint8Array.of(1, 0xc0, 2, 0xdb, 3);

describe('SLIP', () => {
  test('a frame on the wire', () => {
    assert.deepEqual(
      [...slipFrame(Uint8Array.of(1, 0xc0), Uint8Array.of(0xdb))],
      [0xc0, 1, 0xdb, 0xdc, 0xdb, 0xdd, 0xc0],
    );
  });

  test('there and back, cut at every byte', () => {
    const wire = slipFrame(payload);
    for (let cut = 0; cut <= wire.length; cut++) {
      assert.deepEqual(decode(wire.subarray(0, cut), wire.subarray(cut)), [[...payload]]);
    }
  });

  test('noise with and without an END costs no frame', () => {
    const noise = Uint8Array.of(0x80, 0xc0, 0x99, 0xdb, 0x11);
    for (let n = 0; n <= noise.length; n++) {
      assert.deepEqual(decode(noise.subarray(0, n), slipFrame(payload)).at(-1), [...payload]);
    }
  });

  test('frames that share an END, and empty ones', () => {
    assert.deepEqual(decode(Uint8Array.of(0xc0, 1, 0xc0, 2, 0xc0, 0xc0)), [[1], [2]]);
  });

  test('a wrong escape and an endless frame are dropped, the next frame is not', () => {
    assert.deepEqual(decode(Uint8Array.of(0xc0, 0xdb, 1, 2, 0xc0), slipFrame(payload)), [[...payload]]);
    assert.deepEqual(decode(new Uint8Array(100_000).fill(7), slipFrame(payload)), [[...payload]]);
  });

  test('an abandoned frame delivers nothing when its end comes', () => {
    const frames: number[][] = [];
    const decoder = new SlipDecoder((frame) => frames.push([...frame]));
    decoder.push(Uint8Array.of(0xc0, 1, 2));
    decoder.abandon();
    decoder.push(Uint8Array.of(3, 0xc0));
    decoder.push(slipFrame(payload));
    assert.deepEqual(frames, [[...payload]]);
  });
});
