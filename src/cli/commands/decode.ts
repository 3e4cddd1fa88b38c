import { createReadStream } from 'node:fs';
import { relative } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import type { BoardFact, CrashReport } from '../../board/events.js';
import { crashHint, crashInWords } from '../../board/wording.js';
import { BootLog } from '../../bootlog/bootlog.js';
import { EspwatchError, messageOf } from '../../errors.js';
import { printable } from '../../printable.js';
import { MonitorLines } from '../../serial/monitor-lines.js';
import { stateFolder } from '../../state-folder.js';
import { type Chosen, chooseSymbols } from '../../symbols/choose.js';
import { crashLines, type DecodedCrash, decodeCrash, lookUps } from '../../symbols/crash.js';
import { type Judgement, judgeFit, stacksOf } from '../../symbols/judge.js';
import { PastedLog } from '../../symbols/pasted-log.js';
import { EXIT, errorJson, exitCodeOf } from '../exit.js';
import type { Context } from '../program.js';

export interface DecodeOptions {
  /** A saved log; `-` for stdin. */
  readonly file: string;
  readonly elf?: string;
  /** The .bin that was flashed: proves the ELF, or finds it among those that are remembered. */
  readonly image?: string;
}

/** Crashes that are the same in every address are one, with the lines where they begin. */
interface Found {
  readonly report: CrashReport;
  readonly lines: number[];
  count: number;
}

interface Log {
  readonly crashes: readonly Found[];
  /** Different crashes beyond those kept. */
  readonly dropped: number;
  readonly mac: string | null;
}

const CRASHES_MOST = 200;
const LINES_MOST = 100;
const LINE_BYTES_MOST = 64 << 10;
const MEMORY_BAUD = 115200;

/** `espwatch decode`: the crashes in a saved log, with functions, files and lines. */
export async function decode({ output, signal }: Context, options: DecodeOptions): Promise<number> {
  const log = await readLog(options.file, signal);
  const name = options.file === '-' ? 'stdin' : options.file;
  if (log.crashes.length === 0) {
    throw new EspwatchError(
      'SYMBOLS_NO_CRASH',
      `There is no crash report in ${name}.`,
      'Save the log from above "Exception" down to "<<<stack<<<".',
    );
  }
  const reports = log.crashes.map(({ report }) => report);
  const { elf, image } = options;
  const folder = stateFolder();
  const chosen = await chooseSymbols({
    folder,
    mac: log.mac,
    reports,
    signal,
    ...(elf === undefined ? {} : { elf }),
    ...(image === undefined ? {} : { image }),
  });
  // All at once: a run of addr2line takes its time to read the ELF.
  if (chosen !== null) await chosen.symbols.resolve(reports.flatMap((report) => lookUps(report, chosen.symbols.code)));
  const results: Result[] = [];
  for (const found of log.crashes) results.push(await work(found, chosen));
  const misfits = results.filter(({ judgement }) => judgement?.fit === 'impossible');
  const error = misfits.length > 0 && chosen !== null ? mismatch(chosen.symbols.file, misfits) : null;
  output.result({
    schema: 'espwatch.decode/1',
    file: name,
    passed: error === null,
    symbols: chosen === null ? null : symbolsJson(chosen),
    crashes: results.map(({ found, judgement, decoded }) => ({
      ...found,
      title: crashInWords(found.report),
      fit: judgement?.fit ?? null,
      reasons: judgement?.reasons ?? [],
      decoded,
    })),
    dropped: log.dropped,
    ...(error === null ? {} : { error: errorJson(error) }),
  });
  for (const { found, judgement, decoded } of results) {
    const often = found.count === 1 ? '' : `, ${found.count} times`;
    output.print(output.style('bold', `${printable(crashInWords(found.report))} (line ${found.lines[0]}${often})`));
    const hint = crashHint(found.report);
    if (hint !== null) output.print(`  ${hint}`);
    const lines = decoded === null ? bareLines(found.report) : crashLines(decoded);
    for (const line of lines) output.print(`  ${line}`);
    for (const line of judgementLines(judgement)) output.print(`  ${output.style('yellow', line)}`);
  }
  if (log.dropped > 0) output.note(`${log.dropped} further crashes with other addresses are left out.`);
  if (chosen === null) {
    output.note('Functions and lines need the ELF of the firmware: give it with --elf FILE.');
    return EXIT.ok;
  }
  output.note(`Symbols: ${relative('', chosen.symbols.file)}. ${chosen.why}`);
  if (chosen.symbols.shortcoming !== null) output.note(printable(chosen.symbols.shortcoming));
  if (error === null) return EXIT.ok;
  output.note(`${output.style('red', 'error', 'err')} ${error.code}: ${printable(error.message)}`);
  output.note(`      ${error.hint}`);
  return exitCodeOf(error);
}

interface Result {
  readonly found: Found;
  readonly judgement: Judgement | null;
  /** Null without symbols, and for symbols that cannot be the right ones. */
  readonly decoded: DecodedCrash | null;
}

