import { Box, useInput } from 'ink';
import type { ReactNode } from 'react';
import type { Clock } from '../clock.js';
import { Pane } from './components/pane.js';
import {
  BoardList,
  CrossCheckPanel,
  DialogPanel,
  HealthPanel,
  NowLine,
  StatusLine,
  TitleLine,
  TooSmall,
  Welcome,
} from './components/panels.js';
import { ReaderView } from './components/reader-view.js';
import { decodeKeys } from './keys.js';
import type { Layout } from './layout.js';
import { LogPane } from './log/log-pane.js';
import { boardRows } from './model/boards.js';
import { layoutOf, type ShownLog, shownLogs, viewportOf } from './screen.js';
import { shown } from './text.js';
import { type Paint, PaintContext } from './theme.js';
import type { Ui } from './ui.js';
import { logOf, selectedBoard, topDialog, type UiContext, type UiState } from './ui-state.js';
import { useBell, useUi } from './use-ui.js';

export interface AppProps {
  readonly ui: Ui;
  readonly clock: Clock;
  readonly paint: Paint;
  /** Rows of text in reading order, in place of panels. */
  readonly screenReader?: boolean | undefined;
  /** For a new alert, when the user wants the bell. */
  readonly onBell?: (() => void) | undefined;
  /** A panel broke and says so on the screen. */
  readonly onPaneError?: ((error: unknown, pane: string) => void) | undefined;
}

const silent = (): void => {};

/** The whole screen. */
export function App({ ui, clock, paint, screenReader = false, onBell = silent, onPaneError }: AppProps): ReactNode {
  const current = useUi(ui, clock, screenReader);
  useBell(current, onBell);
  useInput((input, key) => ui.type(decodeKeys(input, key, ui.state.pasting !== null)));
  return (
    <PaintContext value={paint}>
      {screenReader ? <ReaderView {...current} /> : <Screen {...current} onPaneError={onPaneError} />}
    </PaintContext>
  );
}

interface ScreenProps {
  readonly state: UiState;
  readonly context: UiContext;
  readonly onPaneError: AppProps['onPaneError'];
}

function Screen({ state, context, onPaneError }: ScreenProps): ReactNode {
  const where = layoutOf(state, context);
  const { columns, rows } = context;
  const board = selectedBoard(state, context.view);
  const dialog = topDialog(state);
  // A pane that broke over one board may show the next; and the user can ask it to try again.
  const attempt = `${board?.name} ${state.attempt} ${dialog?.kind}`;
  const common = { attempt, onError: onPaneError };
  if (where.size === 'too-small') return <TooSmall rect={where.status} />;
  return (
    <Box width={columns} height={rows}>
      {where.title !== null && (
        <Pane name="title" rect={where.title} {...common}>
          <TitleLine rect={where.title} state={state} context={context} />
        </Pane>
      )}
      {board === null ? (
        where.logs.slice(0, 1).map((rect) => (
          <Pane key="welcome" name="welcome" rect={rect} {...common}>
            <Welcome rect={rect} context={context} />
          </Pane>
        ))
      ) : (
        <BoardPanes state={state} context={context} where={where} board={board} common={common} />
      )}
      {where.dialog !== null && (
        <Pane name="dialog" rect={where.dialog} {...common}>
          <DialogPanel rect={where.dialog} state={state} context={context} />
        </Pane>
      )}
      <Pane name="status" rect={where.status} {...common}>
        <StatusLine rect={where.status} state={state} context={context} dialogHeight={where.dialog?.height ?? 0} />
      </Pane>
    </Box>
  );
}

interface BoardPanesProps {
  readonly state: UiState;
  readonly context: UiContext;
  readonly where: Layout;
  readonly board: NonNullable<ReturnType<typeof selectedBoard>>;
  readonly common: { readonly attempt: string; readonly onError: AppProps['onPaneError'] };
}

function BoardPanes({ state, context, where, board, common }: BoardPanesProps): ReactNode {
  const { now } = context;
  const { boards, now: nowRect, check, health } = where;
  const focus = topDialog(state) === null ? state.focus : null;
  return (
    <>
      {boards !== null && (
        <Pane name="boards" rect={boards} {...common}>
          <Boards
            rect={boards}
            where={where}
            state={state}
            context={context}
            selected={board.name}
            focused={focus === 'boards'}
          />
        </Pane>
      )}
      {nowRect !== null && (
        <Pane name="now" rect={nowRect} {...common}>
          <NowLine rect={nowRect} board={board} now={now} />
        </Pane>
      )}
      {shownLogs(state, context, where).map((log) => (
        <Pane key={log.board.name} name="log" rect={log.rect} {...common}>
          <Log log={log} state={state} focused={focus === 'log' && log.board === board} />
        </Pane>
      ))}
      {check !== null && (
        <Pane name="cross-check" rect={check} {...common}>
          <CrossCheckPanel rect={check} board={board} now={now} focused={focus === 'check'} />
        </Pane>
      )}
      {health !== null && (
        <Pane name="health" rect={health} {...common}>
          <HealthPanel rect={health} board={board} now={now} focused={focus === 'health'} />
        </Pane>
      )}
    </>
  );
}

/** Its rows are made here, within the pane: what breaks in them breaks this pane only. */
function Boards({
  rect,
  where,
  state,
  context,
  selected,
  focused,
}: {
  readonly rect: NonNullable<Layout['boards']>;
  readonly where: Layout;
  readonly state: UiState;
  readonly context: UiContext;
  readonly selected: string;
  readonly focused: boolean;
}): ReactNode {
  const rows = boardRows(context.view.boards, selected, state.acknowledged, context.now);
  return <BoardList rect={rect} rows={rows} style={where.boardStyle} focused={focused} />;
}

function Log({
  log,
  state,
  focused,
}: {
  readonly log: ShownLog;
  readonly state: UiState;
  readonly focused: boolean;
}): ReactNode {
  const { name } = log.board;
  return <LogPane {...viewportOf(log)} state={logOf(state, name)} focused={focused} label={shown(name)} />;
}
