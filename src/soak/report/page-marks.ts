/** What stands around the lines of a plot: its time axis, gaps, resets, and the values at the cursor. */
import type UPlot from 'uplot';
import { type BoardPlots, calendar, clock, colour, page } from './page-data.js';
import type { PageDocument, PageElement, PageWindow } from './page-dom.js';

declare const document: PageDocument;
declare const window: PageWindow;

export const STEPS = [
  1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
].map((s) => s * 1000);

/** Round local times. */
export function timeSplits(_u: UPlot, _axis: number, min: number, max: number, step: number): number[] {
  const first = Math.ceil((min + page.offset) / step) * step - page.offset;
  return Array.from({ length: Math.max(0, Math.floor((max - first) / step) + 1) }, (_, i) => first + i * step);
}

/** Labels of the time axis: the date below the first one, and where the day changes. */
export function timeLabels(_u: UPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  let day = '';
  return splits.map((t) => {
    const today = calendar.format(t);
    const time = clock.format(t).slice(0, step < 60_000 ? 8 : 5);
    if (today === day) return time;
    day = today;
    return `${time}\n${today}`;
  });
}

/** Gaps and resets of the board, behind and above its lines. */
export function marks(board: BoardPlots): UPlot.Plugin {
  const draw = (u: UPlot, paint: (x: (t: number) => number, top: number, height: number) => void): void => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    paint((t) => u.valToPos(t, 'x', true), bbox.top, bbox.height);
    ctx.restore();
  };
  const line = (u: UPlot, x: number, top: number, height: number): void => {
    u.ctx.beginPath();
    u.ctx.moveTo(Math.round(x) + 0.5, top);
    u.ctx.lineTo(Math.round(x) + 0.5, top + height);
    u.ctx.stroke();
  };
  return {
    hooks: {
      drawClear: (u) =>
        draw(u, (x, top, height) => {
          u.ctx.strokeStyle = colour('line');
          u.ctx.lineWidth = window.devicePixelRatio;
          for (const [from, to] of board.gaps) {
            u.ctx.save();
            u.ctx.beginPath();
            u.ctx.rect(x(from), top, Math.max(1, x(to) - x(from)), height);
            u.ctx.clip();
            for (let at = x(from) - height; at < x(to); at += 7 * window.devicePixelRatio) {
              u.ctx.beginPath();
              u.ctx.moveTo(at, top + height);
              u.ctx.lineTo(at + height, top);
              u.ctx.stroke();
            }
            u.ctx.restore();
          }
        }),
      draw: (u) =>
        draw(u, (x, top, height) => {
          u.ctx.lineWidth = window.devicePixelRatio;
          u.ctx.strokeStyle = colour('line');
          u.ctx.setLineDash([3, 3]);
          for (const t of board.commanded) line(u, x(t), top, height);
          u.ctx.setLineDash([]);
          u.ctx.strokeStyle = u.ctx.fillStyle = colour('bad');
          for (const t of board.own) line(u, x(t), top, height);
          u.ctx.globalAlpha = 0.3;
          for (const [from, to] of board.loops) u.ctx.fillRect(x(from), top, Math.max(2, x(to) - x(from)), height);
        }),
    },
  };
}

/** Values at the cursor stand in the caption. */
export function captionValues(
  figure: PageElement,
  lines: readonly { readonly name: string; readonly label: string }[],
): UPlot.Plugin {
  const box = document.createElement('span');
  box.className = 'values';
  const cells = lines.map(({ name, label }) => {
    const cell = document.createElement('span');
    const key = document.createElement('i');
    key.style['borderTopColor'] = `var(--${name})`;
    const text = document.createElement('span');
    cell.append(key, text);
    box.append(cell);
    return { text, label };
  });
  figure.querySelector('figcaption')?.append(box);
  const show = (u: UPlot): void =>
    cells.forEach(({ text, label }, i) => {
      const index = u.cursor.idxs?.[i + 1];
      const value = index === null || index === undefined ? undefined : u.data[i + 1]?.[index];
      const time = i === 0 && index !== null && index !== undefined ? `${clock.format(u.data[0][index])}  ` : '';
      text.textContent =
        value === null || value === undefined ? label : `${i === 0 ? time : ''}${label} ${value.toFixed(1)}`;
    });
  return { hooks: { ready: show, setCursor: show } };
}
