import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { BoardView } from '../../session/desk-types.js';
import { dialogView } from '../dialogs/view.js';
import { plainText } from '../lines.js';
import { openAlert } from '../model/boards.js';
import { adapterText, currentCheck, judge, modeText } from '../model/facts.js';
import { statusOf, welcomeLines } from '../model/status.js';
import { shown } from '../text.js';
import { selectedBoard, topDialog, type UiContext, type UiState } from '../ui-state.js';

interface ReaderProps {
  readonly state: UiState;
  readonly context: UiContext;
}

/** Rows of the log that are read: enough to know what happened, few enough to listen to. */
const LOG_ROWS = 5;

/** The screen in reading order, without drawings and without ages, which would be read again each second. */
export function ReaderView({ state, context }: ReaderProps): ReactNode {
  return (
    <Box flexDirection="column">
      {readerLines(state, context).map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
        <Text key={i}>{line}</Text>
      ))}
    </Box>
  );
}

export function readerLines(state: UiState, context: UiContext): readonly string[] {
  const dialog = topDialog(state);
  if (dialog !== null) {
    const { title, lines, keys } = dialogView(dialog, state, context, context.columns, Number.MAX_SAFE_INTEGER);
    return [title, ...lines.map(plainText), `Keys: ${keys}`];
  }
  const selected = selectedBoard(state, context.view);
  if (selected === null)
    return [
      ...welcomeLines(context)
        .map(plainText)
        .filter((line) => line !== ''),
      'Question mark for help.',
    ];
  const { boards } = context.view;
  const message = plainText(statusOf(state, context).line).trim();
  return [
    ...boards.map((board, i) => boardSentence(board, i + 1, boards.length, board === selected, state)),
    ...(currentCheck(selected)?.reasons ?? []).map((reason) => shown(reason)),
    ...(message === '' ? [] : [message]),
    ...lastRows(selected),
    'Question mark for help.',
  ];
}

function boardSentence(board: BoardView, number: number, count: number, selected: boolean, state: UiState): string {
  const alert = openAlert(board, state.acknowledged[board.name]);
  return [
    `Board ${number} of ${count}: ${shown(board.name)}, ${shown(adapterText(board.port))}${selected ? ', selected' : ''}.`,
    `${modeText(board)}, ${judge(board).words}.`,
    ...(alert === null ? [] : [`Alert: ${shown(alert.text)}.`]),
  ].join(' ');
}

/** The newest rows, oldest first. */
function lastRows({ log }: BoardView): readonly string[] {
  const rows = [];
  for (let n = log.last; n >= log.first && rows.length < LOG_ROWS; n--) {
    const row = log.at(n);
    if (row !== undefined) rows.unshift(`${row.kind === 'event' ? 'Event' : 'Log'}: ${shown(row.text)}`);
  }
  return rows;
}
