/** The verdict over the night of `sample-soak.ts`. */
import type { Finding, SoakVerdict } from '../../src/soak/ledger-types.js';

function findings(): Finding[] {
  const fine = (board: string): Finding[] => [
    {
      board,
      threshold: 'silenceMs',
      passed: board !== 'attic',
      text: `Longest silence ${board === 'attic' ? '4 m 40 s' : '22 s'}, 2 m 0 s allowed.`,
    },
    {
      board,
      threshold: 'probeFailures',
      passed: true,
      text: `${board === 'balcony' ? '1.5' : '0'} % of the probes failed, 2 % allowed.`,
    },
    { board, threshold: 'contradictions', passed: true, text: 'No contradiction, none allowed.' },
    {
      board,
      threshold: 'minFreeHeap',
      passed: board !== 'cellar',
      text: `Least free heap ${board === 'cellar' ? '5.1' : '41.5'} kB, 10.0 kB asked for.`,
    },
    {
      board,
      threshold: 'heapLossPerHour',
      passed: board !== 'cellar',
      text:
        board === 'cellar'
          ? 'Free heap falls by 5400 B/h, 200 B/h allowed.'
          : 'Free heap does not fall, 200 B/h allowed.',
    },
  ];
  const resets: Readonly<Record<string, number>> = { 'living room': 0, balcony: 4, cellar: 2, attic: 1 };
  return Object.entries(resets).flatMap(([board, n]) => [
    {
      board,
      threshold: 'resets' as const,
      passed: n === 0,
      text: `${n} uncommanded ${n === 1 ? 'reset' : 'resets'}, 0 allowed.`,
    },
    ...fine(board),
  ]);
}

export const VERDICT: SoakVerdict = {
  passed: false,
  findings: findings(),
  rate: { events: 7, hours: 31.667, perHour: 0.221, low: 0.0889, high: 0.4554, confidence: 0.95 },
  proves: 'With 95 % confidence the boards reset between once in 2.2 hours and once in 11.3 hours.',
  hoursForTarget: 503.3,
  heap: [
    {
      board: 'living room',
      trend: { slope: 1.2, low: -6.1, high: 8.4, confidence: 0.95, exhaustedInMs: null, samples: 1500 },
    },
    {
      board: 'balcony',
      trend: { slope: -0.4, low: -7.7, high: 6.9, confidence: 0.95, exhaustedInMs: null, samples: 1500 },
    },
    {
      board: 'cellar',
      trend: { slope: -5400, low: -5480, high: -5310, confidence: 0.95, exhaustedInMs: 6.1 * 3_600_000, samples: 1437 },
    },
    { board: 'attic', trend: null },
  ],
};
