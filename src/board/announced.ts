/** Folds what the sketch says of itself. */

import { type Announced, type BoardState, NOTHING_ANNOUNCED } from './board-state.js';
import type { BoardFact, Telemetry } from './events.js';
import { chipIdOf } from './numbers.js';

/** Different telemetry values kept; a board that invents names without end must not fill the memory. */
const TELEMETRY_NAMES = 64;

type Announcement = Extract<BoardFact, { type: 'ip' | 'http-port' | 'mode' | 'topic' | 'mac' }>;

/** Boards may still send what was on the wire when EN was pulled: up to this long after it, ms. */
const IN_FLIGHT_MS = 250;

export function foldAnnouncement(state: BoardState, fact: Announcement, t: number): BoardState {
  if (fact.type === 'mac') return { ...state, mac: fact.mac, chipId: chipIdOf(fact.mac) };
  const before = state.announced.stale ? NOTHING_ANNOUNCED : state.announced;
  const announced = addTo(before, fact);
  const { pending } = state.memory;
  // Whoever announces has booted: the reset that we commanded is over, even if its banner was not readable.
  const over = pending?.kind === 'reset' && t - pending.t > IN_FLIGHT_MS;
  const settled = fact.type === 'mode';
  return {
    ...state,
    announced,
    // A sketch that speaks was booted from flash: a download banner or an image error belongs to a boot before it.
    boot: { ...state.boot, mode: state.boot.mode && 'flash', loaderAnswered: false, error: null },
    memory: {
      ...state.memory,
      pending: over ? null : pending,
      boots: settled ? [] : state.memory.boots,
      crashRow: settled ? { total: 0, alike: 0, signature: null } : state.memory.crashRow,
    },
  };
}

function addTo(before: Announced, fact: Exclude<Announcement, { type: 'mac' }>): Announced {
  switch (fact.type) {
    case 'ip':
      return { ...before, ip: fact.ip };
    case 'http-port':
      return { ...before, httpPort: fact.port };
    case 'topic':
      return fact.direction === 'rx' ? { ...before, rxTopic: fact.topic } : { ...before, txTopic: fact.topic };
    case 'mode': {
      // The access point is what the sketch falls back to: it excludes the other two, whichever came last.
      const kept = before.modes.filter((m) => m !== fact.mode && m !== 'access-point' && fact.mode !== 'access-point');
      const serverType = fact.mode === 'web-server' ? fact.serverType : before.serverType;
      return { ...before, modes: [...kept, fact.mode], serverType };
    }
  }
}

export function foldTelemetry(state: BoardState, values: Telemetry): BoardState {
  const telemetry: Record<string, number> = { ...state.telemetry };
  let room = TELEMETRY_NAMES - Object.keys(telemetry).length;
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(telemetry, name) && room-- <= 0) continue;
    telemetry[name] = value;
  }
  return { ...state, telemetry };
}
