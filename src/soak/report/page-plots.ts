/** The plots of `page-data.ts`'s boards, with one zoom for all of them. Needs `uPlot` in its page. */
import type UPlot from 'uplot';
import type { PlotSeries } from './chart-data.js';
import { colour, page, root } from './page-data.js';
import type { PageDocument, PageElement, PageWindow } from './page-dom.js';
import { captionValues, marks, STEPS, timeLabels, timeSplits } from './page-marks.js';

declare const uPlot: typeof UPlot;
declare const document: PageDocument;
declare const window: PageWindow;

const plots: { readonly u: UPlot; readonly canvas: PageElement }[] = [];

/** Absolute times, and values in the unit of the plot. */
function table(series: PlotSeries, divide: number): [number[], (number | null)[]] {
  let t = 0;
  const times = series.dt.map((step) => {
    t += step;
    return t;
  });
  return [times, series.v.map((v) => (v === null ? null : v / divide))];
}

const LINES: Readonly<Record<string, readonly { readonly name: string; readonly label: string }[]>> = {
  memory: [
    { name: 'heap', label: 'free heap' },
    { name: 'block', label: 'largest block' },
  ],
  rssi: [{ name: 'rssi', label: 'RSSI' }],
  rtt: [{ name: 'rtt', label: 'round trip' }],
};

function zoom(from: number, to: number): void {
  const length = Math.min(page.to - page.from, Math.max(5000, to - from));
  const start = Math.min(page.to - length, Math.max(page.from, from));
  for (const { u } of plots) u.setScale('x', { min: start, max: start + length });
  const whole = length >= page.to - page.from;
  const share = (ms: number): string => `${(ms / (page.to - page.from)) * 100}%`;
  for (const shade of document.querySelectorAll('.zoomed')) {
    shade.setAttribute('x', share(start - page.from));
    shade.setAttribute('width', whole ? '0' : share(length));
  }
  document.getElementById('whole')?.toggleAttribute('hidden', whole);
}

function keys(canvas: PageElement, u: UPlot): void {
  canvas.addEventListener('keydown', (event) => {
    const min = u.scales['x']?.min ?? page.from;
    const max = u.scales['x']?.max ?? page.to;
    const fifth = (max - min) / 5;
    if (event.key === 'ArrowLeft') zoom(min - fifth, max - fifth);
    else if (event.key === 'ArrowRight') zoom(min + fifth, max + fifth);
    else if (event.key === '+' || event.key === '=') zoom(min + fifth, max - fifth);
    else if (event.key === '-') zoom(min - fifth, max + fifth);
    else if (event.key === '0' || event.key === 'Escape') zoom(page.from, page.to);
    else return;
    event.preventDefault();
  });
}

function plot(figure: PageElement): void {
  const board = page.boards[Number(figure.dataset['board'])];
  const kind = figure.dataset['plot'] ?? '';
  const canvas = figure.querySelector('.canvas');
  if (board === undefined || canvas === null) return;
  // The plots of a board stand above one time axis.
  const last = figure.dataset['last'] !== undefined;
  const lines = (LINES[kind] ?? []).filter(({ name }) => (board.series[name]?.dt.length ?? 0) > 0);
  const tables = lines.map(({ name }) => table(board.series[name] ?? { dt: [], v: [] }, kind === 'memory' ? 1000 : 1));
  const font = `12px ${window.getComputedStyle(document.body).fontFamily}`;
  const axis = {
    stroke: () => colour('soft'),
    grid: { stroke: () => colour('line'), width: 1 },
    ticks: { show: false },
    font,
    gap: 6,
  };
  canvas.textContent = '';
  const u = new uPlot(
    {
      width: Math.max(200, canvas.clientWidth),
      height: (kind === 'memory' ? 150 : 96) + (last ? 42 : 0),
      ms: 1,
      legend: { show: false },
      padding: [8, 20, 0, 0],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        // Where the pointer is goes to all plots; a selection is turned into one zoom of all of them.
        sync: {
          key: 'night',
          setSeries: false,
          filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
        },
        bind: {
          dblclick: () => () => {
            zoom(page.from, page.to);
            return null;
          },
        },
        points: { size: 7 },
      },
      scales: {
        x: { time: true, range: (_u, min, max) => [min ?? page.from, max ?? page.to] },
        y: { range: (_u, min, max) => bounds(min, max, kind) },
      },
      axes: [
        {
          ...axis,
          splits: timeSplits,
          incrs: STEPS,
          values: last ? timeLabels : (_u, splits) => splits.map(() => ''),
          size: last ? 42 : 8,
          space: 64,
        },
        { ...axis, size: 46, space: 32 },
      ],
      series: [
        {},
        ...lines.map(({ name, label }) => ({
          label,
          stroke: () => colour(name),
          width: 1.25,
          points: { show: false },
          spanGaps: false,
        })),
      ],
      plugins: [marks(board), captionValues(figure, lines)],
      hooks: {
        setSelect: [
          (self) => {
            if (self.select.width < 4) return;
            const from = self.posToVal(self.select.left, 'x');
            const to = self.posToVal(self.select.left + self.select.width, 'x');
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            zoom(from, to);
          },
        ],
      },
    },
    uPlot.join(tables),
    canvas,
  );
  plots.push({ u, canvas });
  u.setScale('x', { min: page.from, max: page.to });
  keys(canvas, u);
}

/** Memory and round trip start at zero: half a heap must look like half; a signal has no zero. */
function bounds(min: number | null, max: number | null, kind: string): [number, number] {
  const low = min ?? 0;
  const high = max ?? 1;
  if (kind === 'rssi') return [Math.floor((low - 2) / 5) * 5, Math.ceil((high + 2) / 5) * 5];
  return [0, Math.max(1, high * 1.08)];
}

function fit(width?: number): void {
  for (const { u, canvas } of plots) {
    const wanted = width ?? Math.max(200, canvas.clientWidth);
    if (wanted !== u.width) u.setSize({ width: wanted, height: u.height });
  }
}

function repaint(): void {
  for (const { u } of plots) u.redraw(false, true);
}

for (const figure of document.querySelectorAll('.plot')) plot(figure);
document.getElementById('whole')?.addEventListener('click', () => zoom(page.from, page.to));
window.addEventListener('resize', () => fit());
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
// Paper is light, and as wide as a page: 180 mm.
window.addEventListener('beforeprint', () => {
  root.classList.add('on-paper');
  fit(680);
  repaint();
});
window.addEventListener('afterprint', () => {
  root.classList.remove('on-paper');
  fit();
  repaint();
});
root.dataset['plots'] = String(plots.length);
