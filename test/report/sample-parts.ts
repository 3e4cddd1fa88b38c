/** Parts of the night of `sample-soak.ts`: its times, its values, and what a reset looks like. */
import type { CrashReport } from '../../src/board/events.js';
import type { ResetEntry, Series } from '../../src/soak/ledger-types.js';

/** 12 March 2024, 22:00 in Berlin. */
export const EVENING = Date.UTC(2024, 2, 12, 21, 0, 0);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const MORNING = EVENING + 8 * HOUR;

/** Time of that night, `at(2, 13)` is 02:13. */
export function at(hour: number, minute: number, second = 0): number {
  return EVENING + ((hour + 2) % 24) * HOUR + minute * MINUTE + second * 1000;
}

export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A value every 19 s, except where `seen` says that nobody looked. */
export function series(seen: (t: number) => boolean, value: (t: number) => number): Series {
  const t = Array.from({ length: 1500 }, (_, i) => Math.round(EVENING + (i + 1) * 19_150)).filter(seen);
  return { t, v: t.map((time) => Math.round(value(time) * 10) / 10) };
}

const STACK = [0x402018d4, 0x3ffee5a0, 0x3ffffe30, 0x40201a10, 0, 0x3fffdad0, 0x3ffee610, 0x40201b8c];

export const NULL_POINTER: CrashReport = {
  kind: 'exception',
  exception: { number: 28, name: 'LoadProhibited' },
  registers: { epc1: 0x40201a2c, epc2: 0, epc3: 0, excvaddr: 4, depc: 0 },
  detail: null,
  stack: { context: 'cont', sp: 0x3ffffcd0, end: 0x3fffffd0, offset: 0x150, words: STACK },
  otherStacks: [],
  failedAlloc: null,
  complete: true,
};
export const OUT_OF_MEMORY: CrashReport = {
  ...NULL_POINTER,
  kind: 'out-of-memory',
  exception: null,
  registers: null,
  detail: 'Unhandled C++ exception: OOM',
  failedAlloc: { caller: 0x40203b1c, bytes: 2048 },
};

const BOOT_LINES = [
  ' ets Jan  8 2013,rst cause:2, boot mode:(3,6)',
  'load 0x4010f000, len 3424, room 16',
  'csum 0x2b',
  'ESP8266 Reset Reason: Exception',
  'ESP8266 IP: 192.168.0.134',
];

export function reset(number: number, t: number, rest: Partial<ResetEntry>): ResetEntry {
  return {
    number,
    t,
    cause: 'external',
    confidence: 1,
    commanded: false,
    uptimeMs: t - EVENING,
    evidence: ['ROM banner: rst cause 2, boot mode (3,6)'],
    crash: null,
    signature: null,
    loop: null,
    mode: 'web-server',
    before: [41_872, 41_864].map((heap, i) => ({ t: t - 4000 + i * 1900, text: `ESP8266 Free Heap: ${heap}` })),
    after: BOOT_LINES.map((text, i) => ({ t: t + 62 + i * 35, text })),
    ...rest,
  };
}
