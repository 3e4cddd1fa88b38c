import { modeInWords } from '../board/wording.js';
import { printable } from '../printable.js';
import type { BoardLedger, Ledger } from '../soak/ledger-types.js';
import { count } from '../soak/report/words.js';
import { countResets } from '../soak/stats/resets.js';
import { bytesText, clockTime, durationText } from '../units.js';

/** A soak in one line: time to go, then each board. */
export function statusLine(ledger: Ledger, remainingMs: number): string {
  const boards = ledger.boards.map(boardText).join(' | ');
  return `${clockTime(ledger.to)}  ${durationText(remainingMs)} to go  ${boards}`;
}

/** `/dev/ttyUSB0 web server, 2 resets, heap 41.2 kB, 59 of 60 probes answered`. */
export function boardText(board: BoardLedger): string {
  const { events, loops, inLoops } = countResets(board);
  const heap = board.series.heap?.v.at(-1);
  const { asked, answered } = board.probes;
  return [
    `${printable(board.name, 60)} ${modeInWords(board.mode)}`,
    count(events - loops, 'reset'),
    ...(loops === 0 ? [] : [`${count(loops, 'boot loop')} of ${inLoops}`]),
    ...(heap === undefined ? [] : [`heap ${bytesText(heap)}`]),
    ...(asked === 0 ? [] : [`${answered} of ${asked} probes answered`]),
  ].join(', ');
}
