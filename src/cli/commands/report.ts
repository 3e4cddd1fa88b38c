import { EspwatchError } from '../../errors.js';
import { compareRuns } from '../../soak/compare.js';
import { jsonReport } from '../../soak/report/json.js';
import { terminalReport } from '../../soak/report/terminal.js';
import { verdictInWords } from '../../soak/report/words.js';
import { EXIT } from '../exit.js';
import type { Context } from '../program.js';
import { loadRun, type ReportFiles, reportInput, type SymbolOptions, writeReports } from '../soak-report.js';

export interface ReportOptions extends ReportFiles, SymbolOptions {
  /** One run, or two to compare. */
  readonly folders: readonly string[];
}

/**
 * `espwatch report DIR`, `espwatch report A B`. Its exit code is 8 when a
 * threshold does not hold, the run was not finished, or B is worse than A.
 */
export async function report(context: Context, options: ReportOptions): Promise<number> {
  const [first, second, ...others] = options.folders;
  if (first === undefined || others.length > 0) {
    throw new EspwatchError('USAGE', 'Name one run, or two to compare.', 'Such as: espwatch report soak-2026-11-23');
  }
  if (second !== undefined) {
    if (options.html === undefined && options.junit === undefined && options.md === undefined) {
      return await compare(context, first, second);
    }
    throw new EspwatchError('USAGE', 'Files are written for one run only.', 'Use --json for a comparison.');
  }
  const { output } = context;
  const run = await loadRun(first);
  for (const { file, kind } of run.damage) output.note(`Damaged, read as far as it goes: ${file} (${kind}).`);
  const input = await reportInput(first, run, options, context);
  output.result(jsonReport(input));
  output.print(terminalReport(input, (style, text) => output.style(style, text)));
  const written = await writeReports(input, options, output);
  if (verdictInWords(input.verdict, run.ledger) !== 'passed') return EXIT.soak;
  return written ? EXIT.ok : EXIT.usage;
}

async function compare({ output }: Context, a: string, b: string): Promise<number> {
  const comparison = compareRuns((await loadRun(a)).ledger, (await loadRun(b)).ledger);
  output.result({ schema: 'espwatch.soak-comparison/1', a, b, ...comparison });
  output.print(output.style('bold', `${b} against ${a}: ${comparison.overall.replaceAll('-', ' ')}`));
  const { resets, heap, probes, crashes } = comparison;
  for (const { text } of [comparison, resets, ...heap, probes, ...crashes]) output.print(text);
  return comparison.overall === 'worse' ? EXIT.soak : EXIT.ok;
}
