/** Facts about a board in words, shared by the panels. `now` is host time in ms since 1970. */

import type { Mode } from '../../board/events.js';
import { modeInWords } from '../../board/wording.js';
import type { BoardView, CrossCheck, DeskPort } from '../../session/desk-types.js';
import { durationText } from '../../units.js';
import type { Role } from '../theme.js';

/** A mark that says the same as its words and its colour. */
export interface Judgement {
  readonly mark: '✓' | '✗' | '?' | '·';
  readonly words: string;
  readonly role: Role;
}

/** The cross-check of this run; one from before the last reset says nothing about it. */
export function currentCheck(board: BoardView): CrossCheck | null {
  const { crossCheck, runningSince } = board;
  if (crossCheck === null || (runningSince !== null && crossCheck.t < runningSince)) return null;
  return crossCheck;
}

export function judge(board: BoardView): Judgement {
  const check = currentCheck(board);
  if (check === null) {
    return { mark: '·', words: board.crossCheck === null ? 'not checked' : 'not checked since the reset', role: 'dim' };
  }
  switch (check.verdict) {
    case 'confirmed':
      return { mark: '✓', words: 'confirmed', role: 'ok' };
    case 'contradicted':
      return { mark: '✗', words: 'CONTRADICTED', role: 'bad' };
    case 'unconfirmed':
      return { mark: '?', words: 'unconfirmed', role: 'warn' };
    case 'unknown':
      return { mark: '·', words: 'nothing to ask', role: 'dim' };
  }
}

export function modeRole(mode: Mode): Role {
  switch (mode) {
    case 'web-server':
    case 'mqtt-client':
    case 'web-server+mqtt-client':
    case 'access-point':
      return 'info';
    case 'bootloader':
    case 'silent':
      return 'warn';
    case 'no-firmware':
    case 'boot-loop':
      return 'bad';
    case 'unknown':
      return 'dim';
  }
}

/** `MQTT client`; what the port is when no board can be heard. */
export function modeText(board: BoardView): string {
  switch (board.connection) {
    case 'opening':
      return 'opening the port';
    case 'failed':
      return 'cannot be opened';
    case 'lost':
      return 'PORT LOST, waiting for it';
    case 'open':
      return board.state.mode === 'unknown' ? 'mode not known yet' : modeInWords(board.state.mode);
  }
}

/** `3 s ago`, `4 h 12 m ago`: tenths of a second would only flicker. */
export function agoText(t: number, now: number): string {
  return `${spanText(now - t)} ago`;
}

export function spanText(ms: number): string {
  return ms < 10_000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : durationText(ms);
}

/** `/dev/ttyUSB0`, `sim:`; the adapter's name beside it where it has one. */
export function adapterText(port: DeskPort): string {
  if (port.adapter !== null) return port.adapter;
  switch (port.kind) {
    case 'virtual':
      return 'virtual board';
    case 'remote':
      return 'remote port';
    case 'usb':
      return 'USB port';
    case 'other':
      return 'serial port';
  }
}

export function trendOf(board: BoardView, name: 'heap' | 'block' | 'rssi' | 'rtt'): number | null {
  return board.trends.find((trend) => trend.name === name)?.now ?? null;
}
