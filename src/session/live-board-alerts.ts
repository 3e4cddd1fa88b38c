import type { BoardEvent } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import { causeInWords, crashInWords, hintFor } from '../board/wording.js';
import { printable } from '../printable.js';
import type { Alert } from './desk-types.js';

/** A board that got its power back starts with a power-on: within this time, ms, it is no news. */
const POWER_BACK_MS = 5_000;
const SHOWN = 300;

/** What an event means for whoever should look up; null when nothing. `linkSince`: when the port was opened or came back. */
export function alertFor(
  event: BoardEvent,
  before: BoardState,
  after: BoardState,
  linkSince: number | null,
): Alert | null {
  const { t } = event;
  if (event.type === 'link' && event.state === 'lost')
    return { t, kind: 'port-lost', text: printable(`port lost: ${event.detail ?? 'the device is gone'}`, SHOWN) };
  if (after.mode === 'boot-loop') {
    if (before.mode === 'boot-loop') return null;
    return { t, kind: 'boot-loop', text: `boot loop: ${hintFor(after) ?? 'it restarts again and again'}` };
  }
  if (event.type === 'crash')
    return { t, kind: 'crash', text: printable(`crash: ${crashInWords(event.report)}`, SHOWN) };
  if (after.resets.own <= before.resets.own || after.lastReset === null) return null;
  // The crash before it was told already.
  if (before.boot.crash !== null) return null;
  const { cause } = after.lastReset;
  if (cause === 'power-on' && linkSince !== null && t - linkSince < POWER_BACK_MS) return null;
  return { t, kind: 'reset', text: `the board reset itself: ${causeInWords(cause)}` };
}
