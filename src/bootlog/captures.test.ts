import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Capture, captureNames, readCapture } from '../../test/support/captures.js';
import { LineCutter } from '../../test/support/cut-lines.js';
import type { BoardFact } from '../board/events.js';
import { replay } from '../board/state.js';
import { BootLog } from './bootlog.js';

/** The facts of a capture whose segments arrive in two chunks, cut at `at` of all bytes. */
function factsOf(capture: Capture, at: number): BoardFact[] {
  const log = new BootLog();
  const facts: BoardFact[] = [];
  let before = 0;
  for (const { baud, bytes } of capture.segments) {
    const cutter = new LineCutter(baud);
    const cut = Math.min(Math.max(at - before, 0), bytes.length);
    for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      for (const line of cutter.push(chunk, 0)) facts.push(...log.push(line));
    }
    for (const line of cutter.flush(0)) facts.push(...log.push(line));
    before += bytes.length;
  }
  facts.push(...log.flush());
  return facts;
}

/** The facts when the line fell idle at `at`, so that the first part of a line was handed over before its end. */
function factsOfIdle(capture: Capture, at: number): BoardFact[] {
  const log = new BootLog();
  const facts: BoardFact[] = [];
  let before = 0;
  for (const { baud, bytes } of capture.segments) {
    const cutter = new LineCutter(baud);
    const cut = Math.min(Math.max(at - before, 0), bytes.length);
    for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      for (const line of [...cutter.push(chunk, 0), ...cutter.flush(0)]) facts.push(...log.push(line));
    }
    before += bytes.length;
  }
  facts.push(...log.flush());
  return facts;
}

const meaningful = (facts: readonly BoardFact[]) => facts.filter((f) => f.type !== 'text' && f.type !== 'unparsed');

describe('captures of whole boots', () => {
  for (const name of captureNames()) {
    const capture = readCapture(name);
    const length = capture.segments.reduce((sum, s) => sum + s.bytes.length, 0);

    test(`${name}: ${capture.title}`, () => {
      assert.deepEqual(factsOf(capture, 0), capture.facts);
      const events = capture.facts.map((fact, i) => ({ ...fact, seq: i + 1, t: 1000 + i, source: 'serial' as const }));
      assert.equal(replay(events).mode, capture.mode);
    });

    test(`${name}: the same, cut into chunks at every byte`, () => {
      for (let at = 1; at < length; at++) assert.deepEqual(factsOf(capture, at), capture.facts, `cut at ${at}`);
    });

    // Noise at the wrong baud has no order of its own, so only its frame is compared there.
    test(`${name}: the meaning survives a line that falls idle at any byte`, () => {
      const expected = meaningful(capture.facts);
      for (let at = 1; at < length; at++) {
        assert.deepEqual(meaningful(factsOfIdle(capture, at)), expected, `idle at ${at}`);
      }
    });
  }
});
