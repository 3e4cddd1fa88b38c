/** Folds resets: when one happened, why, and whether this tool caused it. */

import { type BoardState, FRESH_BOOT, NOTHING_ANNOUNCED, type ResetCounts, type ResetRecord } from './board-state.js';
import type { BoardEvent, CrashReport, ResetCause } from './events.js';
import { causeOfCrash } from './numbers.js';

/** A banner later than this is not the answer to our EN pulse, ms. */
const RESET_ANSWER_MS = 5_000;
/** A board told to switch stores its settings and restarts within this time, ms. */
const SWITCH_ANSWER_MS = 30_000;
const CRASHES_KEPT = 8;
const BOOTS_KEPT = 8;
/** The ROM's number for the EN pin, which restarts by the SDK show as well. */
const ROM_EXTERNAL = 2;
const ROM_SOFTWARE = 3;
const ROM_HARDWARE_WATCHDOG = 4;

type Fact<T extends BoardEvent['type']> = Extract<BoardEvent, { type: T }>;
type Raw = ResetRecord['raw'];

export function foldCommand(state: BoardState, event: Fact<'reset-commanded' | 'switch-commanded'>): BoardState {
  if (event.type === 'switch-commanded') {
    return {
      ...state,
      announced: { ...state.announced, stale: true },
      memory: { ...state.memory, pending: { kind: 'switch', t: event.t } },
    };
  }
  const raw: Raw = { cause: null, mode: null, sdio: null, sdkReason: null };
  const record: ResetRecord = {
    t: event.t,
    cause: 'external',
    source: 'commanded',
    commanded: true,
    confidence: 1,
    raw,
  };
  const fresh = beginBoot(state, record);
  return {
    ...fresh,
    silentMs: null,
    memory: {
      heard: 0,
      pending: { kind: 'reset', t: event.t },
      boots: [],
      crashRow: { total: 0, alike: 0, signature: null },
    },
  };
}

export function foldBanner(state: BoardState, event: Fact<'rom-banner'>): BoardState {
  const { pending } = state.memory;
  const raw: Raw = { cause: event.raw.cause, mode: event.raw.mode, sdio: event.raw.sdio, sdkReason: null };
  const readable = event.confidence >= 1;
  const record: ResetRecord = {
    t: event.t,
    cause: event.cause,
    source: readable ? 'rom-banner' : 'garbage-banner',
    commanded: false,
    confidence: event.confidence,
    raw,
  };
  const answers =
    pending !== null && event.t - pending.t <= (pending.kind === 'reset' ? RESET_ANSWER_MS : SWITCH_ANSWER_MS);

  let next: BoardState;
  if (answers && pending.kind === 'reset' && event.raw.cause !== ROM_HARDWARE_WATCHDOG) {
    // Already counted when the line was pulled: this only adds what the ROM says.
    next = {
      ...beginRun(state),
      lastReset: { ...record, commanded: true },
      memory: { ...state.memory, pending: null },
    };
  } else if (answers && pending.kind === 'switch' && state.boot.crash === null && isRestart(event.raw.cause)) {
    const restart: ResetRecord = { ...record, cause: 'software', source: 'commanded', commanded: true };
    next = beginBoot({ ...state, memory: { ...state.memory, pending: null } }, restart);
  } else {
    next = beginOwnBoot(
      { ...state, memory: { ...state.memory, pending: answers ? pending : null } },
      refine(state, record),
    );
  }
  return { ...next, boot: { ...next.boot, mode: event.bootMode } };
}

/** The cause of a banner that no command explains: cause 2 after a crash report is that crash's restart. */
function refine(state: BoardState, record: ResetRecord): ResetRecord {
  if (record.raw.cause !== ROM_EXTERNAL) return record;
  const { crash } = state.boot;
  if (crash !== null) return { ...record, cause: causeOfCrash(crash.kind), source: 'crash-report' };
  return { ...record, confidence: record.confidence * 0.5 };
}

function isRestart(romCause: number): boolean {
  return romCause === ROM_EXTERNAL || romCause === ROM_SOFTWARE;
}

