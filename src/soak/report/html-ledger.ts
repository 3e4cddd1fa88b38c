/** The ledger as a table: one row for each thing that happened, its details folded below it. */

import type { CrashReport } from '../../board/events.js';
import { crashHint, crashInWords } from '../../board/wording.js';
import { bytesText, durationText } from '../../units.js';
import type { ContextLine, CrashGroup, ResetEntry } from '../ledger-types.js';
import { type Happening, happenings } from './digest.js';
import type { ReportInput } from './input.js';
import { esc } from './markup.js';
import type { WallClock } from './wall-clock.js';
import { count, gapInWords, hostInWords, incidentInWords, ledgerCauseInWords, loopInWords, percent } from './words.js';

/** Rows of one report; a worse night is told by its JSON. */
const MOST_ROWS = 1200;
const COLUMNS = 5;

interface Row {
  readonly id: string | null;
  /** What the board did by itself, what happened to it, and what was meant to happen. */
  readonly kind: 'own' | 'incident' | 'routine';
  readonly what: string;
  readonly uptime: string;
  readonly summary: string;
  readonly details: string;
}

export function ledgerTable(input: ReportInput, clock: WallClock): string {
  const { rows, omitted } = happenings(input.ledger, MOST_ROWS);
  let day = '';
  const bodies = rows.map((happening) => {
    const today = clock.day(happening.t);
    const heading =
      today === day
        ? ''
        : `<tbody class="day"><tr><th scope="rowgroup" colspan="${COLUMNS}">${today}</th></tr></tbody>`;
    day = today;
    return heading + body(happening, rowOf(happening, input, clock), input, clock);
  });
  const left =
    omitted === 0
      ? ''
      : `<p class="note">${omitted} rows (commanded resets, mode changes and incidents first) are left out here; the JSON report has them all.</p>`;
  const boards = input.ledger.boards.map((b, i) => `<option value="${i}">${esc(b.name, 40)}</option>`).join('');
  return `<form class="filter" id="filter" hidden>
<label>Board <select name="board"><option value="">all</option>${boards}</select></label>
<label>Show <select name="kind"><option value="own incident">resets and incidents</option><option value="own">resets only</option><option value="own incident routine">also what was commanded</option></select></label>
<output></output>
</form>
<div class="scroll" tabindex="0" role="region" aria-label="Ledger"><table class="ledger" id="ledger">
<thead><tr><th scope="col">Time</th><th scope="col">Board</th><th scope="col" class="n">No.</th><th scope="col" class="n">Uptime before</th><th scope="col">What</th></tr></thead>
${bodies.join('\n')}
</table></div>${left}`;
}

function body(happening: Happening, row: Row, input: ReportInput, clock: WallClock): string {
  const board = happening.board === null ? 'all' : esc(input.ledger.boards[happening.board]?.name ?? '', 40);
  const id = row.id === null ? '' : ` id="${row.id}"`;
  const number = happening.kind === 'reset' ? `#${happening.reset.number}` : '';
  const summary =
    row.summary === '' ? '' : `<tr class="more"><td colspan="${COLUMNS - 1}"></td><td>${fold(row)}</td></tr>`;
  return `<tbody${id} class="${row.kind}" data-board="${happening.board ?? ''}"><tr><th scope="row">${clock.time(happening.t)}</th><td>${board}</td><td class="n">${number}</td><td class="n">${row.uptime}</td><td class="what">${row.what}</td></tr>${summary}</tbody>`;
}

function fold(row: Row): string {
  return row.details === '' ? row.summary : `<details><summary>${row.summary}</summary>${row.details}</details>`;
}

function rowOf(happening: Happening, input: ReportInput, clock: WallClock): Row {
  const board = happening.board;
  const plain = { id: null, kind: 'incident', uptime: '', summary: '', details: '' } as const;
  switch (happening.kind) {
    case 'reset':
      return resetRow(happening.reset, `b${board}-r${happening.reset.number}`, input, clock);
    case 'loop':
      return {
        ...plain,
        id: `b${board}-l${happening.loop.number}`,
        kind: 'own',
        what: `<strong>${esc(loopInWords(happening.loop))}</strong>`,
        summary: `Until ${clock.time(happening.loop.to)}; counts as one reset.`,
      };
    case 'folded':
      return { ...plain, kind: 'own', what: `and ${count(happening.resets, 'more reset')} of loop ${happening.loop}` };
    case 'incident': {
      const { kind, until, t, detail } = happening.incident;
      const lasted = until === null ? '' : ` for ${durationText(until - t)}`;
      const sort = kind === 'mode-changed' ? 'routine' : 'incident';
      return { ...plain, kind: sort, what: `${incidentInWords(kind)}${lasted}`, summary: esc(detail) };
    }
    case 'gap': {
      const { from, to, reason } = happening.gap;
      return {
        ...plain,
        what: `not watched for ${durationText(to - from)}`,
        summary: `Until ${clock.time(to)}: ${gapInWords(reason)}.`,
      };
    }
    case 'host':
      return { ...plain, what: hostInWords(happening.entry) };
    case 'storage':
      return {
        ...plain,
        what: `${bytesText(happening.entry.lostBytes)} of raw capture not kept`,
        summary: `Until ${clock.time(happening.entry.to)}: ${esc(happening.entry.detail)}`,
      };
  }
}

