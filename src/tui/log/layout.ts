import type { LogRecord } from '../../session/log-store.js';
import { timeOfDay } from '../../units.js';
import { cleanStart, cleanText, cutCells, wrapCells } from './cells.js';

/** Cells of a screen line, from left to right. */
export interface Columns {
  /** Marks the rows that a search found; 0 without one. */
  readonly gutter: number;
  readonly time: number;
  readonly text: number;
}

const GUTTER = 2;
/** `HH:MM:SS.mmm ` and `HH:MM:SS `. */
const FULL_TIME = 13;
const SHORT_TIME = 9;
/** Narrower text is worth less than the time beside it. */
const MIN_TEXT_FULL = 46;
const MIN_TEXT_SHORT = 24;
const MIN_TEXT_GUTTER = 16;

export interface Look {
  readonly width: number;
  readonly showTime: boolean;
  readonly plain: boolean;
  readonly searching: boolean;
}

export function columnsOf({ width, showTime, plain, searching }: Look): Columns {
  const room = Math.max(1, width);
  if (plain) return { gutter: 0, time: 0, text: room };
  const gutter = searching && room >= GUTTER + MIN_TEXT_GUTTER ? GUTTER : 0;
  let time = 0;
  if (showTime && room - gutter >= FULL_TIME + MIN_TEXT_FULL) time = FULL_TIME;
  else if (showTime && room - gutter >= SHORT_TIME + MIN_TEXT_SHORT) time = SHORT_TIME;
  return { gutter, time, text: room - gutter - time };
}

/** The time column of a row, its space included. */
export function timeText(t: number, cells: number): string {
  return cells === 0 ? '' : `${timeOfDay(t).slice(0, cells - 1)} `;
}

/** What a row is, where the colour does not show: an event, or what we sent. */
export function markOf({ kind, tone }: LogRecord, plain: boolean): string {
  if (plain) return '';
  if (kind === 'event') return '── ';
  return tone === 'sent' ? '> ' : '';
}

/** The row's text on its screen lines, mark included: one line, or as many as it takes. Never wider than `width`. */
export function textLines(row: LogRecord, width: number, wrap: boolean, plain: boolean): readonly string[] {
  const mark = markOf(row, plain);
  return wrap ? wrapCells(mark + cleanText(row.text), width) : [cutCells(mark + cleanStart(row.text, width), width)];
}
