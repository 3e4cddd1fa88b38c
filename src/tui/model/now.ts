import type { BoardView } from '../../session/desk-types.js';
import { bytesText } from '../../units.js';
import { type Line, span } from '../lines.js';
import { judge, modeRole, modeText, spanText, trendOf } from './facts.js';

/** `✓ MQTT client · confirmed · 4 h 12 m since the last reset · heap 23.4 kB`. */
export function nowLine(board: BoardView, now: number): Line {
  const heap = trendOf(board, 'heap');
  const judgement = judge(board);
  const open = board.connection === 'open';
  const mode = { text: modeText(board), role: open ? modeRole(board.state.mode) : 'bad', bold: true } as const;
  const since =
    board.runningSince === null
      ? `no reset seen in ${spanText(now - board.watchedSince)}`
      : `${spanText(now - board.runningSince)} since the last reset`;
  return [
    { text: ` ${open ? judgement.mark : '!'} `, role: open ? judgement.role : 'bad', bold: true },
    mode,
    ...(open ? [span(' · '), { text: judgement.words, role: judgement.role, bold: true }] : []),
    span(` · ${since}`),
    ...(heap === null ? [] : [span(` · heap ${bytesText(heap)}`)]),
  ];
}
