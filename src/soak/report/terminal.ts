/** The report for a terminal of 80 columns; every colour stands beside a word. */
import { crashHint } from '../../board/wording.js';
import { bytesText, durationText } from '../../units.js';
import { boardLabel } from './board-label.js';
import { deviceText } from './device-text.js';
import { boardFigures, digest, failures, type Happening, happenings, watchedTime } from './digest.js';
import type { Paint, ReportInput } from './input.js';
import { cell, WIDTH, wrapped } from './lines.js';
import { type WallClock, wallClock } from './wall-clock.js';
import {
  count,
  endingInWords,
  figure,
  gapInWords,
  hostInWords,
  incidentInWords,
  loopInWords,
  percent,
  rateInWords,
  resetInWords,
  restartInWords,
  tallyInWords,
  verdictInWords,
} from './words.js';

/** Rows of the ledger on a terminal; the HTML report has more, the JSON report all. */
const MOST_ROWS = 200;
const NAME = 14;
const plain: Paint = (_style, text) => text;

export function terminalReport(input: ReportInput, paint: Paint = plain): string {
  const { ledger } = input;
  const clock = wallClock(input.timeZone, ledger.from, ledger.to);
  return [
    ...verdictLines(input, clock, paint),
    ...section('Boards', boardLines(input, paint), paint),
    ...section('Ledger', ledgerLines(input, clock, paint), paint),
    ...section('Crashes by place', crashLines(input, clock, paint), paint),
    ...section('Rate of resets', rateLines(input), paint),
    ...section('Not watched', unwatchedLines(input, clock), paint),
  ].join('\n');
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ['', paint('bold', title), ...lines];
}

function name(text: string): string {
  return cell(boardLabel(text, NAME, '~'), NAME);
}

function verdictLines({ ledger, verdict, title }: ReportInput, clock: WallClock, paint: Paint): string[] {
  const failed = failures(verdict);
  const word = verdictInWords(verdict, ledger);
  const style = { passed: 'green', failed: 'red', 'not finished': 'yellow' } as const;
  const { watched, possible } = watchedTime(ledger);
  return [
    `${paint('bold', paint(style[word], word.toUpperCase()))}  ${tallyInWords(verdict)}`,
    ...failed.flatMap((f) => {
      const [first = '', ...rest] = wrapped(deviceText(f.text), WIDTH - NAME - 8);
      return [
        `  ${paint('red', 'FAIL')} ${name(f.board)} ${first}`,
        ...rest.map((line) => ' '.repeat(NAME + 8) + line),
      ];
    }),
    '',
    ...wrapped(deviceText(title, 200)),
    ...wrapped(
      `${clock.day(ledger.from)} ${clock.time(ledger.from)} to ${clock.day(ledger.to)} ${clock.time(ledger.to)} (${clock.zone})`,
    ),
    ...wrapped(
      `${count(ledger.boards.length, 'board')} over ${durationText(ledger.to - ledger.from)}; watched ${durationText(watched)} of ${durationText(possible)} of board time; ${endingInWords(ledger)}.`,
    ),
  ];
}

const COLUMNS = [
  ['watched', 10],
  ['resets', 7],
  ['asked', 6],
  ['crash', 6],
  ['least heap', 11],
  ['answered', 9],
  ['p99', 9],
] as const;

function boardLines({ ledger, verdict }: ReportInput, paint: Paint): string[] {
  const head = `${cell('board', NAME)} ${cell('', 5)}${COLUMNS.map(([label, width]) => cell(label, width, true)).join('')}`;
  const rows = ledger.boards.map((board) => {
    const d = digest(board, verdict);
    const values = boardFigures(board, d);
    const mark = d.passed ? paint('green', 'ok  ') : paint('red', 'FAIL');
    return `${name(board.name)} ${mark} ${values.map((value, i) => cell(value, COLUMNS[i]?.[1] ?? 8, true)).join('')}`;
  });
  return [paint('dim', head), ...rows];
}

function ledgerLines(input: ReportInput, clock: WallClock, paint: Paint): string[] {
  const { rows, omitted } = happenings(input.ledger, Number.POSITIVE_INFINITY);
  const told = rows.filter((row) => !isRoutine(row));
  const routine = rows.length - told.length + omitted;
  let day = '';
  const lines = told.slice(0, MOST_ROWS).flatMap((row) => {
    const today = clock.day(row.t);
    const heading = today === day ? [] : [paint('dim', today)];
    day = today;
    return [...heading, ...rowLines(row, input, clock, paint)];
  });
  if (told.length === 0) lines.push('No reset and no incident.');
  if (told.length > MOST_ROWS) lines.push(`and ${told.length - MOST_ROWS} more rows: see --html or --json`);
  if (routine > 0)
    lines.push(
      paint('dim', `besides: ${count(routine, 'commanded reset or mode change', 'commanded resets and mode changes')}`),
    );
  return lines;
}

