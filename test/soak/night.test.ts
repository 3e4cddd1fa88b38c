import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../src/soak/verdict.js';
import { checkNight } from '../support/night/check.js';
import { planOf } from '../support/night/play.js';
import { type BoardScript, HOUR, MINUTE, NIGHT_MS, type Night, SECOND } from '../support/night/script.js';

const clock = (hours: number, minutes: number): number => hours * HOUR + minutes * MINUTE + 7.25;

function night(board: Partial<BoardScript>, more: Partial<Night> = {}): Night {
  const boards = [{ mode: 'web-server' as const, leak: 0, events: [], ...board }];
  return { seed: 1, durationMs: NIGHT_MS, boards, host: [], cycleModesMs: null, ...more };
}

test('a quiet night passes', async () => {
  const quiet = night({});
  await checkNight(quiet, ({ ledger }) => {
    const verdict = judge(ledger, planOf(quiet).thresholds, { targetMtbfHours: 168 });
    assert.equal(verdict.passed, true);
    assert.match(verdict.proves, /8\.0 h|8 h/);
    assert.equal(ledger.boards[0]?.probes.answered, ledger.boards[0]?.probes.asked);
  });
});

test('the night of the issue: every fault of its list', async () => {
  const eventful = night(
    {
      mode: 'mqtt-client',
      leak: 40,
      events: [
        { do: 'reset', at: clock(0, 20), kind: 'power', place: 0 },
        { do: 'wifi-away', at: clock(0, 40), forMs: 7 * MINUTE },
        { do: 'certificate', at: clock(1, 10), forMs: 12 * MINUTE },
        { do: 'reset', at: clock(2, 13), kind: 'soft-watchdog', place: 1 },
        { do: 'cable', at: clock(3, 0), forMs: 20 * MINUTE, power: 'lost', resetAt: null, newName: true },
        { do: 'mute', at: clock(5, 0), forMs: 15 * MINUTE },
        { do: 'boot-loop', at: clock(5, 40), resets: 40, kind: 'exception' },
        { do: 'reset', at: clock(6, 13), kind: 'soft-watchdog', place: 1 },
        { do: 'bootloader', at: clock(6, 40), forMs: 10 * MINUTE },
      ],
    },
    {
      host: [
        { do: 'suspend', at: clock(3, 40), forMs: HOUR, resetAt: null },
        { do: 'clock-step', at: clock(6, 30), ms: -HOUR },
      ],
    },
  );
  await checkNight(eventful, ({ ledger }) => {
    const [board] = ledger.boards;
    assert.ok(board !== undefined);
    const own = board.resets.filter(({ commanded, loop }) => !commanded && loop === null);
    assert.deepEqual(
      own.map(({ cause }) => (cause === 'unknown' ? 'power' : cause)),
      ['power', 'software-watchdog', 'power', 'software-watchdog', 'stuck-in-bootloader', 'external'],
    );
    assert.deepEqual(
      board.gaps.map(({ reason }) => reason),
      ['port-lost', 'suspended'],
    );
    assert.deepEqual(
      board.crashGroups.map(({ title, count }) => [title, count]),
      [
        ['software watchdog at 0x40210100', 2],
        ['exception 28 LoadProhibited at 0x40210000', 40],
      ],
    );
    const verdict = judge(ledger, planOf(eventful).thresholds, { targetMtbfHours: null });
    const failed = verdict.findings.filter(({ passed }) => !passed).map(({ threshold }) => threshold);
    assert.deepEqual(failed, ['resets', 'silenceMs', 'probeFailures', 'heapLossPerHour']);
  });
});

test('killed, cut off, killed again: one ledger', async () => {
  const killed = night(
    { events: [{ do: 'reset', at: clock(1, 30), kind: 'exception', place: 2 }] },
    {
      host: [
        { do: 'kill', at: clock(1, 0), forMs: 10 * MINUTE, how: 'kill', resetAt: null },
        { do: 'kill', at: clock(2, 0), forMs: 40 * MINUTE, how: 'power-cut', resetAt: clock(2, 20) },
        { do: 'kill', at: clock(5, 0), forMs: 30 * SECOND, how: 'kill', resetAt: null },
      ],
    },
  );
  await checkNight(killed, ({ ledger }) => assert.equal(ledger.parts, 4));
});

test('two boards, their modes changed on schedule, do not get mixed up', async () => {
  const boards: readonly BoardScript[] = [
    { mode: 'web-server', leak: 0, events: [{ do: 'reset', at: clock(2, 13), kind: 'exception', place: 0 }] },
    { mode: 'mqtt-client', leak: 40, events: [{ do: 'reset', at: clock(2, 14), kind: 'hardware-watchdog', place: 0 }] },
  ];
  await checkNight(night({}, { boards, cycleModesMs: 50 * MINUTE }), ({ ledger }) => {
    for (const { resets } of ledger.boards) {
      assert.ok(resets.filter(({ commanded }) => commanded).length >= 8);
    }
  });
});