function resetRow(reset: ResetEntry, id: string, input: ReportInput, clock: WallClock): Row {
  const sure = reset.confidence < 1 ? ` <small>confidence ${percent(reset.confidence)}</small>` : '';
  const by = reset.commanded ? ' <small>commanded</small>' : '';
  const [first = 'No evidence on record.', ...others] = reset.evidence;
  const details = [
    others.length === 0 ? '' : `<ul>${others.map((line) => `<li>${esc(line)}</li>`).join('')}</ul>`,
    reset.crash === null ? '' : crashDetails(reset.crash, framesOf(reset.signature, input)),
    context('Before', reset.before, clock),
    context('After', reset.after, clock),
  ].join('');
  const cause = esc(ledgerCauseInWords(reset.cause));
  const crash = reset.crash === null ? '' : ` <small>${esc(crashBeside(reset.crash, cause))}</small>`;
  return {
    id,
    kind: reset.commanded ? 'routine' : 'own',
    what: `${reset.commanded ? cause : `<strong>${cause}</strong>`}${by}${crash}${sure}`,
    uptime: reset.uptimeMs === null ? '-' : durationText(reset.uptimeMs),
    summary: esc(first),
    details,
  };
}

/** The crash in words, without the cause that stands before it. */
function crashBeside(crash: CrashReport, cause: string): string {
  const words = crashInWords(crash);
  return words.startsWith(cause) ? words.slice(cause.length).replace(/^[: ]+/, '') : words;
}

function context(name: string, lines: readonly ContextLine[], clock: WallClock): string {
  if (lines.length === 0) return '';
  const text = lines.map((line) => `<span class="at">${clock.time(line.t)}</span>  ${esc(line.text)}`).join('\n');
  return `<h4>${name}</h4><pre>${text}</pre>`;
}

function framesOf(signature: string | null, input: ReportInput): readonly string[] {
  return signature === null ? [] : (input.frames?.get(signature) ?? []);
}

export function crashDetails(crash: CrashReport, frames: readonly string[]): string {
  const registers =
    crash.registers === null
      ? ''
      : `<dl class="registers">${Object.entries(crash.registers)
          .map(([name, value]) => `<div><dt>${esc(name)}</dt><dd>0x${hexWord(value)}</dd></div>`)
          .join('')}</dl>`;
  const lines =
    frames.length === 0
      ? ''
      : `<ol class="frames">${frames.map((frame) => `<li><code>${esc(frame)}</code></li>`).join('')}</ol>`;
  const broken = crash.complete ? '' : ' The report broke off.';
  return `<p>${esc(crashHint(crash) ?? '')}${broken}</p>${registers}${lines}`;
}

export function crashGroup(group: CrashGroup, board: string, input: ReportInput, clock: WallClock): string {
  const frames = framesOf(group.signature, input);
  const when =
    group.count === 1
      ? `at ${clock.time(group.first)}`
      : `first ${clock.time(group.first)}, last ${clock.time(group.last)}`;
  const unresolved =
    frames.length === 0 ? '<p class="note">No source lines: no ELF of this firmware was at hand.</p>' : '';
  const words = group.example.stack?.words ?? [];
  const stack =
    words.length === 0
      ? ''
      : `<details><summary>Stack, ${count(words.length, 'word')}</summary><pre>${rowsOfWords(words.slice(0, 256))}</pre></details>`;
  return `<article class="crash"><h3><span class="times">${group.count}&times;</span> ${esc(group.title)}</h3><p class="note">${esc(board, 40)}, ${when}</p>${crashDetails(group.example, frames)}${unresolved}${stack}</article>`;
}

/** A journal from elsewhere may hold anything in place of a number. */
function hexWord(value: unknown): string {
  return (Number(value) >>> 0).toString(16).padStart(8, '0');
}

function rowsOfWords(words: readonly number[]): string {
  const hex = words.map(hexWord);
  return Array.from({ length: Math.ceil(hex.length / 8) }, (_, i) => hex.slice(i * 8, i * 8 + 8).join(' ')).join('\n');
}
