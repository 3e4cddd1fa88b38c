import { durationText } from '../units.js';
import type { SoakPlan } from './plan.js';

/** What `run.json` says: no secrets in it. */
export interface RunRecord {
  readonly schema: 'espwatch.soak-run/1';
  /** Version of espwatch that began the run. */
  readonly version: string;
  /** Wall clock, ISO 8601. */
  readonly started: string;
  readonly plan: SoakPlan;
}

/** Null for anything that is no such record; a run without it still has its journal and captures. */
export function parseRunRecord(value: unknown): RunRecord | null {
  if (typeof value !== 'object' || value === null) return null;
  const { schema, version, started, plan } = value as Partial<RunRecord>;
  const right =
    schema === 'espwatch.soak-run/1' &&
    typeof version === 'string' &&
    typeof started === 'string' &&
    typeof plan === 'object' &&
    plan?.schema === 'espwatch.soak-plan/1' &&
    Array.isArray(plan.ports) &&
    typeof plan.durationMs === 'number' &&
    typeof plan.baud === 'number' &&
    typeof plan.thresholds === 'object' &&
    plan.thresholds !== null;
  return right ? (value as RunRecord) : null;
}

/** What was asked for, one short line each. */
export function planLines(plan: SoakPlan): readonly string[] {
  const every = (ms: number | null): string => (ms === null ? 'no' : `every ${durationText(ms)}`);
  return [
    `${durationText(plan.durationMs)} on ${plan.ports.length === 1 ? '1 board' : `${plan.ports.length} boards`}`,
    `probes: ${every(plan.probeEveryMs)}`,
    `changes of mode: ${every(plan.cycleModesMs)}`,
    ...(plan.targetMtbfHours === null ? [] : [`wanted: one reset in ${plan.targetMtbfHours} h at most`]),
  ];
}
