import { readFile } from 'node:fs/promises';
import { EspwatchError, messageOf } from '../errors.js';
import type { Thresholds } from '../soak/ledger-types.js';
import type { SoakPlan } from '../soak/plan.js';
import { durationOf, type PlanFile, parsePlanFile } from '../soak/plan-file.js';
import { DEFAULT_THRESHOLDS } from '../soak/verdict.js';

/** The plan as options give it; each of them goes before the plan file. */
export interface PlanOptions {
  readonly port: readonly string[];
  readonly baud?: number;
  readonly plan?: string;
  readonly for?: string;
  readonly probeEvery?: string;
  readonly cycleModes?: string;
  readonly silence?: string;
  readonly maxResets?: number;
  /** Percent. */
  readonly maxProbeFailures?: number;
  readonly maxHeapLoss?: number;
  readonly minHeap?: number;
  readonly targetMtbf?: string;
}

const HOUR_MS = 3_600_000;
const DEFAULTS = { baud: 115_200, for: '8h', probeEvery: '60s', cycleModes: 'none', targetMtbf: 'none' } as const;
/** Node's timers end at 2^31 ms. */
const LONGEST_MS = 2_000_000_000;

/** Throws USAGE. `ports` are what is watched when neither option nor file names any. */
export async function soakPlan(options: PlanOptions, ports: () => Promise<readonly string[]>): Promise<SoakPlan> {
  const file = options.plan === undefined ? {} : await planFile(options.plan);
  const time = (name: 'for' | 'probeEvery' | 'cycleModes' | 'targetMtbf', flag: string): number | null =>
    durationOf(flag, options[name] ?? file[name] ?? DEFAULTS[name]);
  const durationMs = time('for', '--for');
  if (durationMs === null || durationMs > LONGEST_MS) throw usage('--for takes a time of 23 days at most.');
  const mtbf = time('targetMtbf', '--target-mtbf');
  const named = options.port.length > 0 ? options.port : file.ports;
  return {
    schema: 'espwatch.soak-plan/1',
    ports: named ?? (await ports()),
    baud: options.baud ?? file.baud ?? DEFAULTS.baud,
    durationMs,
    probeEveryMs: time('probeEvery', '--probe-every'),
    cycleModesMs: time('cycleModes', '--cycle-modes'),
    // Who names a limit for silence means it for every board.
    telemetry: file.telemetry ?? ((options.silence ?? file.thresholds?.silence) === undefined ? 'auto' : 'expected'),
    thresholds: thresholds(options, file.thresholds ?? {}),
    targetMtbfHours: mtbf === null ? null : mtbf / HOUR_MS,
  };
}

function thresholds(options: PlanOptions, file: NonNullable<PlanFile['thresholds']>): Thresholds {
  const silence = options.silence ?? file.silence;
  const share = options.maxProbeFailures === undefined ? file.probeFailures : options.maxProbeFailures / 100;
  return {
    resets: options.maxResets ?? file.resets ?? DEFAULT_THRESHOLDS.resets,
    silenceMs: silence === undefined ? DEFAULT_THRESHOLDS.silenceMs : durationOf('--silence', silence),
    probeFailures: share ?? DEFAULT_THRESHOLDS.probeFailures,
    heapLossPerHour: options.maxHeapLoss ?? orDefault(file.heapLossPerHour, DEFAULT_THRESHOLDS.heapLossPerHour),
    minFreeHeap: options.minHeap ?? orDefault(file.minFreeHeap, DEFAULT_THRESHOLDS.minFreeHeap),
    contradictions: file.contradictions ?? DEFAULT_THRESHOLDS.contradictions,
  };
}

/** Null in the file means that it is not asked for. */
function orDefault(given: number | null | undefined, otherwise: number | null): number | null {
  return given === undefined ? otherwise : given;
}

async function planFile(path: string): Promise<PlanFile> {
  try {
    return parsePlanFile(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof EspwatchError) throw error;
    throw usage(`The plan can't be read: ${messageOf(error)}.`);
  }
}

function usage(message: string): EspwatchError {
  return new EspwatchError('USAGE', message, 'See "espwatch help soak".');
}
