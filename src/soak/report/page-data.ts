/**
 * What the page's scripts share. The `page-*.ts` run in the reader's browser: compiled like the rest, then put
 * into the report as text, in one scope (`assets.ts`). They import only types and each other; a name may be
 * declared once among them.
 */
import type { PlotSeries } from './chart-data.js';
import type { PageDocument, PageWindow } from './page-dom.js';

export interface BoardPlots {
  readonly series: Readonly<Record<string, PlotSeries>>;
  readonly own: readonly number[];
  readonly commanded: readonly number[];
  readonly loops: readonly (readonly [number, number])[];
  readonly gaps: readonly (readonly [number, number])[];
}
interface Page {
  readonly zone: string;
  /** What its clocks are ahead of UTC, ms. */
  readonly offset: number;
  readonly from: number;
  readonly to: number;
  readonly boards: readonly BoardPlots[];
}

declare const document: PageDocument;
declare const window: PageWindow;

export const page = JSON.parse(document.getElementById('data')?.textContent ?? '{}') as Page;
export const root = document.documentElement;

export const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: page.zone,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
export const calendar = new Intl.DateTimeFormat('en-GB', { timeZone: page.zone, day: 'numeric', month: 'short' });

export function colour(name: string): string {
  return window.getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}
