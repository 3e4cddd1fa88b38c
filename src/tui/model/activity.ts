import type { Activity, Outcome } from '../../session/desk-types.js';
import { bytesText, durationText } from '../../units.js';
import { shown } from '../text.js';

type FlashActivity = Extract<Activity, { kind: 'flash' }>;

const PHASES: Readonly<Record<NonNullable<FlashActivity['progress']>['phase'], string>> = {
  connect: 'connecting to the ROM loader',
  stub: 'loading the stub',
  write: 'writing',
  verify: 'verifying',
  boot: 'waiting for the proof of boot',
};

const KINDS: Readonly<Record<Activity['kind'], string>> = {
  flash: 'flashing',
  detect: 'detecting',
  reset: 'resetting',
  bootloader: 'entering the bootloader',
  switch: 'switching',
  request: 'asking',
  soak: 'under',
};

export interface FlashRow {
  readonly what: string;
  readonly phase: string;
  /** 0 to 1 of the phase; null while it has no measure. */
  readonly fraction: number | null;
  /** `43 % · 61.2 kB/s · 3.0 s left`; empty while nothing is known. */
  readonly figures: string;
}

export function flashRow(activity: FlashActivity): FlashRow {
  const { progress, leftMs } = activity;
  const what = shown(activity.what);
  if (progress === null) return { what, phase: 'preparing', fraction: null, figures: '' };
  const measured = (progress.phase === 'write' || progress.phase === 'verify') && progress.total > 0;
  const fraction = measured ? Math.min(1, progress.done / progress.total) : null;
  const figures = [
    fraction === null ? null : `${Math.floor(fraction * 100)} %`,
    measured && progress.phase === 'write' && progress.bytesPerSecond > 0
      ? `${bytesText(Math.round(progress.bytesPerSecond))}/s`
      : null,
    leftMs === null ? null : `${durationText(leftMs)} left`,
  ].filter((figure) => figure !== null);
  return { what, phase: PHASES[progress.phase], fraction, figures: figures.join(' · ') };
}

/** For a row among others: `flashing, writing 43 %`. */
export function activityText(activity: Activity): string {
  if (activity.kind !== 'flash') return `${KINDS[activity.kind]} ${shown(activity.what)}`.trimEnd();
  const { phase, fraction } = flashRow(activity);
  return `flashing, ${phase}${fraction === null ? '' : ` ${Math.floor(fraction * 100)} %`}`;
}

/** Before a board that was just opened counts as not saying anything. */
export const PATIENCE_MS = 10_000;

const DONE_MS = 60_000;
const FAILED_MS = 600_000;

/** Whether an outcome is still news; what failed stays longer. */
export function isFresh(outcome: Outcome, now: number): boolean {
  return now - outcome.t < (outcome.ok ? DONE_MS : FAILED_MS);
}
