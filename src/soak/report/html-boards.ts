/** Verdict, the table of boards, and a section with plots for each of them. */
import { modeInWords } from '../../board/wording.js';
import { durationText } from '../../units.js';
import type { BoardLedger, Finding, SeriesName } from '../ledger-types.js';
import { plotSeries } from './chart-data.js';
import { type BoardDigest, boardFigures, digest, failures, watchedTime } from './digest.js';
import type { ReportInput } from './input.js';
import { dataTable, esc, mark } from './markup.js';
import type { WallClock } from './wall-clock.js';
import {
  count,
  endingInWords,
  figure,
  gapInWords,
  hostInWords,
  probesInWords,
  rateInWords,
  restartInWords,
  tallyInWords,
  thresholdInWords,
  trendInWords,
  verdictInWords,
} from './words.js';

export function verdictSection({ ledger, verdict, title }: ReportInput, clock: WallClock): string {
  const failed = failures(verdict);
  const { watched, possible } = watchedTime(ledger);
  const tally = tallyInWords(verdict);
  const word = verdictInWords(verdict, ledger);
  const passed = word === 'passed';
  const reasons = failed.map((f) => `<li><b>${esc(f.board, 40)}</b> ${esc(f.text)}</li>`).join('');
  const target =
    verdict.hoursForTarget === null
      ? ''
      : ` A soak that shows the wanted time between failures takes ${figure(verdict.hoursForTarget)} watched hours without a reset.`;
  return `<header>
<p class="kicker">espwatch soak report</p>
<h1>${esc(title, 120)}</h1>
<p class="when">${clock.day(ledger.from)}, ${clock.time(ledger.from).slice(0, 5)} to ${clock.day(ledger.to)}, ${clock.time(ledger.to).slice(0, 5)} <span>(${esc(clock.zone)})</span></p>
</header>
<section class="verdict ${passed ? 'good' : 'bad'}" aria-labelledby="verdict">
<h2 id="verdict">${mark(passed, word.toUpperCase())}</h2>
<div><p class="lead">${tally.charAt(0).toUpperCase()}${tally.slice(1)}.</p>
${reasons === '' ? '' : `<ul>${reasons}</ul>`}
<p>${esc(rateInWords(verdict.rate))}. ${esc(verdict.proves)}${target}</p>
<p class="note">${count(ledger.boards.length, 'board')} over ${durationText(ledger.to - ledger.from)}; watched ${durationText(watched)} of ${durationText(possible)} of board time; ${endingInWords(ledger)}.</p></div>
</section>`;
}

export function boardTable(input: ReportInput): string {
  const rows = input.ledger.boards.map((board, i) => {
    const d = digest(board, input.verdict);
    return [`<a href="#board-${i}">${esc(board.name, 40)}</a>`, mark(d.passed), ...boardFigures(board, d)];
  });
  return dataTable(
    'Boards',
    [
      ['Board', ''],
      ['Thresholds', ''],
      ['Watched', 'n'],
      ['Resets', 'n'],
      ['Commanded', 'n'],
      ['Crashes', 'n'],
      ['Least heap', 'n'],
      ['Answered', 'n'],
      ['RTT p99', 'n'],
    ],
    rows,
  );
}

const PLOTS: readonly {
  readonly kind: string;
  readonly title: string;
  readonly unit: string;
  readonly names: readonly SeriesName[];
}[] = [
  { kind: 'memory', title: 'Free heap and largest free block', unit: 'kB', names: ['heap', 'block'] },
  { kind: 'rssi', title: 'Wi-Fi signal', unit: 'dBm', names: ['rssi'] },
  { kind: 'rtt', title: 'Round trip of the probes', unit: 'ms', names: ['rtt'] },
];

export function boardSections(input: ReportInput): string {
  return input.ledger.boards.map((board, i) => boardSection(digest(board, input.verdict), i)).join('\n');
}

