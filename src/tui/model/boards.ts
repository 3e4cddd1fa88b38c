import { causeInWords } from '../../board/wording.js';
import type { Alert, BoardView } from '../../session/desk-types.js';
import { fit, inverse, type Line, span, spread } from '../lines.js';
import { shown } from '../text.js';
import type { Role } from '../theme.js';
import { activityText } from './activity.js';
import { adapterText, agoText, type Judgement, judge, modeRole, modeText, spanText } from './facts.js';

export interface BoardRow {
  /** From 1; the key that selects it, up to 9. */
  readonly number: number;
  readonly name: string;
  readonly selected: boolean;
  readonly mode: string;
  readonly modeRole: Role;
  readonly judgement: Judgement;
  readonly adapter: string;
  readonly mac: string | null;
  /** `up 4 h 12 m`, or since when it is watched. */
  readonly uptime: string;
  readonly lastReset: string;
  /** Of the last reset, in words; null while none was seen. */
  readonly cause: string | null;
  /** What is under way. */
  readonly activity: string | null;
  /** The newest alert that nobody acknowledged. */
  readonly alert: string | null;
}

/** The newest alert later than the acknowledgement. */
export function openAlert(board: BoardView, acknowledged: number | undefined): Alert | null {
  const last = board.alerts.at(-1);
  return last === undefined || last.t <= (acknowledged ?? Number.NEGATIVE_INFINITY) ? null : last;
}

export function boardRows(
  boards: readonly BoardView[],
  selected: string | null,
  acknowledged: Readonly<Record<string, number>>,
  now: number,
): readonly BoardRow[] {
  return boards.map((board, i) => {
    const alert = openAlert(board, acknowledged[board.name]);
    return {
      number: i + 1,
      name: shown(board.name),
      selected: board.name === selected,
      mode: modeText(board),
      modeRole: board.connection === 'open' ? modeRole(board.state.mode) : 'bad',
      judgement: judge(board),
      adapter: shown(adapterText(board.port)),
      mac: board.state.mac,
      uptime:
        board.runningSince === null
          ? `watched ${spanText(now - board.watchedSince)}`
          : `up ${spanText(now - board.runningSince)}`,
      lastReset: lastResetText(board, now),
      cause: board.state.lastReset === null ? null : causeInWords(board.state.lastReset.cause),
      activity: board.activity === null ? null : activityText(board.activity),
      alert: alert === null ? null : `${shown(alert.text)} (${agoText(alert.t, now)})`,
    };
  });
}

function lastResetText(board: BoardView, now: number): string {
  const { lastReset } = board.state;
  if (lastReset === null) return 'no reset seen';
  const by = lastReset.commanded ? ' by espwatch' : '';
  return `reset: ${causeInWords(lastReset.cause)}${by}, ${agoText(lastReset.t, now)}`;
}

/** `▸1 sim:  ✓ MQTT client · confirmed · up 4 h 12 m · reset pin`; inverse with `!` while an alert waits. */
export function stripLine(row: BoardRow, columns: number): Line {
  const mark = row.selected ? '▸' : ' ';
  if (row.alert !== null) {
    const text = `${mark}${row.number} ! ${row.name}  ${row.alert} · ${row.mode}`;
    return inverse([{ text, role: 'bad' }], columns);
  }
  const left: Line = [
    { text: `${mark}${row.number} `, role: row.selected ? 'accent' : 'plain' },
    { text: row.name, bold: row.selected },
    span('  '),
    span(`${row.judgement.mark} `, row.judgement.role),
    span(row.mode, row.modeRole),
    span(` · ${row.activity ?? row.judgement.words}`, row.activity === null ? row.judgement.role : 'accent'),
    span(` · ${row.uptime}`),
    ...(row.cause === null ? [] : [span(` · ${row.cause}`, 'dim')]),
  ];
  return spread(left, [span(row.mac ?? row.adapter, 'dim')], columns);
}

export const LIST_ROWS = 5;

/** The same as a block of `LIST_ROWS` rows, the last of them empty. */
export function listLines(row: BoardRow, columns: number): readonly Line[] {
  const mark = row.selected ? '▸' : ' ';
  const title: Line = [{ text: `${mark}${row.number} ${row.alert === null ? '' : '! '}${row.name}`, bold: true }];
  const alert = row.alert;
  return [
    row.selected || alert !== null ? inverse(title, columns) : fit(title, columns),
    fit(
      [
        span('   '),
        span(`${row.judgement.mark} `, row.judgement.role),
        span(row.mode, row.modeRole),
        span(` · ${row.activity ?? row.judgement.words}`, row.activity === null ? row.judgement.role : 'accent'),
      ],
      columns,
    ),
    fit([span(`   ${row.adapter}${row.mac === null ? '' : ` · ${row.mac}`}`, 'dim')], columns),
    alert === null
      ? fit([span(`   ${row.uptime} · ${row.lastReset}`)], columns)
      : inverse([span(`   ! ${alert}`, 'bad')], columns),
    [],
  ];
}

/** The first of `count` items to show so that `selected` is among the `visible` ones, and as few scroll as need be. */
export function windowStart(selected: number, visible: number, count: number): number {
  const start = selected < visible ? 0 : selected - visible + 1;
  return Math.max(0, Math.min(start, count - visible));
}
