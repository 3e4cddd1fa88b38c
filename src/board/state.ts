/** What is known of one board, as a fold over its events. Pure: time comes only from the events. */
import { foldAnnouncement, foldTelemetry } from './announced.js';
import { type BoardState, initialState, NOTHING_ANNOUNCED } from './board-state.js';
import type { BoardEvent } from './events.js';
import { deriveMode } from './mode.js';
import { foldBanner, foldCommand, foldCrash, foldResetReason } from './resets.js';

export * from './board-state.js';

/** Folds one event in. Never throws, never changes its arguments; the result grows within fixed bounds. */
export function reduce(state: BoardState, event: BoardEvent): BoardState {
  const folded = foldFact(hear({ ...state, seq: event.seq, t: event.t }, event), event);
  const mode = deriveMode(folded);
  return mode === folded.mode ? folded : { ...folded, mode };
}

/** The state after these events. */
export function replay(events: Iterable<BoardEvent>, from: BoardState = initialState): BoardState {
  let state = from;
  for (const event of events) state = reduce(state, event);
  return state;
}

function foldFact(state: BoardState, event: BoardEvent): BoardState {
  switch (event.type) {
    case 'rom-banner':
      return foldBanner(state, event);
    case 'boot-error':
      if (state.boot.error !== null) return state;
      return { ...state, boot: { ...state.boot, error: { kind: event.kind, text: event.text } } };
    case 'crash':
      return foldCrash(state, event.t, event.report);
    case 'reset-reason':
      return foldResetReason(state, event);
    case 'ip':
    case 'http-port':
    case 'mode':
    case 'topic':
    case 'mac':
      return foldAnnouncement(state, event, event.t);
    case 'telemetry':
      return foldTelemetry(state, event.values);
    case 'link':
      return foldLink(state, event);
    case 'reset-commanded':
    case 'switch-commanded':
      return foldCommand(state, event);
    case 'bootloader':
      if (!event.answered) return { ...state, boot: { ...state.boot, loaderAnswered: false } };
      // What answers as the ROM loader runs no sketch, whatever was announced before.
      return { ...state, announced: NOTHING_ANNOUNCED, boot: { ...state.boot, loaderAnswered: true } };
    case 'probe':
      return { ...state, probes: { ...state.probes, [event.result.via]: event.result } };
    case 'flash':
      return { ...state, flash: { phase: event.phase, done: event.done, total: event.total } };
    case 'silence':
      return state.memory.heard > STRAY ? state : { ...state, silentMs: event.ms };
    case 'boot-load':
    case 'boot-checksum':
    case 'rom-message':
    case 'eboot':
    case 'text':
    case 'unparsed':
      return state;
  }
}

/** A line that is switched on or reset may yield a stray byte or two: not a sign of life. */
const STRAY = 4;

function hear(state: BoardState, event: BoardEvent): BoardState {
  if (event.source !== 'serial') return state;
  let amount = STRAY + 1;
  if (event.type === 'unparsed') amount = event.bytes.length;
  else if (event.type === 'text') amount = event.text.length;
  const heard = Math.min(state.memory.heard + amount, 1000);
  const silentMs = heard > STRAY ? null : state.silentMs;
  return { ...state, silentMs, memory: { ...state.memory, heard } };
}

function foldLink(state: BoardState, event: Extract<BoardEvent, { type: 'link' }>): BoardState {
  const link = {
    state: event.state,
    detail: event.detail,
    losses: state.link.losses + (event.state === 'lost' ? 1 : 0),
  };
  if (event.state !== 'open' && event.state !== 'back') return { ...state, link };
  // A cable that was out took the board's power with it, as a rule: what it announces now begins a new list.
  const announced = event.state === 'back' ? { ...state.announced, stale: true } : state.announced;
  return { ...state, link, announced, memory: { ...state.memory, heard: 0 } };
}
