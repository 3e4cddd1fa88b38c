import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Focus, type Layout, type LayoutInput, layout, MIN_COLUMNS, MIN_ROWS, type Rect } from './layout.js';

const base: LayoutInput = {
  columns: 80,
  rows: 24,
  boards: 1,
  focus: 'log',
  panel: 'check',
  tile: false,
  plain: false,
  dialogRows: 0,
};

function rects(l: Layout): readonly Rect[] {
  return [l.title, l.boards, l.now, l.check, l.health, l.dialog, l.status, ...l.logs].filter((r) => r !== null);
}

/** Every cell belongs to exactly one rectangle. */
function assertTiling(input: LayoutInput): void {
  const l = layout(input);
  const width = Math.max(0, input.columns);
  const height = Math.max(0, input.rows);
  const cells = new Uint8Array(width * height);
  const where = JSON.stringify({ input, l });
  for (const { x, y, width: w, height: h } of rects(l)) {
    assert.ok(x >= 0 && y >= 0 && w >= 0 && h >= 0 && x + w <= width && y + h <= height, `does not fit: ${where}`);
    if (l.size !== 'too-small') assert.ok(w > 0 && h > 0, `empty rectangle: ${where}`);
    for (let row = y; row < y + h; row++) {
      for (let column = x; column < x + w; column++)
        cells[row * width + column] = (cells[row * width + column] ?? 0) + 1;
    }
  }
  assert.ok(
    cells.every((n) => n === 1),
    `overlap or gap: ${where}`,
  );
}

test('rectangles cover the screen and never overlap, at every size and state', () => {
  const focuses: readonly Focus[] = ['boards', 'log', 'check', 'health'];
  for (const columns of [0, 1, 20, 39, 40, 60, 80, 109, 110, 130, 149, 150, 200, 320]) {
    for (const rows of [0, 1, 5, 11, 12, 13, 16, 20, 24, 30, 50, 90]) {
      for (const boards of [0, 1, 2, 3, 4, 9]) {
        for (const focus of focuses) {
          for (const tile of [false, true]) {
            for (const dialogRows of [0, 3, 9, 100]) {
              const panel = focus === 'health' ? 'health' : 'check';
              assertTiling({ columns, rows, boards, focus, panel, tile, plain: false, dialogRows });
            }
          }
        }
      }
      assertTiling({ ...base, columns, rows, plain: true });
    }
  }
});

test('80x24 shows boards, now, a log that gets the most, one panel and the keys', () => {
  const l = layout(base);
  assert.equal(l.size, 'compact');
  assert.equal(l.boards?.height, 1);
  assert.equal(l.now?.height, 1);
  assert.ok((l.logs[0]?.height ?? 0) >= 11);
  assert.ok((l.check?.height ?? 0) >= 4);
  assert.equal(l.health, null);
  assert.equal(l.status.height, 2);
});

test('at 80x24 the panel with the focus gets more rows, and the log remains', () => {
  const l = layout({ ...base, focus: 'health', panel: 'health' });
  assert.equal(l.check, null);
  assert.ok((l.health?.height ?? 0) >= 10);
  assert.ok((l.logs[0]?.height ?? 0) >= 4);
});

test('200x50 shows all side by side', () => {
  const l = layout({ ...base, columns: 200, rows: 50 });
  assert.equal(l.size, 'wide');
  assert.equal(l.boardStyle, 'list');
  assert.ok(l.check !== null && l.health !== null && l.boards !== null && l.now !== null);
  assert.ok((l.logs[0]?.width ?? 0) >= 100);
});

test('four boards are tiled two by two where there is room, below each other where not', () => {
  const wide = layout({ ...base, columns: 200, rows: 50, boards: 6, tile: true });
  assert.equal(wide.logs.length, 4);
  assert.equal(new Set(wide.logs.map((r) => r.x)).size, 2);
  const small = layout({ ...base, boards: 4, tile: true });
  assert.equal(new Set(small.logs.map((r) => r.x)).size, 1);
  assert.ok(small.logs.length >= 3);
});

test('a small dialog leaves the log in sight; a large one takes the body', () => {
  const small = layout({ ...base, dialogRows: 5 });
  assert.equal(small.dialog?.height, 5);
  assert.ok((small.logs[0]?.height ?? 0) >= 4);
  const large = layout({ ...base, dialogRows: 60 });
  assert.equal(large.logs.length, 0);
  assert.equal(large.dialog?.height, 21);
});

test('a terminal that is too small has one rectangle for saying so', () => {
  for (const [columns, rows] of [
    [20, 5],
    [MIN_COLUMNS - 1, 50],
    [200, MIN_ROWS - 1],
    [0, 0],
  ] as const) {
    const l = layout({ ...base, columns, rows });
    assert.equal(l.size, 'too-small');
    assert.equal(rects(l).length, 1);
  }
});

test('plain mode is the log and one row', () => {
  const l = layout({ ...base, plain: true });
  assert.deepEqual(l.logs, [{ x: 0, y: 0, width: 80, height: 23 }]);
  assert.equal(l.status.height, 1);
});
