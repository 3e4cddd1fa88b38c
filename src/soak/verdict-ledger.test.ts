import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalEntry } from '../journal/entry.js';
import {
  at,
  back,
  banner,
  begin,
  end,
  HOUR,
  ledgerOf,
  lost,
  MINUTE,
  pullEn,
  telemetry,
  up,
  web,
} from './ledger.test.helper.js';
import type { Finding } from './ledger-types.js';
import { DEFAULT_THRESHOLDS, judge } from './verdict.js';

/** What the verdict says of the resets of the only board. */
function aboutResets(entries: readonly JournalEntry[], allowed = 0): Finding {
  const { findings, passed } = judge(
    ledgerOf(entries),
    { ...DEFAULT_THRESHOLDS, resets: allowed },
    { targetMtbfHours: null },
  );
  const [found] = findings.filter(({ threshold }) => threshold === 'resets');
  assert.ok(found !== undefined);
  if (!found.passed) assert.equal(passed, false);
  return found;
}

/** Telemetry each minute of a board that started at `start`. */
function minutes(start: number, from: number, to: number): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (let t = from; t <= to; t += MINUTE) entries.push(at(t, telemetry(Math.floor((t - start) / 1000))));
  return entries;
}

const cableOut = [...up, ...minutes(1500, MINUTE, 30 * MINUTE), at(30 * MINUTE + 10, lost), at(40 * MINUTE, back)];

test('a restart in time that was not watched counts once, and is told as such', () => {
  const found = aboutResets([...cableOut, ...minutes(35 * MINUTE, 41 * MINUTE, HOUR), end(HOUR)]);
  assert.deepEqual(
    [found.passed, found.text],
    [false, '1 uncommanded reset in 50 m 0 s, 1 of them while it was not watched; allowed 0.'],
  );
});

test('a board that ran through a pulled cable has not reset', () => {
  const found = aboutResets([...cableOut, ...minutes(1500, 41 * MINUTE, HOUR), end(HOUR)]);
  assert.deepEqual([found.passed, found.text], [true, 'No uncommanded reset in 50 m 0 s; allowed 0.']);
});

test('a reset that came with the cable counts, and the sentence says with what it came', () => {
  const powered = [at(40 * MINUTE + 500, banner(0)), at(40 * MINUTE + 2000, web)];
  const found = aboutResets([...cableOut, ...powered, end(HOUR)]);
  assert.deepEqual(
    [found.passed, found.text],
    [
      false,
      '1 uncommanded reset in 50 m 0 s, 1 of them as the USB port went away or came back (power or cable); allowed 0.',
    ],
  );
});

test('a port that is gone at the end fails; one that came back, or has only just gone, does not', () => {
  const night = [...up, ...minutes(1500, MINUTE, 30 * MINUTE)];
  const gone = aboutResets([...night, at(30 * MINUTE + 10, lost), end(HOUR)]);
  assert.equal(gone.passed, false);
  assert.match(gone.text, / Its port was gone for the last 30 m 0 s: nothing shows that it runs\.$/);
  assert.equal(aboutResets([...night, at(30 * MINUTE + 10, lost), end(31 * MINUTE)]).passed, true);
  assert.equal(aboutResets([...cableOut, end(HOUR)]).passed, true);
});

test('a board that our own reset left in its bootloader fails, however many resets are allowed', () => {
  const found = aboutResets([begin(), at(10, pullEn), at(110, banner(2, 1)), end(HOUR)], 5);
  assert.equal(found.passed, false);
  const later = aboutResets([...up, ...minutes(1500, MINUTE, HOUR), at(HOUR + 1, banner(2, 1)), end(2 * HOUR)], 5);
  assert.equal(later.passed, false);
  assert.match(later.text, / At the end it does not run: bootloader \(waiting for a host\)\.$/);
});

test('a run that broke off does not pass, whatever was seen until then', () => {
  const night = [...up, ...minutes(1500, MINUTE, HOUR)];
  const passed = (why: 'done' | 'stopped' | 'failed'): boolean =>
    judge(ledgerOf([...night, { kind: 'end', t: HOUR, why }]), DEFAULT_THRESHOLDS, { targetMtbfHours: null }).passed;
  assert.deepEqual([passed('done'), passed('stopped'), passed('failed')], [true, true, false]);
});
