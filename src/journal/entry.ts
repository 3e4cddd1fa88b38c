/** What a run's journal consists of: one entry a line of `events-*.ndjson`. */
import type { BoardEvent } from '../board/events.js';

/** A board of a run, as it was named when the run began; its place in the list is its number everywhere. */
export interface JournalBoard {
  /** As the user named the port. */
  readonly name: string;
  /** `seq` of its last event before this part of the run. */
  readonly seq: number;
}

/**
 * What was done to the parser that its bytes alone do not show, kept so that a replay does the same; `begin`: a part of
 * the run begins, with nothing pending.
 */
export type ParserStep = 'begin' | 'flush-lines' | 'flush';

/**
 * `t` is the run's own time: ms since 1970 at the start, then monotonic and counting while the host sleeps, so that
 * steps of the wall clock do not show in it.
 */
export type JournalEntry =
  /** A process began to watch; `part` counts from 1, more than one means that the run was resumed. */
  | { readonly kind: 'begin'; readonly t: number; readonly part: number; readonly boards: readonly JournalBoard[] }
  /** A fact about a board. Text and unparsed bytes are kept around incidents only: all of them are in the capture. */
  | { readonly kind: 'event'; readonly board: number; readonly event: BoardEvent }
  /** Written every few seconds: a process that was killed watched until its last sign. */
  | { readonly kind: 'alive'; readonly t: number }
  /** The computer slept for `ms` and woke at `t`, or its wall clock was moved by `ms` (negative: back). */
  | {
      readonly kind: 'host';
      readonly t: number;
      readonly what: 'suspended' | 'clock-stepped';
      readonly ms: number;
    }
  /** The same adapter under another name. */
  | { readonly kind: 'renumbered'; readonly t: number; readonly board: number; readonly port: string }
  /** The disk would not take the capture any more, or takes it again; `lostBytes` since it would not. */
  | {
      readonly kind: 'storage';
      readonly t: number;
      readonly state: 'degraded' | 'restored';
      readonly detail: string;
      readonly lostBytes: number;
    }
  | { readonly kind: 'end'; readonly t: number; readonly why: 'done' | 'stopped' | 'failed' };
