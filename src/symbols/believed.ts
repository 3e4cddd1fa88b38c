import { basename } from 'node:path';
import type { CrashReport } from '../board/events.js';
import type { Chosen } from './choose.js';
import { describeCrash } from './crash.js';
import { judgeFit } from './judge.js';

/**
 * `describeCrash`, with what speaks against these symbols before it: a crash that cannot be of this firmware is not
 * decoded, whoever named the file or flashed it last. Throws ABORTED.
 */
export async function believedLines(
  report: CrashReport,
  { symbols, standing, why }: Chosen,
): Promise<readonly string[]> {
  const { fit, reasons } = judgeFit(report, symbols);
  const said = reasons.join(' ');
  if (fit === 'impossible') {
    return [`Not decoded: ${basename(symbols.file)} is not the firmware that crashed. ${said}`];
  }
  const doubts = [
    ...(standing === 'unproven' ? [why] : []),
    ...(fit === 'doubtful' ? [`These symbols fit badly: ${said}`] : []),
  ];
  return [...doubts, ...(await describeCrash(report, symbols))];
}
