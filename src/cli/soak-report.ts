import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';
import type { Damage } from '../journal/damage.js';
import { readEntries } from '../journal/read-entries.js';
import { readRun } from '../journal/recover.js';
import { printable } from '../printable.js';
import { LedgerFold } from '../soak/ledger.js';
import type { Ledger } from '../soak/ledger-types.js';
import { loadReportAssets } from '../soak/report/assets.js';
import { htmlReport } from '../soak/report/html.js';
import type { ReportInput } from '../soak/report/input.js';
import { junitReport } from '../soak/report/junit.js';
import { markdownReport } from '../soak/report/markdown.js';
import { parseRunRecord, planLines, type RunRecord } from '../soak/run-record.js';
import { DEFAULT_THRESHOLDS, judge } from '../soak/verdict.js';
import { stateFolder } from '../state-folder.js';
import { believedLines } from '../symbols/believed.js';
import { chooseSymbols } from '../symbols/choose.js';
import type { Output } from './output.js';

export interface ReportFiles {
  readonly html?: string;
  readonly junit?: string;
  readonly md?: string;
}

export interface SymbolOptions {
  readonly elf?: string;
  /** False: crashes stay without source lines. */
  readonly symbols?: false;
}

/** A run as its folder tells it. */
export interface StoredRun {
  /** Null when `run.json` can't be read. */
  readonly record: RunRecord | null;
  readonly ledger: Ledger;
  readonly damage: readonly Damage[];
}

export const VERSION = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** Throws JOURNAL_MISSING. */
export async function loadRun(folder: string): Promise<StoredRun> {
  const damage: Damage[] = [];
  const found = await readRun(folder);
  const fold = new LedgerFold();
  let entries = 0;
  try {
    for await (const entry of readEntries(folder, { onDamage: (one) => damage.push(one) })) {
      fold.push(entry);
      entries += 1;
    }
  } catch (error) {
    throw missing(folder, error);
  }
  const record = parseRunRecord(found.run);
  if (record === null && entries === 0) throw missing(folder, null);
  return { record, ledger: fold.ledger(), damage: [...found.damage, ...damage] };
}

/** All that a report says of a run. */
export async function reportInput(
  folder: string,
  { record, ledger }: Pick<StoredRun, 'record' | 'ledger'>,
  options: SymbolOptions,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<ReportInput> {
  const targetMtbfHours = record?.plan.targetMtbfHours ?? null;
  const probesWanted = (record?.plan.probeEveryMs ?? null) !== null;
  return {
    ledger,
    verdict: judge(ledger, record?.plan.thresholds ?? DEFAULT_THRESHOLDS, { targetMtbfHours, probesWanted }),
    title: `Soak of ${ledger.boards.map(({ name }) => printable(name, 60)).join(', ') || folder}`,
    run: {
      started: record?.started ?? new Date(ledger.from).toISOString(),
      plan: record === null ? ['run.json could not be read: thresholds are the defaults'] : planLines(record.plan),
      version: record?.version ?? VERSION,
    },
    frames: await framesOf(ledger, options, output, signal),
  };
}

/** Source lines for each crash group; null when there are no symbols that may be used. */
async function framesOf(
  ledger: Ledger,
  { elf, symbols }: SymbolOptions,
  output: Output,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]> | null> {
  const frames = new Map<string, readonly string[]>();
  for (const board of ledger.boards) {
    if (board.crashGroups.length === 0 || symbols === false) continue;
    const reports = board.crashGroups.map(({ example }) => example);
    try {
      const folder = stateFolder();
      const chosen = await chooseSymbols({
        folder,
        mac: board.mac,
        reports,
        signal,
        ...(elf === undefined ? {} : { elf }),
      });
      if (chosen === null) continue;
      for (const { signature, example } of board.crashGroups) {
        frames.set(signature, await believedLines(example, chosen));
      }
    } catch (error) {
      if (!isEspwatchError(error) || error.code === 'ABORTED' || elf !== undefined) throw error;
      output.note(printable(`Crashes stay without source lines: ${error.message}`));
    }
  }
  return frames.size === 0 ? null : frames;
}

/** Writes the files that were asked for, and says where, also which could not be written; false if there is one. */
export async function writeReports(input: ReportInput, files: ReportFiles, output: Output): Promise<boolean> {
  let written = true;
  const wanted: readonly (readonly [string | undefined, () => string])[] = [
    [files.html, () => htmlReport(input, loadReportAssets())],
    [files.junit, () => junitReport(input)],
    [files.md, () => markdownReport(input)],
  ];
  for (const [file, text] of wanted) {
    if (file === undefined) continue;
    try {
      await writeFile(file, text());
      output.note(`Written: ${file}`);
    } catch (error) {
      output.note(printable(`${file} can't be written: ${messageOf(error)}. Name a file elsewhere.`, 400));
      written = false;
    }
  }
  return written;
}

function missing(folder: string, cause: unknown): EspwatchError {
  return new EspwatchError('JOURNAL_MISSING', `There is no run in ${folder}.`, 'Name the folder of a soak.', { cause });
}