function isRoutine(row: Happening): boolean {
  return (
    (row.kind === 'reset' && row.reset.commanded) || (row.kind === 'incident' && row.incident.kind === 'mode-changed')
  );
}

function rowLines(row: Happening, input: ReportInput, clock: WallClock, paint: Paint): string[] {
  const board = row.board === null ? 'all' : (input.ledger.boards[row.board]?.name ?? '');
  const lead = `${clock.time(row.t)}  ${name(board)} `;
  const indent = ' '.repeat(lead.length - name(board).length + NAME);
  const room = WIDTH - 11 - NAME;
  const { what, why } = rowText(row, clock);
  const own = row.kind === 'reset' || row.kind === 'loop' || row.kind === 'folded';
  const [first = '', ...rest] = wrapped(what, room);
  const style = (text: string): string => (own ? paint('red', text) : paint('yellow', text));
  return [
    lead + style(first),
    ...rest.map((line) => indent + style(line)),
    ...why.flatMap((line) => wrapped(line, room).map((piece) => indent + paint('dim', piece))),
  ];
}

function rowText(row: Happening, clock: WallClock): { readonly what: string; readonly why: readonly string[] } {
  switch (row.kind) {
    case 'reset': {
      const sure = row.reset.confidence < 1 ? ` (confidence ${percent(row.reset.confidence)})` : '';
      return {
        what: `#${row.reset.number} ${resetInWords(row.reset)}${sure}`,
        why: row.reset.evidence.slice(0, 4).map((line) => deviceText(line)),
      };
    }
    case 'loop':
      return { what: loopInWords(row.loop), why: [`Until ${clock.time(row.loop.to)}; counts as one reset.`] };
    case 'folded':
      return { what: `and ${count(row.resets, 'more reset')} of loop ${row.loop}`, why: [] };
    case 'incident': {
      const { kind, until, t, detail } = row.incident;
      const lasted = until === null ? '' : ` for ${durationText(until - t)}`;
      return { what: incidentInWords(kind) + lasted, why: [deviceText(detail)] };
    }
    case 'gap':
      return {
        what: `not watched for ${durationText(row.gap.to - row.gap.from)}: ${gapInWords(row.gap.reason)}`,
        why: [],
      };
    case 'host':
      return { what: hostInWords(row.entry), why: [] };
    case 'storage':
      return { what: `${bytesText(row.entry.lostBytes)} of raw capture not kept`, why: [deviceText(row.entry.detail)] };
  }
}

function crashLines({ ledger, frames }: ReportInput, clock: WallClock, paint: Paint): string[] {
  return ledger.boards.flatMap((board) =>
    board.crashGroups.flatMap((group) => {
      const last = group.count === 1 ? '' : `, last ${clock.time(group.last)}`;
      const hint = crashHint(group.example);
      const places = frames?.get(group.signature) ?? [];
      return [
        ...wrapped(`${group.count}x ${deviceText(group.title)}`, WIDTH, '   ').map((line) => paint('red', line)),
        ...wrapped(
          `${deviceText(board.name, 80)}, first ${clock.time(group.first)}${last}. ${hint ?? ''}`,
          WIDTH - 3,
        ).map((line) => `   ${line}`),
        ...places.flatMap((place) =>
          wrapped(`at ${deviceText(place)}`, WIDTH - 5, '   ').map((line) => `     ${paint('cyan', line)}`),
        ),
      ];
    }),
  );
}

function rateLines({ verdict }: ReportInput): string[] {
  const target =
    verdict.hoursForTarget === null
      ? ''
      : ` The wanted time between failures takes ${figure(verdict.hoursForTarget)} watched hours without a reset to show.`;
  return [...wrapped(`${rateInWords(verdict.rate)}.`), ...wrapped(deviceText(verdict.proves) + target)];
}

function unwatchedLines({ ledger }: ReportInput, clock: WallClock): string[] {
  const gaps = ledger.boards.flatMap((board) =>
    board.gaps.map((gap) => {
      const when = `${clock.time(gap.from)} to ${clock.time(gap.to)}, ${durationText(gap.to - gap.from)}`;
      const [first = '', ...rest] = wrapped(
        `${when}: ${gapInWords(gap.reason)}${restartInWords(gap)}`,
        WIDTH - NAME - 1,
      );
      return [`${name(board.name)} ${first}`, ...rest.map((line) => ' '.repeat(NAME + 1) + line)];
    }),
  );
  if (gaps.length === 0) return ['Nothing: every board was watched for the whole run.'];
  return [...gaps.slice(0, MOST_ROWS).flat(), 'This time does not count as uptime.'];
}
