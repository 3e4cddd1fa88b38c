/** How a row of the log is coloured: by what it means. */
export type LogTone = 'plain' | 'rom' | 'noise' | 'sent' | 'green' | 'yellow' | 'red' | 'cyan' | 'dim';

export interface LogRecord {
  /** Counts from 1 for the life of the board; what was dropped keeps its number. */
  readonly n: number;
  /** Host time in ms since 1970. */
  readonly t: number;
  readonly kind: 'line' | 'event';
  /** Printable: nothing a terminal would obey. */
  readonly text: string;
  readonly tone: LogTone;
}

const CAPACITY = 100_000;

/** The scroll-back of one board: the newest `capacity` rows, in constant memory. */
export class LogStore {
  readonly capacity: number;
  readonly #rows: LogRecord[] = [];
  #last = 0;

  constructor(capacity: number = CAPACITY) {
    this.capacity = capacity;
  }

  /** Number of the newest row; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Number of the oldest row that is kept; above `last` while there is none. */
  get first(): number {
    return this.#last - this.#rows.length + 1;
  }

  push(row: Omit<LogRecord, 'n'>): void {
    this.#last += 1;
    const record = { ...row, n: this.#last };
    if (this.#rows.length < this.capacity) this.#rows.push(record);
    else this.#rows[(this.#last - 1) % this.capacity] = record;
  }

  /** The row with this number; undefined when it was dropped or is yet to come. */
  at(n: number): LogRecord | undefined {
    return n < this.first || n > this.#last ? undefined : this.#rows[(n - 1) % this.capacity];
  }
}
