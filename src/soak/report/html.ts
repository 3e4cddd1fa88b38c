/** The report as one HTML file that needs nothing else: no network, no neighbour files. */
import { createHash } from 'node:crypto';
import type { ReportAssets } from './assets.js';
import {
  boardSections,
  boardTable,
  plotData,
  thresholdTable,
  unwatchedSection,
  verdictSection,
} from './html-boards.js';
import { crashGroup, ledgerTable } from './html-ledger.js';
import { timeline } from './html-timeline.js';
import type { ReportInput } from './input.js';
import { esc, scriptJson } from './markup.js';
import { wallClock } from './wall-clock.js';
import { verdictInWords } from './words.js';

/** `assets` come from `loadReportAssets`; the result is a whole document. */
export function htmlReport(input: ReportInput, assets: ReportAssets): string {
  const { ledger, run } = input;
  const clock = wallClock(input.timeZone, ledger.from, ledger.to);
  const style = `${assets.uplotStyle}\n${assets.style}`;
  const script = `${assets.uplotScript}\n(()=>{"use strict";\n${assets.script}\n})();`;
  const crashes = ledger.boards.flatMap((board) =>
    board.crashGroups.map((group) => crashGroup(group, board.name, input, clock)),
  );
  // The plain word in the title makes the verdict readable from a tab, too.
  const word = verdictInWords(input.verdict, ledger);
  const title = `${word.charAt(0).toUpperCase()}${word.slice(1)}: ${input.title}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hash(script)}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${esc(title, 120)}</title>
<style>${style}</style>
</head>
<body>
<main>
${verdictSection(input, clock)}
<section><h2>The night</h2>
${timeline(ledger, clock)}</section>
<section><h2>Boards</h2>
${boardTable(input)}</section>
<section><h2>Ledger</h2>
${ledgerTable(input, clock)}</section>
${crashes.length === 0 ? '' : `<section><h2>Crashes by place</h2>${crashes.join('\n')}</section>`}
<section><h2>Memory and network</h2>
<p class="note screen">Drag across a plot to zoom; a double click shows the whole night again. <button type="button" id="whole" hidden>Whole night</button></p>
${boardSections(input)}</section>
<section><h2>Thresholds</h2>
${thresholdTable(input)}</section>
<section><h2>What was not watched</h2>
${unwatchedSection(input, clock)}</section>
<section><h2>The run</h2>
<ul>${run.plan.map((line) => `<li>${esc(line)}</li>`).join('')}</ul>
<p class="note">Started ${esc(run.started)}. Times are local times of ${esc(clock.zone)}. espwatch ${esc(run.version, 40)}.</p></section>
</main>
<script type="application/json" id="data">${scriptJson(plotData(input, clock))}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
