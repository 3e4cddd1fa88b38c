/** Rows to choose one of, scrolled so that the chosen one is in sight. */
import { fit, inverse, type Line } from '../lines.js';
import { windowStart } from '../model/boards.js';

/** Up and down, a page at a time, to the ends; null for any other key. Stops at the ends. */
export function moveIn(count: number, selected: number, key: string, page = 10): number | null {
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    down: 1,
    'ctrl-p': -1,
    'ctrl-n': 1,
    pageup: -page,
    pagedown: page,
  };
  const step = steps[key];
  if (step === undefined) return null;
  return Math.max(0, Math.min(count - 1, selected + step));
}

/** Also with the keys of vi, where nothing is typed. */
export function moveInMenu(count: number, selected: number, key: string): number | null {
  const vi: Readonly<Record<string, string>> = { k: 'up', j: 'down', 'ctrl-u': 'pageup', 'ctrl-d': 'pagedown' };
  if (key === 'g' || key === 'home') return 0;
  if (key === 'G' || key === 'end') return Math.max(0, count - 1);
  return moveIn(count, selected, vi[key] ?? key);
}

export function listLines(rows: readonly Line[], selected: number, columns: number, visible: number): readonly Line[] {
  if (visible <= 0) return [];
  const start = windowStart(selected, visible, rows.length);
  return rows
    .slice(start, start + visible)
    .map((row, i) =>
      start + i === selected ? inverse([{ text: '▸ ' }, ...row], columns) : fit([{ text: '  ' }, ...row], columns),
    );
}
