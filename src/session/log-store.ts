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
/** Of all rows together: a board that fills its lines must not fill the memory. */
const MAX_CHARACTERS = 32_000_000;

/** The scroll-back of one board: the newest `capacity` rows, fewer where they are very long; in constant memory. */
export class LogStore {
  readonly capacity: number;
  readonly #rows: (LogRecord | undefined)[] = [];
  #first = 1;
  #last = 0;
  #characters = 0;

  constructor(capacity: number = CAPACITY) {
    this.capacity = capacity;
  }

  /** Number of the newest row; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Number of the oldest row that is kept; above `last` while there is none. */
  get first(): number {
    return this.#first;
  }

  push(row: Omit<LogRecord, 'n'>): void {
    if (this.#last - this.#first + 1 >= this.capacity) this.#drop();
    this.#last += 1;
    this.#rows[(this.#last - 1) % this.capacity] = { ...row, n: this.#last };
    this.#characters += row.text.length;
    while (this.#characters > MAX_CHARACTERS && this.#first < this.#last) this.#drop();
  }

  /** The row with this number; undefined when it was dropped or is yet to come. */
  at(n: number): LogRecord | undefined {
    return n < this.#first || n > this.#last ? undefined : this.#rows[(n - 1) % this.capacity];
  }

  #drop(): void {
    const place = (this.#first - 1) % this.capacity;
    this.#characters -= this.#rows[place]?.text.length ?? 0;
    this.#rows[place] = undefined;
    this.#first += 1;
  }
}
