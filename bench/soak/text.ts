import { columns } from '../support/figures.js';
import type { Comparison } from './compare.js';
import { cpuPercent, type Usage } from './usage.js';

/** A table of every entry, then the counts. @param began ms since 1970 */
export function comparisonText({ rows, counts }: Comparison, began: number): string {
  const minutes = (t: number): string => {
    const s = Math.max(0, Math.round((t - began) / 1000));
    return `${String(Math.floor(s / 60)).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
  };
  const body = rows
    .filter(({ judgement }) => judgement !== 'not-due')
    .map(({ board, t, expected, found, judgement }) => [
      judgement,
      board < 0 ? 'run' : `board ${board}`,
      minutes(t),
      expected,
      found,
    ]);
  const wide = body.map((row) => row.map((cell, i) => cell.padEnd(Math.max(...body.map((r) => r[i]?.length ?? 0)))));
  const { right, wrong, missing, extra } = counts;
  return [
    ...wide.map((row) => row.join('  ').trimEnd()),
    `right ${right}, missing ${missing}, extra ${extra}, wrong ${wrong}`,
  ].join('\n');
}

/** CPU and memory at the start, in the middle and at the end. */
export function usageText(usage: readonly Usage[]): string {
  const window = 30;
  const stretch = (name: string, from: number): readonly string[] => {
    const [first, last] = [usage[Math.max(0, from)], usage[Math.min(usage.length - 1, from + window)]];
    if (first === undefined || last === undefined) return [name, '-', '-', '-'];
    // A process that was started anew counts from zero.
    const cpu = last.cpuS >= first.cpuS ? `${cpuPercent(first, last).toFixed(1)} %` : '-';
    return [name, cpu, `${(last.rss / 2 ** 20).toFixed(1)} MiB`, `${(last.peakRss / 2 ** 20).toFixed(1)} MiB`];
  };
  return columns([
    ['soak process', 'CPU of one core', 'RSS at its end', 'peak RSS'],
    stretch('first 5 minutes', 0),
    stretch('middle 5 minutes', (usage.length - window) >> 1),
    stretch('last 5 minutes', usage.length - 1 - window),
  ]);
}
