/** The ledger of a run as a fold over its journal. Pure: time comes only from the entries. */
import type { JournalBoard, JournalEntry } from '../journal/entry.js';
import { isContext } from '../journal/filter.js';
import { BoardFold } from './ledger-board.js';
import { reportable } from './ledger-context.js';
import { Kept } from './ledger-kept.js';
import type { Ledger } from './ledger-types.js';

const LISTED = 1000;
/** More boards than any host has ports: a damaged journal must not fill the memory. */
const BOARDS = 256;

type Entry<K extends JournalEntry['kind']> = Extract<JournalEntry, { kind: K }>;
type Storage = Ledger['storage'][number];

/**
 * Folds a run's journal entries in their order. Bounded in memory whatever comes, and never throws. What journals keep
 * around incidents only has no other effect than to be shown there: live watch, journal and replay give equal ledgers.
 */
export class LedgerFold {
  readonly #boards: BoardFold[] = [];
  readonly #host = new Kept<Ledger['host'][number]>(LISTED);
  readonly #storage = new Kept<Storage>(LISTED);
  /** Begun and not restored. */
  #degraded: Storage | null = null;
  #from: number | null = null;
  /** Time of the latest entry. */
  #last = 0;
  #parts = 0;
  #ended: Ledger['ended'] = null;

  push(entry: JournalEntry): void {
    if (entry.kind === 'event') {
      this.#event(entry);
      return;
    }
    const before = this.#from === null ? null : this.#last;
    this.#seen(entry.t);
    switch (entry.kind) {
      case 'begin':
        this.#begin(entry, before);
        break;
      case 'alive':
        for (const board of this.#boards) board.tick(entry.t);
        break;
      case 'host':
        this.#hostChanged(entry);
        break;
      case 'renumbered':
        this.#board(entry.board)?.renumbered(entry.t, entry.port);
        break;
      case 'storage':
        this.#storageChanged(entry);
        break;
      case 'end':
        this.#ended = entry.why;
        break;
    }
  }

  /** As it stands; with `now` (the run's own time) as of that moment, if the run has not ended. Changes nothing. */
  ledger(now?: number): Ledger {
    const to = this.#ended === null && now !== undefined ? Math.max(now, this.#last) : this.#last;
    return {
      from: this.#from ?? to,
      to,
      parts: this.#parts,
      ended: this.#ended,
      boards: this.#boards.map((board) => board.ledger(to)),
      host: this.#host.all(),
      storage: this.#degraded === null ? this.#storage.all() : [...this.#storage.all(), { ...this.#degraded, to }],
    };
  }

  #event({ board, event }: Entry<'event'>): void {
    // A journal without these must give the same end.
    if (!isContext(event)) this.#seen(event.t);
    this.#board(board)?.event(event);
  }

  #begin({ t, part, boards }: Entry<'begin'>, last: number | null): void {
    const earlier = this.#parts > 0 ? last : null;
    this.#parts = Math.max(this.#parts + 1, part);
    this.#ended = null;
    boards.forEach((named, number) => {
      this.#name(number, named);
    });
    for (const board of this.#boards) board.begin(Math.max(t, this.#last), earlier);
  }

  #name(number: number, { name }: JournalBoard): void {
    const board = this.#board(number);
    if (board !== undefined) board.name = name;
  }

  #board(number: number): BoardFold | undefined {
    if (!Number.isInteger(number) || number < 0 || number >= BOARDS) return undefined;
    while (this.#boards.length <= number) this.#boards.push(new BoardFold(`board ${this.#boards.length + 1}`));
    return this.#boards[number];
  }

  #hostChanged({ t, what, ms }: Entry<'host'>): void {
    this.#host.push({ t, what, ms });
    if (what !== 'suspended' || ms <= 0) return;
    for (const board of this.#boards) board.suspended(t - ms, t);
  }

  #storageChanged({ t, state, detail, lostBytes }: Entry<'storage'>): void {
    const begun = this.#degraded;
    const lost = Math.max(lostBytes, begun?.lostBytes ?? 0);
    const span = { from: begun?.from ?? t, to: t, detail: begun?.detail ?? reportable(detail), lostBytes: lost };
    this.#degraded = state === 'degraded' ? span : null;
    if (state === 'restored') this.#storage.push(span);
  }

  #seen(t: number): void {
    if (this.#from === null) {
      this.#from = t;
      this.#last = t;
    }
    this.#last = Math.max(this.#last, t);
  }
}
