/** What went wrong or changed and is no reset, from its beginning to its end. */
import { reportable } from './ledger-context.js';
import { Kept } from './ledger-kept.js';
import type { IncidentEntry, IncidentKind } from './ledger-types.js';

const INCIDENTS = 2000;
const DETAIL_CAP = 300;

export class Incidents {
  readonly #kept = new Kept<IncidentEntry>(INCIDENTS, (a, b) => a.t - b.t);
  /** Those that last, by key: their places in the list, and when they began. */
  readonly #open = new Map<string, { readonly place: number | null; readonly t: number }>();

  /** Something without a length. */
  note(kind: IncidentKind, t: number, detail: string): void {
    this.#kept.push({ kind, t, until: null, detail: reportable(detail, DETAIL_CAP) });
  }

  /** Something that was over when it was noticed. */
  past(kind: IncidentKind, t: number, until: number, detail: string): void {
    this.#kept.push({ kind, t, until: Math.max(t, until), detail: reportable(detail, DETAIL_CAP) });
  }

  /** Begins what lasts; nothing happens when it has begun already. `key` tells apart what may last at once. */
  open(kind: IncidentKind, t: number, detail: string, key: string = kind): void {
    if (this.#open.has(key)) return;
    const place = this.#kept.push({ kind, t, until: null, detail: reportable(detail, DETAIL_CAP) });
    this.#open.set(key, { place, t });
  }

  isOpen(key: string): boolean {
    return this.#open.has(key);
  }

  /** Ends what lasts, if it does; `addition` is put behind its detail. */
  close(key: string, t: number, addition = ''): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    this.#kept.replace(open.place, (entry) => ({
      ...entry,
      until: Math.max(entry.t, t),
      detail: addition === '' ? entry.detail : reportable(`${entry.detail} ${addition}`, DETAIL_CAP),
    }));
  }

  /** Puts a sentence behind the latest of a kind, if it began at `since` or later. */
  amendLast(kind: IncidentKind, since: number, sentence: string): void {
    for (let place = this.#kept.length - 1; place >= Math.max(0, this.#kept.length - 16); place--) {
      const entry = this.#kept.at(place);
      if (entry === undefined || entry.kind !== kind) continue;
      if (entry.t < since) return;
      this.#kept.replace(place, (e) => ({ ...e, detail: reportable(`${e.detail} ${sentence}`, DETAIL_CAP) }));
      return;
    }
  }

  all(): readonly IncidentEntry[] {
    return this.#kept.all();
  }

  get leftOut(): number {
    return this.#kept.leftOut;
  }
}
