import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadReportAssets } from '../../src/soak/report/assets.js';
import { htmlReport } from '../../src/soak/report/html.js';
import type { ReportInput } from '../../src/soak/report/input.js';
import { type Peer, program } from '../support/peers.js';
import { runProgram } from '../support/run-program.js';
import { hostileSoak } from './hostile-soak.js';
import { sampleSoak } from './sample-soak.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const browser: Peer =
  NAMES.map((name) => program(name)).find(({ skip }) => skip === false) ?? program('chromium', 'Chromium or Chrome');
const options = { skip: browser.skip, timeout: 120_000 };

/** What was measured in the page after its scripts ran, and what the browser complained of. */
async function opened(
  t: TestContext,
  soak: ReportInput,
  width: number,
): Promise<{ seen: string; complaints: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'espwatch-report-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  writeFileSync(join(folder, 'report.html'), htmlReport(soak, loadReportAssets()));
  // A window cannot be as narrow as a telephone; a frame can.
  const measure = [
    'const d=f.contentDocument',
    'const n=s=>d.querySelectorAll(s).length',
    // A key on a plot zooms in by a fifth from either side.
    "d.querySelector('.canvas').dispatchEvent(new f.contentWindow.KeyboardEvent('keydown',{key:'+'}))",
    "document.title='reach '+d.documentElement.scrollWidth+', '+n('canvas')+' of '+n('.plot')+' plots, '+d.querySelector('.zoomed').getAttribute('width')+' zoomed, '+d.title.slice(0,26)",
  ].join(';');
  const frame = `<!doctype html><iframe id="f" src="report.html" style="width:${width}px;height:900px;border:0" onload="${measure}"></iframe>`;
  writeFileSync(join(folder, 'frame.html'), frame);
  const args = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--allow-file-access-from-files',
    '--enable-logging=stderr',
    `--user-data-dir=${join(folder, 'profile')}`,
    '--window-size=1500,1000',
    '--dump-dom',
  ];
  const { output } = await runProgram(browser.path, [...args, pathToFileURL(join(folder, 'frame.html')).href], {
    signal: t.signal,
  });
  return {
    seen: /<title>(.*?)<\/title>/.exec(output)?.[1] ?? output,
    complaints: output.split('\n').filter((line) => line.includes(':CONSOLE')),
  };
}

for (const width of [390, 1400]) {
  test(`HTML: at ${width} px all plots are drawn and nothing reaches beyond the page`, options, async (t) => {
    const { seen, complaints } = await opened(t, sampleSoak(), width);
    assert.deepEqual(complaints, []);
    // The cellar was not probed for a round trip: 3 plots for the other boards, 2 for it.
    assert.equal(seen, `reach ${width}, 11 of 11 plots, 60% zoomed, Failed: Garden controllers`);
  });
}

test('HTML: a hostile night runs nothing, and keeps to its page', options, async (t) => {
  const { seen, complaints } = await opened(t, hostileSoak(), 390);
  assert.deepEqual(complaints, []);
  assert.match(seen, /^reach 390, 11 of 11 plots, 60% zoomed, Failed: &lt;\/script&gt;/);
});
