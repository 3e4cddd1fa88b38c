import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoardEvent, BoardFact, ProbeOutcome } from '../board/events.js';
import { JournalFilter } from './filter.js';

/** Passes facts through a filter; gives the `seq` of what is kept, in the order in which it is. */
function kept(facts: readonly BoardFact[]): number[] {
  const filter = new JournalFilter();
  return facts.flatMap((fact, i) => {
    const event: BoardEvent = { ...fact, seq: i + 1, t: 1000 + i, source: 'serial' };
    return filter.take(event).map(({ seq }) => seq);
  });
}

const text: BoardFact = { type: 'text', text: 'hello', ended: true };
const banner: BoardFact = {
  type: 'rom-banner',
  cause: 'power-on',
  bootMode: 'flash',
  raw: { cause: 1, mode: 3, sdio: 6 },
  confidence: 1,
};
const probe = (outcome: ProbeOutcome): BoardFact => ({
  type: 'probe',
  result: { via: 'http', target: null, outcome, rttMs: null, evidence: '', identity: { mac: null, chipId: null } },
});
const many = (fact: BoardFact, count: number): BoardFact[] => Array.from({ length: count }, () => fact);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('lines of a quiet night are left to the capture', () => {
  const noise: BoardFact[] = [
    text,
    { type: 'unparsed', bytes: Uint8Array.of(1) },
    { type: 'boot-load', address: 0, length: 1, room: 16 },
    { type: 'boot-checksum', value: 1 },
    { type: 'eboot', step: 'copy', value: 1 },
    { type: 'rom-message', kind: 'load-detail', text: 'tail 12' },
  ];
  assert.deepEqual(kept([...noise, ...noise, ...noise]), []);
});

test('facts are kept as they come, without what is around them', () => {
  const facts: BoardFact[] = [
    { type: 'telemetry', values: { heap: 40_000 } },
    { type: 'ip', ip: '10.0.0.2', accessPoint: false },
    { type: 'rom-message', kind: 'watchdog-reset', text: 'wdt reset' },
    { type: 'link', state: 'open', detail: null },
    probe('answered'),
    probe('not-configured'),
    { type: 'reset-reason', cause: 'external', raw: 6, atBoot: false, text: 'x' },
  ];
  assert.deepEqual(
    kept(facts.flatMap((fact) => [text, fact])),
    range(1, 7).map((i) => 2 * i),
  );
});

test('12 withheld events before an incident and 12 after it are kept', () => {
  assert.deepEqual(kept([...many(text, 40), banner, ...many(text, 40)]), range(29, 53));
});

test('an incident within the context of another keeps nothing twice and begins 12 anew', () => {
  assert.deepEqual(kept([...many(text, 3), banner, ...many(text, 5), banner, ...many(text, 40)]), range(1, 22));
});

test('what was withheld between two incidents comes with the second, in order', () => {
  const gap = kept([banner, ...many(text, 14), banner]);
  assert.deepEqual(gap, range(1, 16));
  assert.deepEqual(kept([banner, ...many(text, 30), banner]), [...range(1, 13), ...range(20, 32)]);
});

test('every kind of incident brings its context', () => {
  const incidents: BoardFact[] = [
    banner,
    {
      type: 'crash',
      report: {
        kind: 'abort',
        exception: null,
        registers: null,
        detail: null,
        stack: null,
        otherStacks: [],
        failedAlloc: null,
        complete: true,
      },
    },
    { type: 'boot-error', kind: 'checksum', text: 'csum err' },
    { type: 'link', state: 'lost', detail: null },
    { type: 'link', state: 'back', detail: null },
    { type: 'reset-commanded', into: 'flash' },
    { type: 'switch-commanded', to: 'mqtt-client' },
    { type: 'silence', ms: 60_000 },
    { type: 'mode', mode: 'web-server', serverType: null },
    ...(['no-answer', 'refused', 'unreachable', 'not-this-device', 'error'] as const).map(probe),
  ];
  for (const incident of incidents) assert.deepEqual(kept([text, incident, text]), [1, 2, 3], incident.type);
});

test('what tells of a boot, of the Wi-Fi or of the broker is an incident, also where it is only text', () => {
  const signs: BoardFact[] = [
    { type: 'reset-reason', cause: 'external', raw: 6, atBoot: true, text: 'x' },
    { type: 'text', text: 'ESP8266 WiFi: connection lost', ended: true },
    { type: 'text', text: 'ESP8266 MQTT: connected to 10.0.0.2:8883', ended: true },
  ];
  for (const sign of signs) assert.deepEqual(kept([...many(text, 40), sign, ...many(text, 40)]), range(29, 53));
});
