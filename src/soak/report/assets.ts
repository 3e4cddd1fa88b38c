import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { REPORT_STYLE } from './html-style.js';

/** What is put into every HTML report. */
export interface ReportAssets {
  readonly uplotScript: string;
  readonly uplotStyle: string;
  /** Our own script: the compiled `page-*.ts` in one scope. */
  readonly script: string;
  readonly style: string;
}

/** In the order in which they need each other. */
const PAGE = ['data', 'marks', 'plots', 'night'];

/** Reads the plotting library and the page's script; the only file access of the reports. */
export function loadReportAssets(): ReportAssets {
  const dist = dirname(createRequire(import.meta.url).resolve('uplot'));
  const read = (file: string | URL): string =>
    readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
  return {
    // The licence asks to go along with every copy.
    uplotScript: inline(`/* uPlot\n${read(join(dist, '../LICENSE'))}*/\n${read(join(dist, 'uPlot.iife.min.js'))}`),
    uplotStyle: read(join(dist, 'uPlot.min.css')),
    script: inline(PAGE.map((name) => unlinked(read(new URL(`./page-${name}.js`, import.meta.url)))).join('\n')),
    style: REPORT_STYLE,
  };
}

/** A script must not hold what ends or confuses the block that it stands in. */
function inline(script: string): string {
  return script.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
}

/** A compiled module without its imports and exports: what it imports stands above it in the same scope. */
function unlinked(module: string): string {
  return module.replace(/^import [^;]*;$/gm, '').replace(/^export \{[^}]*\};$/gm, '');
}
