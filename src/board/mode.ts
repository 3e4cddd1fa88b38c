/** The board's mode, from what is known of it. */

import type { BoardState, BootErrorKind } from './board-state.js';
import type { Mode } from './events.js';

/** This many own boots in a row without an announcement, within this time, are a boot loop. */
const LOOP_BOOTS = 3;
const LOOP_MS = 10_000;
/** Crashes in a row without an announcement: alike at the same place, or of any kind. */
const LOOP_CRASHES_ALIKE = 2;
const LOOP_CRASHES = 3;

/** Errors after which the ROM has nothing to run. */
const NO_IMAGE: ReadonlySet<BootErrorKind> = new Set(['no-image', 'checksum', 'bad-segment', 'flash-read']);

export function deriveMode(state: BoardState): Mode {
  const { modes } = state.announced;
  if (modes.includes('access-point')) return 'access-point';
  if (modes.includes('web-server')) return modes.includes('mqtt-client') ? 'web-server+mqtt-client' : 'web-server';
  if (modes.includes('mqtt-client')) return 'mqtt-client';
  if (state.boot.loaderAnswered || state.boot.mode === 'uart-download') return 'bootloader';
  if (state.boot.error !== null && NO_IMAGE.has(state.boot.error.kind)) return 'no-firmware';
  if (isLooping(state)) return 'boot-loop';
  if (state.silentMs !== null) return 'silent';
  return 'unknown';
}

function isLooping(state: BoardState): boolean {
  const { boots, crashRow } = state.memory;
  if (crashRow.alike >= LOOP_CRASHES_ALIKE || crashRow.total >= LOOP_CRASHES) return true;
  const first = boots.at(-LOOP_BOOTS);
  const last = boots.at(-1);
  if (first === undefined || last === undefined || state.t === null) return false;
  return last - first <= LOOP_MS && state.t - last <= LOOP_MS;
}
