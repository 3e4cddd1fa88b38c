import type { Thresholds } from './ledger-types.js';

/** What a soak is to do, as it is kept in `run.json`: no secrets in it. */
export interface SoakPlan {
  readonly schema: 'espwatch.soak-plan/1';
  /** As the user named them; a board's place is its number in journal and capture. */
  readonly ports: readonly string[];
  /** The sketch's speed in baud. */
  readonly baud: number;
  /** Watched time, ms. */
  readonly durationMs: number;
  /** Between two probes, ms, with a tenth of jitter; null = none. */
  readonly probeEveryMs: number | null;
  /** Between two commanded changes of mode, ms; null = none. */
  readonly cycleModesMs: number | null;
  /** `auto`: a board that printed telemetry must go on doing so. */
  readonly telemetry: 'auto' | 'expected' | 'none';
  readonly thresholds: Thresholds;
  /** Mean hours between failures that the user wants to see shown; null = none. */
  readonly targetMtbfHours: number | null;
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `8h`, `1h30m`, `45s`, `2d`, or a bare number of seconds, in ms; null for anything else. */
export function parseDuration(text: string): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  let ms = 0;
  for (const [, number = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    ms += Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return Math.round(ms);
}
