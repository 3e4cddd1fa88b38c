import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { REPORT_STYLE } from './html-style.js';

/** What is put into every HTML report. */
export interface ReportAssets {
  readonly uplotScript: string;
  readonly uplotStyle: string;
  /** Our own scripts, compiled from `page-*.ts`; each keeps its names to itself. */
  readonly scripts: readonly string[];
  readonly style: string;
}

/** Reads the plotting library and the page's scripts; the only file access of the reports. */
export function loadReportAssets(): ReportAssets {
  const dist = dirname(createRequire(import.meta.url).resolve('uplot'));
  const read = (file: string | URL): string =>
    readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
  return {
    uplotScript: inline(read(join(dist, 'uPlot.iife.min.js'))),
    uplotStyle: read(join(dist, 'uPlot.min.css')),
    scripts: ['./page-night.js', './page-plots.js'].map((file) => inline(read(new URL(file, import.meta.url)))),
    style: REPORT_STYLE,
  };
}

/** A script must not hold what ends or confuses the block that it stands in. */
function inline(script: string): string {
  return script.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
}
