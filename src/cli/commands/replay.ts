import { stat } from 'node:fs/promises';
import { eventText } from '../../board/event-text.js';
import type { BoardEvent, BoardFact } from '../../board/events.js';
import { type BoardState, initialState, reduce } from '../../board/state.js';
import { modeInWords } from '../../board/wording.js';
import { realClock, wait } from '../../clock.js';
import { EspwatchError } from '../../errors.js';
import { readCapture } from '../../journal/read-capture.js';
import { readEntries } from '../../journal/read-entries.js';
import { type CaptureRecord, readCaptureFile } from '../../session/capture-file.js';
import { Interpreter } from '../../session/interpreter.js';
import { lineText } from '../../session/line-text.js';
import { LedgerFold } from '../../soak/ledger.js';
import { type ReplayTally, replayRun } from '../../soak/replay.js';
import { jsonReport } from '../../soak/report/json.js';
import { terminalReport } from '../../soak/report/terminal.js';
import { count } from '../../soak/report/words.js';
import { timeOfDay } from '../../units.js';
import { EXIT } from '../exit.js';
import type { Output } from '../output.js';
import type { Context } from '../program.js';
import { loadRun, reportInput } from '../soak-report.js';

export interface ReplayOptions {
  /** A capture, any saved log, or the folder of a soak. */
  readonly path: string;
  /** The sketch's speed in baud. */
  readonly baud: number;
  /** So many times as fast as it was; undefined: as fast as it goes. */
  readonly speed?: number;
}

/** `espwatch replay`: what was captured once more through the parsers of today. */
export async function replay(context: Context, options: ReplayOptions): Promise<number> {
  const facts = await stat(options.path).catch(() => null);
  return facts?.isDirectory() === true ? await replayFolder(context, options) : await replayFile(context, options);
}

/** A soak: its ledger from the bytes, held against the one of the journal. */
async function replayFolder(context: Context, { path }: ReplayOptions): Promise<number> {
  const { output, signal } = context;
  const { record, ledger: lived } = await loadRun(path);
  if (record === null) {
    throw new EspwatchError('JOURNAL_MISSING', `The plan in ${path} can't be read.`, 'Use espwatch report.');
  }
  const tally: ReplayTally = { alike: 0, different: 0, notInCapture: 0 };
  const fold = new LedgerFold();
  const source = {
    entries: () => readEntries(path),
    capture: (board: number) => readCapture(path, board),
    baud: record.plan.baud,
  };
  let folded = 0;
  for await (const entry of replayRun(source, tally)) {
    fold.push(entry);
    folded += 1;
    if (folded % 10_000 === 0) output.progress(`${folded} entries`);
    signal.throwIfAborted();
  }
  const ledger = fold.ledger();
  const same = JSON.stringify(ledger) === JSON.stringify(lived);
  const input = await reportInput(path, { record, ledger }, {}, context);
  output.result({ schema: 'espwatch.replay/1', path, same, tally, report: jsonReport(input) });
  output.print(terminalReport(input, (style, text) => output.style(style, text)));
  const { alike, different, notInCapture } = tally;
  const lost = notInCapture === 0 ? '' : `, ${notInCapture} whose bytes are not in the capture`;
  output.note(`Read anew from the bytes: ${alike} events as in the journal, ${different} otherwise${lost}.`);
  if (same) {
    output.note('The ledger is that of the live run.');
    return EXIT.ok;
  }
  throw new EspwatchError(
    'REPLAY_DIFFERS',
    'The ledger from the bytes is not that of the live run.',
    'The parsers have changed since, or files of the run are damaged: compare it with espwatch report.',
  );
}

/** A capture or a log: its lines with what they mean between them. */
async function replayFile({ output, signal }: Context, { path, baud, speed }: ReplayOptions): Promise<number> {
  let state: BoardState = initialState;
  const interpreter = new Interpreter(baud, {
    onLine: (line) => {
      const { text, tone } = lineText(line);
      output.print(`${stamp(output, line.t)}${tone === 'plain' ? text : output.style('dim', text)}`);
    },
    onFact: (fact: BoardFact, t) => {
      const event: BoardEvent = { ...fact, seq: state.seq + 1, t, source: 'serial' };
      state = reduce(state, event);
      output.record(event);
      const meaning = eventText(event, state);
      if (meaning !== null) output.print(`${' '.repeat(13)}${output.style(meaning.style, `── ${meaning.text}`)}`);
    },
  });
  let last: CaptureRecord | null = null;
  for await (const record of readCaptureFile(path, baud)) {
    signal.throwIfAborted();
    const passed = last === null ? 0 : record.t - last.t;
    if (speed !== undefined && passed > 0) await wait(realClock, passed / speed, signal);
    last = record;
    if (!('do' in record)) interpreter.push(record);
    else if (record.do === 'flush') interpreter.flush(record.t);
    else interpreter.flushLines(record.t);
  }
  interpreter.flush(last?.t ?? 0);
  const { mode, resets, crashes } = state;
  output.record({ type: 'result', schema: 'espwatch.replay-file/1', path, mode, resets, crashes: crashes.total });
  const total = count(resets.own + resets.commanded, 'reset');
  output.note(`${modeInWords(mode)}; ${total}, ${count(crashes.total, 'crash', 'crashes')}`);
  return EXIT.ok;
}

/** Nothing for a log that has no times. */
function stamp(output: Output, t: number): string {
  return t === 0 ? '' : `${output.style('dim', timeOfDay(t))} `;
}
