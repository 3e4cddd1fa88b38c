import { Box } from 'ink';
import Spinner from 'ink-spinner';
import type { ReactNode } from 'react';
import type { BoardView } from '../../session/desk-types.js';
import { clockTime } from '../../units.js';
import { dialogView } from '../dialogs/view.js';
import type { Rect } from '../layout.js';
import { fit, head, type Line, span, spread } from '../lines.js';
import { type BoardRow, LIST_ROWS, listLines, stripLine, windowStart } from '../model/boards.js';
import { crossCheckLines } from '../model/cross-check.js';
import { healthLines } from '../model/health.js';
import { nowLine } from '../model/now.js';
import { keysLine, statusOf, titleLine, welcomeLines } from '../model/status.js';
import { topDialog, type UiContext, type UiState } from '../ui-state.js';
import { Lines } from './lines.js';

export interface ScreenProps {
  readonly rect: Rect;
  readonly state: UiState;
  readonly context: UiContext;
}

export function TitleLine({ rect, state, context }: ScreenProps): ReactNode {
  const time = clockTime(context.now);
  return <Lines lines={[spread(titleLine(context, state), [span(`${time} `, 'dim')], rect.width)]} {...sizeOf(rect)} />;
}

/** All boards, one row or one block each; those around the selected one where there is no room for all. */
export function BoardList({
  rect,
  rows,
  style,
  focused,
}: {
  readonly rect: Rect;
  readonly rows: readonly BoardRow[];
  readonly style: 'strip' | 'list';
  readonly focused: boolean;
}): ReactNode {
  const selected = Math.max(
    0,
    rows.findIndex((row) => row.selected),
  );
  if (style === 'strip') {
    const start = windowStart(selected, rect.height, rows.length);
    const lines = rows.slice(start, start + rect.height).map((row) => stripLine(row, rect.width));
    return <Lines lines={lines} {...sizeOf(rect)} />;
  }
  const inner = rect.width - 2;
  const visible = Math.max(1, Math.floor((rect.height - 1) / LIST_ROWS));
  const start = windowStart(selected, visible, rows.length);
  const blocks = rows.slice(start, start + visible).flatMap((row) => listLines(row, inner));
  const more =
    rows.length > visible ? `${start + 1} to ${start + Math.min(visible, rows.length)} of ${rows.length}` : '';
  return <Lines lines={[head('Boards', more, inner, focused), ...blocks]} {...sizeOf(rect)} />;
}

export function NowLine({
  rect,
  board,
  now,
}: {
  readonly rect: Rect;
  readonly board: BoardView;
  readonly now: number;
}): ReactNode {
  return <Lines lines={[nowLine(board, now)]} {...sizeOf(rect)} />;
}

interface PanelProps {
  readonly rect: Rect;
  readonly board: BoardView;
  readonly now: number;
  readonly focused: boolean;
}

export function CrossCheckPanel({ rect, board, now, focused }: PanelProps): ReactNode {
  const lines = crossCheckLines(board, now, innerWidth(rect), rect.height - 1);
  return <Panel rect={rect} title="Cross-check" lines={lines} focused={focused} />;
}

export function HealthPanel({ rect, board, now, focused }: PanelProps): ReactNode {
  const lines = healthLines(board, now, innerWidth(rect), rect.height - 1);
  return <Panel rect={rect} title="Health" lines={lines} focused={focused} />;
}

/** Beside another panel a line keeps them apart. */
function innerWidth(rect: Rect): number {
  return rect.x === 0 ? rect.width : rect.width - 2;
}

function Panel({
  rect,
  title,
  lines,
  focused,
}: {
  readonly rect: Rect;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly focused: boolean;
}): ReactNode {
  const rows = [head(title, '', innerWidth(rect), focused), ...lines];
  if (rect.x === 0) return <Lines lines={rows} {...sizeOf(rect)} />;
  const framed = Array.from({ length: rect.height }, (_, i) => [span('│ ', 'dim'), ...(rows[i] ?? [])]);
  return <Lines lines={framed} {...sizeOf(rect)} />;
}

export function DialogPanel({ rect, state, context }: ScreenProps): ReactNode {
  const dialog = topDialog(state);
  if (dialog === null) return null;
  const { title, lines } = dialogView(dialog, state, context, rect.width, rect.height - 1);
  return <Panel rect={{ ...rect, x: 0 }} title={title} lines={lines} focused />;
}

export function StatusLine({
  rect,
  state,
  context,
  dialogHeight,
}: ScreenProps & { readonly dialogHeight: number }): ReactNode {
  const dialog = topDialog(state);
  const keys =
    dialog === null
      ? keysLine(state, context, rect.width - 1)
      : [span(dialogView(dialog, state, context, rect.width, dialogHeight - 1).keys)];
  const { line, busy } = statusOf(state, context);
  if (rect.height < 2) return <Lines lines={[fit(keys, rect.width)]} {...sizeOf(rect)} />;
  return (
    <Box flexDirection="column">
      <Box>
        <Box width={2} flexShrink={0}>
          {busy ? <Spinner /> : null}
        </Box>
        <Lines lines={[line]} width={rect.width - 2} height={1} />
      </Box>
      <Lines lines={[[span(' '), ...keys]]} width={rect.width} height={rect.height - 1} />
    </Box>
  );
}

export function Welcome({ rect, context }: { readonly rect: Rect; readonly context: UiContext }): ReactNode {
  const lines = welcomeLines(context).map((line) => [span('   '), ...line]);
  return <Lines lines={lines} {...sizeOf(rect)} />;
}

export function TooSmall({ rect }: { readonly rect: Rect }): ReactNode {
  return <Lines lines={[[span('too small')], [span('q: quit')]]} {...sizeOf(rect)} />;
}

function sizeOf(rect: Rect): { width: number; height: number } {
  return { width: rect.width, height: rect.height };
}
