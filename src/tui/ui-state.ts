/** What the screen remembers by itself: selection, focus, dialogs, views of the logs. Immutable; `update.ts` changes it. */
import type { BoardRequest, BoardView, Desk, DeskView, ImageChoice, ImageFacts } from '../session/desk-types.js';
import type { Field } from './field.js';
import type { Focus, SidePanel } from './layout.js';
import { initialLogPane, type LogPaneState } from './log/contract.js';
import type { Role } from './theme.js';

/** What is done as soon as it is said. */
export type ImmediateCommand =
  | { readonly do: 'quit' | 'suspend' | 'redraw' | 'soak-stop' }
  | { readonly do: 'soak-start' | 'cancel'; readonly board: string };

/** What takes its time. */
export type AskedCommand =
  | { readonly do: 'load-images'; readonly board: string }
  | { readonly do: 'add'; readonly name: string }
  | { readonly do: 'remove' | 'reset' | 'bootloader'; readonly board: string }
  | { readonly do: 'detect'; readonly board: string; readonly reset: boolean }
  | { readonly do: 'switch'; readonly board: string; readonly to: 'web-server' | 'mqtt-client' }
  | { readonly do: 'request'; readonly board: string; readonly request: BoardRequest }
  | { readonly do: 'send'; readonly board: string; readonly text: string }
  | { readonly do: 'flash'; readonly board: string; readonly image: string }
  | { readonly do: 'browse'; readonly folder: string }
  | { readonly do: 'inspect'; readonly board: string; readonly image: string }
  | { readonly do: 'save'; readonly board: string; readonly file: string };

/** What the screen wants done outside of itself. */
export type Command = ImmediateCommand | AskedCommand;

export type FolderEntry = Awaited<ReturnType<Desk['browse']>>[number];

export interface Choice {
  readonly label: string;
  readonly command: Command;
}

export type Dialog =
  /** Yes or no. */
  | { readonly kind: 'confirm'; readonly title: string; readonly lines: readonly string[]; readonly command: Command }
  | { readonly kind: 'menu'; readonly title: string; readonly choices: readonly Choice[]; readonly selected: number }
  | {
      readonly kind: 'prompt';
      readonly purpose: 'send' | 'search' | 'filter' | 'save';
      readonly board: string;
      readonly field: Field;
      /** Which line of the history is shown, from the newest; null: the one being typed, which `draft` keeps meanwhile. */
      readonly recalled: number | null;
      readonly draft: Field;
      readonly problem: string | null;
    }
  | { readonly kind: 'add-port'; readonly field: Field; readonly selected: number }
  | FlashDialogState
  | { readonly kind: 'palette'; readonly field: Field; readonly selected: number }
  | { readonly kind: 'help' | 'details' | 'soak'; readonly scroll: number };

export interface FlashDialogState {
  readonly kind: 'flash';
  readonly board: string;
  readonly stage: 'choose' | 'browse' | 'look';
  /** Null until they are known. */
  readonly images: readonly ImageChoice[] | null;
  readonly folder: string;
  readonly entries: readonly FolderEntry[] | null;
  readonly selected: number;
  /** The one that is looked at, and where Esc leads back to. */
  readonly image: string | null;
  readonly facts: ImageFacts | null;
  readonly cameFrom: 'choose' | 'browse';
}

export interface Notice {
  readonly text: string;
  readonly role: Role;
  /** Ms since 1970. */
  readonly t: number;
}

export interface UiState {
  /** Name of the board that keys act on; null: the first. */
  readonly selected: string | null;
  readonly focus: Focus;
  readonly panel: SidePanel;
  readonly tile: boolean;
  readonly bell: boolean;
  /** The last one is on top and gets the keys. */
  readonly dialogs: readonly Dialog[];
  /** Time of the newest alert that was seen to, by board. */
  readonly acknowledged: Readonly<Record<string, number>>;
  readonly notice: Notice | null;
  /** Lines sent, newest first, by board. */
  readonly sent: Readonly<Record<string, readonly string[]>>;
  readonly logs: Readonly<Record<string, LogPaneState>>;
  /** Between the marks of a bracketed paste: what came so far. */
  readonly pasting: string | null;
  /** A board that was asked for shows up under a name of its own and is selected: the names known before. */
  readonly awaiting: readonly string[] | null;
  /** Counts redraws: panels that broke try again. */
  readonly attempt: number;
}

export const initialUi: UiState = {
  selected: null,
  focus: 'log',
  panel: 'check',
  tile: false,
  bell: false,
  dialogs: [],
  acknowledged: {},
  notice: null,
  sent: {},
  logs: {},
  pasting: null,
  awaiting: null,
  attempt: 0,
};

/** A soak as the screen shows it. */
export interface SoakSummary {
  readonly running: boolean;
  readonly board: string | null;
  /** For people, the most important first. */
  readonly lines: readonly string[];
}

/** What `update` and the views may look at; nothing of it is changed. */
export interface UiContext {
  readonly view: DeskView;
  /** Ms since 1970. */
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  /** Null while no soak was started; undefined where soaks are not offered. */
  readonly soak: SoakSummary | null | undefined;
}

export function selectedBoard(state: UiState, view: DeskView): BoardView | null {
  return view.boards.find((board) => board.name === state.selected) ?? view.boards[0] ?? null;
}

export function logOf(state: UiState, board: string): LogPaneState {
  return state.logs[board] ?? initialLogPane;
}

export function topDialog(state: UiState): Dialog | null {
  return state.dialogs.at(-1) ?? null;
}

/** What would be broken off by quitting, in words; empty when nothing. */
export function underWay({ view, soak }: UiContext): readonly string[] {
  const flashes = view.boards.filter((board) => board.activity?.kind === 'flash').map((b) => `a flash on ${b.name}`);
  return soak?.running === true ? [...flashes, `a soak${soak.board === null ? '' : ` on ${soak.board}`}`] : flashes;
}
