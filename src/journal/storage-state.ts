import { messageOf } from '../errors.js';
import { isFull } from './disk.js';

/** What the owner of a run's folder is told; it has the fields of the `storage` entry of the journal. */
export interface StorageStatus {
  readonly state: 'degraded' | 'restored';
  /** One sentence for people. */
  readonly detail: string;
  /** Bytes of captures that were dropped since the disk would not take them. */
  readonly lostBytes: number;
}

/** Losses are told again while they go on: a process that is killed meanwhile has told most of them. */
const TELL_AGAIN_MS = 60_000;

export interface Losses {
  /** Totals of the run so far. */
  readonly bytes: number;
  readonly entries: number;
}

/** When the disk is in trouble, and what is said about it. Pure but for the listeners. */
export class StorageState {
  readonly #listeners = new Set<(status: StorageStatus) => void>();
  #detail: string | null = null;
  #paused = false;
  /** What was lost before this trouble, when last told, and when last looked. */
  #before: Losses = { bytes: 0, entries: 0 };
  #told = { bytes: 0, at: 0 };
  #seen: Losses = { bytes: 0, entries: 0 };

  get inTrouble(): boolean {
    return this.#detail !== null;
  }

  /** Captures are not to be written until `recovered`: what room there is belongs to the journal. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** Who comes late is told at once what is the matter. */
  onStatus(listener: (status: StorageStatus) => void): () => void {
    this.#listeners.add(listener);
    if (this.#detail !== null) listener({ state: 'degraded', detail: this.#detail, lostBytes: this.#told.bytes });
    return () => this.#listeners.delete(listener);
  }

  /** The disk refused. `now` in ms of any one clock. */
  failed(error: unknown, losses: Losses, now: number): void {
    this.#paused = true;
    const detail = isFull(error) ? 'The disk is full.' : `The disk does not take what is written: ${messageOf(error)}.`;
    this.#trouble(detail, losses, now);
  }

  /** Bytes or entries were dropped because the disk is too slow. */
  overflowed(losses: Losses, now: number): void {
    this.#trouble('The disk does not keep up with what comes in.', losses, now);
  }

  /** The disk took everything that it was asked to take. True when the trouble is over. */
  worked(losses: Losses): boolean {
    if (this.#detail === null) return true;
    const slow = !this.#paused && (losses.bytes > this.#seen.bytes || losses.entries > this.#seen.entries);
    this.#seen = losses;
    if (slow) return false;
    const entries = losses.entries - this.#before.entries;
    const lostBytes = losses.bytes - this.#before.bytes;
    this.#detail = null;
    this.#paused = false;
    this.#before = losses;
    const detail = `The disk takes everything again${entries > 0 ? `; ${entries} journal entries were lost` : ''}.`;
    this.#tell({ state: 'restored', detail, lostBytes });
    return true;
  }

  #trouble(detail: string, losses: Losses, now: number): void {
    const lostBytes = losses.bytes - this.#before.bytes;
    const isNew = this.#detail === null;
    const again = lostBytes > this.#told.bytes && now - this.#told.at >= TELL_AGAIN_MS;
    if (isNew) this.#seen = losses;
    this.#detail = detail;
    if (!isNew && !again) return;
    this.#told = { bytes: lostBytes, at: now };
    this.#tell({ state: 'degraded', detail, lostBytes });
  }

  #tell(status: StorageStatus): void {
    for (const listener of this.#listeners) listener(status);
  }
}