async function work(found: Found, chosen: Chosen | null): Promise<Result> {
  if (chosen === null) return { found, judgement: null, decoded: null };
  const judgement = judgeFit(found.report, chosen.symbols);
  const decoded = judgement.fit === 'impossible' ? null : await decodeCrash(found.report, chosen.symbols);
  return { found, judgement, decoded };
}

function judgementLines(judgement: Judgement | null): readonly string[] {
  if (judgement === null || judgement.fit === 'fits') return [];
  const what = {
    doubtful: 'These symbols fit badly',
    impossible: 'Not decoded, for these symbols are of another firmware',
    unknown: 'Whether these symbols fit is not known',
  }[judgement.fit];
  return [`${what}: ${judgement.reasons.join(' ')}`];
}

function mismatch(file: string, misfits: readonly Result[]): EspwatchError {
  const reason = misfits[0]?.judgement?.reasons.join(' ') ?? '';
  return new EspwatchError(
    'SYMBOLS_MISMATCH',
    `${relative('', file)} is not the firmware that crashed: ${reason}`,
    'Give the ELF of the build that was flashed.',
  );
}

function symbolsJson({ symbols, standing, why }: Chosen): Record<string, unknown> {
  const { file, sha256, code, tool, shortcoming } = symbols;
  return { file, sha256, format: code.format, tool, shortcoming, standing, why };
}

/** Addresses as they are, for want of symbols. */
function bareLines(report: CrashReport): readonly string[] {
  const words = stacksOf(report).flatMap((stack) => stack.words.filter(looksLikeCode));
  const shown = words.map((word) => `0x${word.toString(16).padStart(8, '0')}`);
  return shown.length === 0 ? [] : [`code addresses on the stack: ${shown.join(' ')}`];
}

/** IRAM, or the flash as it is mapped. */
function looksLikeCode(word: number): boolean {
  return (word >= 0x40100000 && word < 0x40110000) || (word >= 0x40201000 && word < 0x40300000);
}

/** Reads a log to its end. Throws SYMBOLS_LOG. */
async function readLog(file: string, signal: AbortSignal): Promise<Log> {
  const reader = new LogReader();
  const stream: Readable = file === '-' ? process.stdin : createReadStream(file);
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let pending = '';
  try {
    for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(encodingOf(chunk));
      const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
      pending = (lines.pop() ?? '').slice(0, LINE_BYTES_MOST);
      for (const line of lines) reader.push(line);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new EspwatchError('SYMBOLS_LOG', `${file} can't be read: ${messageOf(cause)}.`, 'Check the path.', { cause });
  }
  reader.push(pending);
  return reader.end();
}

/** Windows saves the output of a pipe as UTF-16. */
function encodingOf(head: Uint8Array): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/** The way of a board's bytes, for a log that people have handled. */
class LogReader {
  readonly #log = new PastedLog();
  readonly #lines = new MonitorLines();
  readonly #boot = new BootLog();
  readonly #found = new Map<string, Found>();
  #dropped = 0;
  #mac: string | null = null;
  /** Where the report that is being read begins. */
  #start: number | null = null;

  push(raw: string): void {
    for (const { line, text, report } of this.#log.push(raw)) {
      if (report) this.#start ??= line;
      const bytes = Buffer.from(`${text}\n`);
      for (const cut of this.#lines.push({ t: line, baud: MEMORY_BAUD, bytes })) this.#take(this.#boot.push(cut), line);
      // A cause that ends the report before it begins one of its own; CUT HERE only ends it.
      if (report && !text.startsWith('---')) this.#start ??= line;
    }
  }

  end(): Log {
    for (const cut of this.#lines.flush()) this.#take(this.#boot.push(cut), cut.t);
    this.#take(this.#boot.flush(), this.#start ?? 0);
    return { crashes: [...this.#found.values()], dropped: this.#dropped, mac: this.#mac };
  }

  #take(facts: readonly BoardFact[], line: number): void {
    for (const fact of facts) {
      if (fact.type === 'mac') this.#mac = fact.mac;
      if (fact.type !== 'crash') continue;
      if (isCrash(fact.report)) this.#add(fact.report, this.#start ?? line);
      this.#start = null;
    }
  }

  #add(report: CrashReport, line: number): void {
    const words = stacksOf(report).map((stack) => stack.words.filter(looksLikeCode));
    const key = JSON.stringify([report.kind, report.exception, report.registers, report.detail, words]);
    const known = this.#found.get(key);
    if (known !== undefined) {
      known.count += 1;
      if (known.lines.length < LINES_MOST) known.lines.push(line);
    } else if (this.#found.size < CRASHES_MOST) this.#found.set(key, { report, lines: [line], count: 1 });
    else this.#dropped += 1;
  }
}

/** Not somebody's mention of an exception, nor a dump of memory. */
function isCrash(report: CrashReport): boolean {
  const words = stacksOf(report)
    .flatMap((stack) => stack.words)
    .filter(looksLikeCode);
  if (report.kind === 'generic') return words.length >= 2;
  return report.registers !== null || stacksOf(report).length > 0 || !report.kind.endsWith('exception');
}
