/** The whole report as one JSON value, for programs; `docs/schemas/soak-report.schema.json` describes it. */

import { withoutSecrets } from '../../secrets.js';
import type { Ledger, SoakVerdict } from '../ledger-types.js';
import type { ReportInput } from './input.js';
import { wallClock } from './wall-clock.js';

export interface SoakReportJson {
  readonly schema: 'espwatch.soak/1';
  readonly title: string;
  readonly run: ReportInput['run'] & { readonly timeZone: string };
  readonly verdict: SoakVerdict;
  readonly ledger: Ledger;
  /** Source lines by crash signature; null when no ELF was at hand. */
  readonly frames: Readonly<Record<string, readonly string[]>> | null;
}

/** Text is kept as it came, but for secrets in it; a number that JSON has not (a rate without upper bound) is null. */
export function jsonReport(input: ReportInput): SoakReportJson {
  const { ledger, verdict, title, run } = input;
  const report: SoakReportJson = {
    schema: 'espwatch.soak/1',
    title,
    run: { ...run, timeZone: wallClock(input.timeZone, ledger.from, ledger.to).name },
    verdict,
    ledger,
    frames: input.frames === null ? null : Object.fromEntries(input.frames),
  };
  return plain(report) as SoakReportJson;
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [withoutSecrets(key), plain(inner)]));
}
