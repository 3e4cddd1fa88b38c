import type { BoardEvent } from '../board/events.js';
import type { CaptureItem } from '../journal/capture-record.js';
import type { JournalEntry } from '../journal/entry.js';
import { entryLine } from '../journal/entry-text.js';
import { JournalFilter } from '../journal/filter.js';
import { Interpreter } from '../session/interpreter.js';

export interface ReplaySource {
  /** The run's journal; it is read twice. */
  entries(): AsyncIterable<JournalEntry>;
  capture(board: number): AsyncIterable<CaptureItem>;
  /** The sketch's speed in baud. */
  readonly baud: number;
}

export interface ReplayTally {
  /** Events of boards read anew from their bytes, and alike in the journal. */
  alike: number;
  /** In the journal otherwise than the bytes say. */
  different: number;
  /** In the journal, but their bytes are not in the capture: the disk was full, or it was cut off. */
  notInCapture: number;
}

type EventEntry = Extract<JournalEntry, { kind: 'event' }>;

/**
 * The run's entries once more, with everything that came from a board read anew from its bytes through the parsers of
 * today; what the tool did and saw comes from the journal. Folded, they give the ledger that the live run had.
 */
export async function* replayRun(source: ReplaySource, tally: ReplayTally): AsyncGenerator<JournalEntry> {
  const byTool = await toolEvents(source.entries());
  const boards = new Map<number, BoardReplay>();
  let part = -1;
  for await (const entry of source.entries()) {
    if (entry.kind === 'begin') {
      part += 1;
      for (const [number, { seq }] of entry.boards.entries()) {
        let board = boards.get(number);
        if (board === undefined) {
          board = new BoardReplay(source.capture(number), source.baud);
          boards.set(number, board);
        }
        await board.begin(seq, byTool.get(key(part, number)) ?? []);
      }
    }
    if (entry.kind !== 'event' || entry.event.source !== 'serial') {
      if (entry.kind === 'event') await boards.get(entry.board)?.next();
      yield entry;
      continue;
    }
    yield await readAnew(entry, boards.get(entry.board), tally);
  }
  await Promise.all([...boards.values()].map((board) => board.close()));
}

async function readAnew(entry: EventEntry, board: BoardReplay | undefined, tally: ReplayTally): Promise<JournalEntry> {
  const event = await board?.next();
  if (event === undefined) {
    tally.notInCapture += 1;
    return entry;
  }
  if (same(event, entry.event)) tally.alike += 1;
  else tally.different += 1;
  return { ...entry, event };
}

/** As the journal would write them: it keeps bytes in another kind of array than the parser. */
function same(a: BoardEvent, b: BoardEvent): boolean {
  return entryLine({ kind: 'event', board: 0, event: a }) === entryLine({ kind: 'event', board: 0, event: b });
}

function key(part: number, board: number): string {
  return `${part}/${board}`;
}

/** What was not read from a board's bytes, by part of the run and board. */
async function toolEvents(entries: AsyncIterable<JournalEntry>): Promise<ReadonlyMap<string, BoardEvent[]>> {
  const found = new Map<string, BoardEvent[]>();
  let part = -1;
  for await (const entry of entries) {
    if (entry.kind === 'begin') part += 1;
    if (entry.kind !== 'event' || entry.event.source === 'serial') continue;
    const list = found.get(key(part, entry.board));
    if (list === undefined) found.set(key(part, entry.board), [entry.event]);
    else list.push(entry.event);
  }
  return found;
}

/** One board's journalled events, made again one at a time. */
class BoardReplay {
  readonly #items: AsyncIterator<CaptureItem>;
  readonly #baud: number;
  #interpreter: Interpreter;
  #filter = new JournalFilter();
  #seq = 0;
  #byTool: readonly BoardEvent[] = [];
  #toolAt = 0;
  #ready: BoardEvent[] = [];
  /** The capture stands at the begin of a part that the journal has not reached, or at its end. */
  #stopped: 'begin' | 'end' | null = null;

  constructor(items: AsyncIterable<CaptureItem>, baud: number) {
    this.#items = items[Symbol.asyncIterator]();
    this.#baud = baud;
    this.#interpreter = this.#fresh();
  }

  /** Skips what the capture holds beyond the journal of the part before. */
  async begin(seq: number, byTool: readonly BoardEvent[]): Promise<void> {
    while (this.#stopped === null) await this.#read();
    if (this.#stopped === 'begin') this.#stopped = null;
    this.#interpreter = this.#fresh();
    this.#filter = new JournalFilter();
    this.#seq = seq;
    this.#byTool = byTool;
    this.#toolAt = 0;
    this.#ready = [];
  }

  /** The next event that a journal would keep; undefined when the capture holds no more of this part. */
  async next(): Promise<BoardEvent | undefined> {
    for (;;) {
      this.#takeTool();
      const event = this.#ready.shift();
      if (event !== undefined) return event;
      if (this.#stopped !== null) return undefined;
      await this.#read();
    }
  }

  async close(): Promise<void> {
    await this.#items.return?.();
  }

  #fresh(): Interpreter {
    return new Interpreter(this.#baud, {
      onLine: () => undefined,
      onFact: (fact, t) => {
        this.#takeTool();
        this.#keep({ ...fact, seq: this.#seq + 1, t, source: 'serial' });
      },
    });
  }

  /** What the tool did stands between the board's facts where its number says. */
  #takeTool(): void {
    for (let next = this.#byTool[this.#toolAt]; next?.seq === this.#seq + 1; next = this.#byTool[this.#toolAt]) {
      this.#toolAt += 1;
      this.#keep(next);
    }
  }

  #keep(event: BoardEvent): void {
    this.#seq = event.seq;
    this.#ready.push(...this.#filter.take(event));
  }

  async #read(): Promise<void> {
    const { done, value } = await this.#items.next();
    if (done === true) {
      this.#stopped = 'end';
    } else if ('bytes' in value) {
      this.#interpreter.push(value);
    } else if ('do' in value) {
      if (value.do === 'begin') this.#stopped = 'begin';
      else if (value.do === 'flush') this.#interpreter.flush(value.t);
      else this.#interpreter.flushLines(value.t);
    }
  }
}