function boardSection(d: BoardDigest, index: number): string {
  const board = d.ledger;
  const drawn = PLOTS.map((plot) => ({
    ...plot,
    names: plot.names.filter((name) => (board.series[name]?.t.length ?? 0) > 0),
  })).filter((plot) => plot.names.length > 0);
  const plots = drawn.map(({ kind, title, unit, names }, i) => {
    const words = names.map((name) => rangeInWords(name, board)).join('; ');
    const last = i === drawn.length - 1 ? ' data-last' : '';
    return `<figure class="plot" data-board="${index}" data-plot="${kind}"${last}><figcaption><b>${title}</b> <span>${unit}</span></figcaption><div class="canvas" tabindex="0" role="img" aria-label="${title}: ${words}. Arrows move, plus and minus zoom, 0 shows all."><p class="note">${words}. The plot needs scripts, which this viewer does not run.</p></div></figure>`;
  });
  const facts: readonly (readonly [string, string])[] = [
    ['Mode at the end', `${modeInWords(board.mode)}, ${board.verdict}`],
    ['MAC', board.mac ?? 'not known'],
    ['Heap trend', trendInWords(d.trend)],
    ['Probes', probesInWords(board.probes)],
    ['Longest without answer', board.probes.longestFailureMs === 0 ? '-' : durationText(board.probes.longestFailureMs)],
  ];
  const list = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${esc(value)}</dd></div>`).join('');
  const missing =
    plots.length === 0
      ? '<p class="note">The board sent no telemetry and was not probed: there is nothing to plot.</p>'
      : '';
  return `<section class="board" id="board-${index}" aria-labelledby="board-${index}-name"><h3 id="board-${index}-name">${esc(board.name, 40)} ${mark(d.passed)}</h3><dl class="facts">${list}</dl>${plots.join('')}${missing}</section>`;
}

const NAMES: Readonly<Record<SeriesName, readonly [name: string, unit: string]>> = {
  heap: ['free heap', 'B'],
  block: ['largest block', 'B'],
  rssi: ['RSSI', 'dBm'],
  rtt: ['round trip', 'ms'],
};

function rangeInWords(name: SeriesName, board: BoardLedger): string {
  const [words, unit] = NAMES[name];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of board.series[name]?.v ?? []) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return `${words} ${figure(low)} to ${figure(high)} ${unit}`;
}

/** What the script draws; numbers only, but for the zone's name. */
export function plotData({ ledger }: ReportInput, clock: WallClock): unknown {
  return {
    zone: clock.name,
    offset: clock.offset(ledger.from),
    from: ledger.from,
    // A run of no length has a scale all the same.
    to: Math.max(ledger.to, ledger.from + 1000),
    boards: ledger.boards.map((board) => ({
      series: Object.fromEntries(
        Object.entries(board.series).map(([name, series]) => [name, plotSeries(series, board.gaps)]),
      ),
      own: board.resets.filter((r) => !r.commanded && r.loop === null).map((r) => r.t),
      commanded: board.resets.filter((r) => r.commanded).map((r) => r.t),
      loops: board.loops.map((loop) => [loop.from, loop.to]),
      gaps: board.gaps.map((gap) => [gap.from, gap.to]),
    })),
  };
}

export function thresholdTable({ verdict }: ReportInput): string {
  const worstFirst = (a: Finding, b: Finding): number => Number(a.passed) - Number(b.passed);
  const rows = [...verdict.findings]
    .sort(worstFirst)
    .map((f) => [thresholdInWords(f.threshold), esc(f.board, 40), mark(f.passed), esc(f.text)]);
  return rows.length === 0
    ? '<p>No threshold was asked for.</p>'
    : dataTable(
        'Thresholds',
        [
          ['Threshold', ''],
          ['Board', ''],
          ['Result', ''],
          ['Limit and observation', ''],
        ],
        rows,
      );
}

/** What the run did not see; a report that hides it cannot be believed. */
export function unwatchedSection({ ledger }: ReportInput, clock: WallClock): string {
  const lines = [
    ...ledger.boards.flatMap((board) =>
      board.gaps.map(
        (gap) =>
          `<b>${esc(board.name, 40)}</b> ${clock.time(gap.from)} to ${clock.time(gap.to)}, ${durationText(gap.to - gap.from)}: ${gapInWords(gap.reason)}${restartInWords(gap)}. It does not count as uptime.`,
      ),
    ),
    ...ledger.host.map((entry) => `${clock.time(entry.t)}: ${hostInWords(entry)}.`),
    ...ledger.storage.map(
      (entry) =>
        `${clock.time(entry.from)} to ${clock.time(entry.to)}: ${esc(entry.detail)} ${entry.lostBytes} bytes of raw output were not kept.`,
    ),
  ];
  if (lines.length === 0) return '<p>Nothing: every board was watched for the whole run, and every byte was kept.</p>';
  const more = lines.length > MOST_LINES ? `<li>and ${lines.length - MOST_LINES} more</li>` : '';
  return `<ul>${lines
    .slice(0, MOST_LINES)
    .map((line) => `<li>${line}</li>`)
    .join('')}${more}</ul>`;
}

const MOST_LINES = 200;
