import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crosscheck } from './crosscheck.js';
import type { Mode, ProbeOutcome, ProbeResult, Verdict } from './events.js';

const OUTCOMES: readonly (ProbeOutcome | null)[] = [
  null,
  'answered',
  'no-answer',
  'refused',
  'unreachable',
  'not-this-device',
  'not-configured',
  'error',
];

function probe(via: 'http' | 'mqtt', outcome: ProbeOutcome | null): ProbeResult[] {
  if (outcome === null) return [];
  return [{ via, target: null, outcome, rttMs: null, evidence: '', identity: { mac: null, chipId: null } }];
}

const verdict = (mode: Mode, http: ProbeOutcome | null, mqtt: ProbeOutcome | null): Verdict =>
  crosscheck({ mode }, [...probe('http', http), ...probe('mqtt', mqtt)]).verdict;

/** One letter an outcome of the other way, in the order of OUTCOMES: c confirmed, x contradicted, - unconfirmed. */
const ONE_CLAIMED: Readonly<Record<string, string>> = {
  null: '-x------',
  answered: 'cxcccccc',
  'no-answer': '-x------',
  refused: '-x------',
  unreachable: '-x------',
  'not-this-device': 'xxxxxxxx',
  'not-configured': '-x------',
  error: '-x------',
};
/** Rows: HTTP, columns: MQTT. */
const BOTH_CLAIMED: Readonly<Record<string, string>> = {
  null: '-----x--',
  answered: '-c---x--',
  'no-answer': '-----x--',
  refused: '-x---x--',
  unreachable: '-----x--',
  'not-this-device': 'xxxxxxxx',
  'not-configured': '-----x--',
  error: '-----x--',
};
const LETTERS: Readonly<Record<string, Verdict>> = { c: 'confirmed', x: 'contradicted', '-': 'unconfirmed' };

describe('crosscheck, all combinations', () => {
  for (const first of OUTCOMES) {
    OUTCOMES.forEach((second, i) => {
      const one = LETTERS[ONE_CLAIMED[`${first}`]?.[i] ?? ''];
      const both = LETTERS[BOTH_CLAIMED[`${first}`]?.[i] ?? ''];
      test(`${first} where claimed, ${second} on the other way: ${one}`, () => {
        assert.equal(verdict('web-server', first, second), one);
        assert.equal(verdict('access-point', first, second), one);
        assert.equal(verdict('mqtt-client', second, first), one);
      });
      test(`both claimed, HTTP ${first}, MQTT ${second}: ${both}`, () => {
        assert.equal(verdict('web-server+mqtt-client', first, second), both);
      });
      test(`nothing claimed, HTTP ${first}, MQTT ${second}: unknown`, () => {
        for (const mode of ['no-firmware', 'bootloader', 'boot-loop', 'silent', 'unknown'] as const) {
          assert.equal(verdict(mode, first, second), 'unknown');
        }
      });
    });
  }
});

test('every verdict says why', () => {
  for (const mode of ['web-server', 'mqtt-client', 'web-server+mqtt-client', 'silent'] as const) {
    for (const http of OUTCOMES) {
      for (const mqtt of OUTCOMES) {
        const { reasons } = crosscheck({ mode }, [...probe('http', http), ...probe('mqtt', mqtt)]);
        assert.ok(reasons.length > 0 && reasons.every((reason) => reason.endsWith('.')));
      }
    }
  }
});

test('an answer outweighs another attempt that failed', () => {
  const probes = [...probe('http', 'no-answer'), ...probe('http', 'answered'), ...probe('http', 'error')];
  assert.equal(crosscheck({ mode: 'web-server' }, probes).verdict, 'confirmed');
});
