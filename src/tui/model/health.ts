import type { ResetCause } from '../../board/events.js';
import { causeInWords } from '../../board/wording.js';
import type { BoardView, Trend } from '../../session/desk-types.js';
import { bytesText } from '../../units.js';
import { type Line, span } from '../lines.js';
import { pad, shown, widthOf } from '../text.js';
import { agoText } from './facts.js';
import { sparkline } from './sparkline.js';

export interface TrendRow {
  readonly name: string;
  readonly values: readonly number[];
  readonly now: string;
  readonly min: string;
  readonly max: string;
}

const NAMES: Readonly<Record<Trend['name'], string>> = { heap: 'heap', block: 'block', rssi: 'RSSI', rtt: 'probe' };

function valueText(name: Trend['name'], value: number): string {
  switch (name) {
    case 'heap':
    case 'block':
      return bytesText(value);
    case 'rssi':
      return `${Math.round(value)} dBm`;
    case 'rtt':
      return `${Math.round(value)} ms`;
  }
}

export function trendRows(board: BoardView): readonly TrendRow[] {
  return board.trends.map((trend) => ({
    name: NAMES[trend.name],
    values: trend.points.map((point) => point.v),
    now: valueText(trend.name, trend.now),
    min: valueText(trend.name, trend.min),
    max: valueText(trend.name, trend.max),
  }));
}

export interface ResetsByCause {
  /** `crash`: the cause in words. */
  readonly cause: string;
  readonly count: number;
  /** When the last one of this cause came, where that is still known. */
  readonly last: number | null;
}

/** The board's own resets, the most frequent cause first. */
export function resetRows({ state }: BoardView): readonly ResetsByCause[] {
  return (Object.entries(state.resets.byCause) as [ResetCause, number][])
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([cause, count]) => ({
      cause: causeInWords(cause),
      count,
      last: state.lastByCause[cause] ?? null,
    }));
}

const NAME_COLUMNS = 6;
const VALUE_COLUMNS = 9;

/** The panel in `columns` x `rows`: trends, resets by cause, crashes, losses and the latest alerts. */
export function healthLines(board: BoardView, now: number, columns: number, rows: number): readonly Line[] {
  const trends = trendRows(board).map((row) => trendLine(row, columns));
  const lines: readonly Line[] =
    trends.length === 0 ? [[span('no values yet: they come with probes and sensor lines', 'dim')]] : trends;
  // In few rows the resets must not be pushed out by the trends.
  if (rows < 8) return [...lines.slice(0, Math.max(1, rows - 1)), resetLine(board, true)].slice(0, rows);
  return [...lines, ...resetLines(board, now), ...alertLines(board, now)].slice(0, rows);
}

function trendLine(row: TrendRow, columns: number): Line {
  const range = `${row.min} to ${row.max}`;
  const room = columns - NAME_COLUMNS - VALUE_COLUMNS - widthOf(range) - 2;
  return [
    { text: pad(row.name, NAME_COLUMNS), bold: true },
    span(pad(row.now, VALUE_COLUMNS)),
    span(room >= 4 ? pad(sparkline(row.values, Math.min(40, room)), Math.min(40, room) + 1) : '', 'info'),
    span(range, 'dim'),
  ];
}

function resetLine(board: BoardView, causes: boolean): Line {
  const { own, commanded } = board.state.resets;
  const rows = causes ? resetRows(board) : [];
  return [
    { text: 'resets ', bold: true },
    span(`${own} of its own`, own > 0 ? 'warn' : 'ok'),
    span(rows.length === 0 ? '' : ` (${rows.map(({ cause, count }) => `${count} ${cause}`).join(', ')})`),
    span(` · ${commanded} by espwatch`),
  ];
}

function resetLines(board: BoardView, now: number): readonly Line[] {
  const { crashes, link, lastReset } = board.state;
  const causes = resetRows(board).map(({ cause, count, last }): Line => {
    return [span(`  ${count} ${cause}`, 'warn'), span(last === null ? '' : `, the last ${agoText(last, now)}`)];
  });
  const last: Line =
    lastReset === null
      ? [span('no reset seen yet', 'dim')]
      : [
          { text: 'last   ', bold: true },
          span(
            `${causeInWords(lastReset.cause)}${lastReset.commanded ? ' by espwatch' : ''}, ${agoText(lastReset.t, now)}`,
          ),
        ];
  const crash = crashes.recent.at(-1);
  const more: Line[] = [];
  if (crash !== undefined)
    more.push([
      { text: 'crash  ', bold: true },
      span(`${crashes.total} in all, the last ${agoText(crash.t, now)}`, 'bad'),
    ]);
  if (link.losses > 0)
    more.push([
      { text: 'port   ', bold: true },
      span(link.losses === 1 ? 'lost once' : `lost ${link.losses} times`, 'warn'),
    ]);
  return [resetLine(board, false), ...causes, last, ...more];
}

function alertLines(board: BoardView, now: number): readonly Line[] {
  return board.alerts
    .slice()
    .reverse()
    .map((alert) => [span('! ', 'bad'), span(`${agoText(alert.t, now)} `, 'dim'), span(shown(alert.text))]);
}
