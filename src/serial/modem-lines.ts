import type { ModemLines } from './link.js';

/**
 * The states to pass through on the way from one pair of lines to another. The auto-reset circuit pulls EN low
 * while RTS is asserted alone, so a platform that moves the lines one after the other (Windows: RTS first) must
 * not pass through that state by accident: (1,1) is left by RTS and entered by DTR.
 *
 * @param atomic the platform sets both lines in one step
 */
export function lineSteps(from: ModemLines, to: ModemLines, atomic: boolean): ModemLines[] {
  const bothMove = from.dtr !== to.dtr && from.rts !== to.rts;
  const equal = from.dtr === from.rts;
  return !atomic && bothMove && equal ? [{ dtr: true, rts: false }, to] : [to];
}
