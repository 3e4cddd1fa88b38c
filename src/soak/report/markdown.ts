/** The report for a pull request: short, with details folded. */
import { durationText } from '../../units.js';
import { deviceText } from './device-text.js';
import { digest, failures, watchedTime } from './digest.js';
import type { ReportInput } from './input.js';
import { type WallClock, wallClock } from './wall-clock.js';
import {
  count,
  endingInWords,
  gapInWords,
  heapText,
  loopInWords,
  percent,
  rateInWords,
  resetInWords,
  restartInWords,
  tallyInWords,
  verdictInWords,
} from './words.js';

/** Rows of one list; a comment on a pull request has a limit of 65,536 characters. */
const MOST_ROWS = 40;

export function markdownReport(input: ReportInput): string {
  const { ledger, verdict } = input;
  const clock = wallClock(input.timeZone, ledger.from, ledger.to);
  const { watched, possible } = watchedTime(ledger);
  const word = verdictInWords(verdict, ledger);
  const failed = failures(verdict).map((f) => `- ${code(f.board)} ${md(f.text)}`);
  return `${[
    `## Soak ${word === 'failed' ? 'FAILED' : word}: ${code(input.title, 120)}`,
    `**${tallyInWords(verdict)}.** ${count(ledger.boards.length, 'board')} over ${durationText(ledger.to - ledger.from)}, watched ${durationText(watched)} of ${durationText(possible)} of board time; ${endingInWords(ledger)}.`,
    listed(failed),
    boardTable(input),
    `${md(rateInWords(verdict.rate))}. ${md(verdict.proves)}`,
    folded('Resets', resetLines(input, clock)),
    folded('Crashes by place', crashLines(input)),
    folded('Not watched', gapLines(input, clock)),
    `<sub>${clock.day(ledger.from)} ${clock.time(ledger.from)} to ${clock.day(ledger.to)} ${clock.time(ledger.to)}, ${md(clock.zone)}; espwatch ${md(input.run.version, 40)}</sub>`,
  ]
    .filter((block) => block !== '')
    .join('\n\n')}\n`;
}

/**
 * Text inside a line of Markdown. Character references stand for themselves wherever they are, so nothing here
 * can begin markup, HTML, a link, a mention or a cell.
 */
export function md(text: string, limit?: number): string {
  const reference = (c: string): string => `&#${c.charCodeAt(0)};`;
  return deviceText(text, limit)
    .replace(/[&<>"'`*_{}[\]\\|~#@!$^:=]/g, reference)
    .replace(/^[-+]|(?<=^\d+)[.)]|(?<=w)\.|(?<=\S)\.(?=[a-z])/gi, reference);
}

/** Names and words of devices: in `<code>` nobody is mentioned and nothing is linked. */
function code(text: string, limit = 60): string {
  return `<code>${md(text, limit)}</code>`;
}

function listed(lines: readonly string[]): string {
  const left = lines.length - MOST_ROWS;
  return [...lines.slice(0, MOST_ROWS), ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}

function folded(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<details><summary>${title} (${lines.length})</summary>\n\n${listed(lines)}\n\n</details>`;
}

function boardTable({ ledger, verdict }: ReportInput): string {
  const rows = ledger.boards.slice(0, MOST_ROWS).map((board) => {
    const d = digest(board, verdict);
    const answered = board.probes.asked === 0 ? '-' : percent(board.probes.answered / board.probes.asked);
    return `| ${code(board.name)} | ${d.passed ? 'ok' : '**failed**'} | ${durationText(board.watchedMs)} | ${d.ownResets} | ${d.commanded} | ${d.crashes} | ${heapText(d.minHeap)} | ${answered} |`;
  });
  return [
    '| board | thresholds | watched | resets | commanded | crashes | least heap | answered |',
    '|:--|:--|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ].join('\n');
}

function resetLines({ ledger }: ReportInput, clock: WallClock): string[] {
  const told = ledger.boards.flatMap((board) => [
    ...board.loops.map((loop) => ({ t: loop.from, board: board.name, text: md(loopInWords(loop)) })),
    ...board.resets
      .filter((reset) => !reset.commanded && reset.loop === null)
      .map((reset) => ({
        t: reset.t,
        board: board.name,
        text: `no. ${reset.number}, ${md(resetInWords(reset))}${reset.evidence[0] === undefined ? '' : `: ${code(reset.evidence[0], 160)}`}`,
      })),
  ]);
  return told.sort((a, b) => a.t - b.t).map(({ t, board, text }) => `- ${clock.time(t)} ${code(board)} ${text}`);
}

function crashLines({ ledger, frames }: ReportInput): string[] {
  return ledger.boards.flatMap((board) =>
    board.crashGroups.map((group) => {
      const place = frames?.get(group.signature)?.[0];
      return `- ${group.count}x ${code(board.name)} ${code(group.title, 160)}${place === undefined ? '' : ` at ${code(place, 160)}`}`;
    }),
  );
}

function gapLines({ ledger }: ReportInput, clock: WallClock): string[] {
  return ledger.boards.flatMap((board) =>
    board.gaps.map(
      (gap) =>
        `- ${code(board.name)} ${clock.time(gap.from)} to ${clock.time(gap.to)}, ${durationText(gap.to - gap.from)}: ${gapInWords(gap.reason)}${restartInWords(gap)}`,
    ),
  );
}