export function foldResetReason(state: BoardState, event: Fact<'reset-reason'>): BoardState {
  const last = state.lastReset;
  // Our line comes once a boot, so a second one means a boot whose banner was not readable.
  const again = state.boot.reasonSeen || state.announced.modes.length > 0;
  if (event.atBoot && (again || last === null)) return missedBoot(state, event);
  const seen = event.atBoot ? { ...state, boot: { ...state.boot, reasonSeen: true } } : state;
  if (last === null) return seen;
  const raw = { ...last.raw, sdkReason: event.raw ?? last.raw.sdkReason };
  if (event.cause === 'unknown' || !isOpen(last)) return { ...seen, lastReset: { ...last, raw } };
  if (event.cause === last.cause) return { ...seen, lastReset: { ...last, raw, confidence: 1 } };
  // EN was pulled, whatever the sketch makes of it.
  if (last.commanded && last.source !== 'commanded') return { ...seen, lastReset: { ...last, raw } };
  const record: ResetRecord = { ...last, raw, cause: event.cause, source: 'sketch', commanded: false, confidence: 1 };
  // When the one before of the cause that was wrong came is not known any more.
  const { [last.cause]: _wrong, ...others } = state.lastByCause;
  const lastByCause = { ...(last.commanded ? state.lastByCause : others), [event.cause]: last.t };
  if (!last.commanded) {
    const resets = recount(state.resets, last.cause, event.cause);
    return { ...seen, lastReset: record, resets, lastByCause };
  }
  // A switch ends in a restart by software: another cause means that something else was quicker.
  const resets = { ...state.resets, commanded: state.resets.commanded - 1 };
  return { ...seen, lastReset: record, resets: recount(resets, null, event.cause), lastByCause };
}

function missedBoot(state: BoardState, event: Fact<'reset-reason'>): BoardState {
  const { pending } = state.memory;
  const asked = pending?.kind === 'switch' && event.t - pending.t <= SWITCH_ANSWER_MS && event.cause === 'software';
  const record: ResetRecord = {
    t: event.t,
    cause: event.cause,
    source: 'sketch',
    commanded: asked,
    confidence: 1,
    raw: { cause: null, mode: null, sdio: null, sdkReason: event.raw },
  };
  const settled = { ...state, memory: { ...state.memory, pending: null } };
  const next = asked ? beginBoot(settled, record) : beginOwnBoot(settled, record);
  return { ...next, boot: { ...next.boot, mode: 'flash', reasonSeen: true } };
}

/** Whether the sketch may know better: the ROM's cause 2 and 0 say little, and a guess is a guess. */
function isOpen(last: ResetRecord): boolean {
  if (last.source === 'garbage-banner' || last.source === 'crash-report') return true;
  if (last.source === 'commanded') return last.cause === 'software';
  return last.source === 'rom-banner' && (last.raw.cause === ROM_EXTERNAL || last.raw.cause === 0);
}

export function foldCrash(state: BoardState, t: number, report: CrashReport): BoardState {
  const crashes = {
    total: state.crashes.total + 1,
    recent: [...state.crashes.recent, { t, report }].slice(-CRASHES_KEPT),
  };
  const signature = signatureOf(report);
  const row = state.memory.crashRow;
  const crashRow = {
    total: row.total + 1,
    alike: row.signature === signature ? row.alike + 1 : 1,
    signature,
  };
  // An HWDT build reports below the banner of the boot that followed: nothing restarts after it.
  const crash = report.kind === 'hardware-watchdog' ? state.boot.crash : report;
  return { ...state, crashes, boot: { ...state.boot, crash }, memory: { ...state.memory, crashRow } };
}

/** Equal for crashes of one kind at one place. */
export function signatureOf(report: CrashReport): string {
  const place = report.registers === null ? (report.detail ?? '') : `${report.registers.epc1}`;
  return `${report.kind}/${report.exception?.number ?? ''}/${place}`;
}

/** A new run of the board: what the last one announced and answered no longer holds. */
function beginRun(state: BoardState): BoardState {
  return {
    ...state,
    announced: NOTHING_ANNOUNCED,
    boot: FRESH_BOOT,
    probes: { http: null, mqtt: null },
  };
}

function beginBoot(state: BoardState, record: ResetRecord): BoardState {
  const next = beginRun(state);
  const resets = record.commanded
    ? { ...state.resets, commanded: state.resets.commanded + 1 }
    : recount(state.resets, null, record.cause);
  const lastByCause = record.commanded ? state.lastByCause : { ...state.lastByCause, [record.cause]: record.t };
  return { ...next, lastReset: record, resets, lastByCause };
}

function beginOwnBoot(state: BoardState, record: ResetRecord): BoardState {
  const boots = [...state.memory.boots, record.t].slice(-BOOTS_KEPT);
  return beginBoot({ ...state, memory: { ...state.memory, boots } }, record);
}

function recount(resets: ResetCounts, from: ResetCause | null, to: ResetCause): ResetCounts {
  const byCause: Partial<Record<ResetCause, number>> = { ...resets.byCause };
  if (from !== null) {
    const left = (byCause[from] ?? 0) - 1;
    if (left > 0) byCause[from] = left;
    else delete byCause[from];
  }
  byCause[to] = (byCause[to] ?? 0) + 1;
  return { ...resets, own: resets.own + (from === null ? 1 : 0), byCause };
}
