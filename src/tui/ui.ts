/** Holds the screen's state, and has done what `update` asks for. Lives longer than what is drawn: see `app-screen.tsx`. */
import { messageOf } from '../errors.js';
import type { Desk } from '../session/desk-types.js';
import type { Typed } from './keys.js';
import {
  type AskedCommand,
  type Command,
  initialUi,
  type SoakSummary,
  type UiContext,
  type UiState,
} from './ui-state.js';
import { type UiEvent, update } from './update.js';

/** A soak that can be started and watched from here. */
export interface SoakSource {
  view(): SoakSummary | null;
  /** Called after changes, as often as they come. */
  onChange(listener: () => void): () => void;
  start(board: string): void;
  stop(): void;
}

export interface UiOptions {
  readonly desk: Desk;
  readonly soak?: SoakSource | undefined;
  /** Ms since 1970. */
  readonly now: () => number;
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly onQuit: () => void;
  readonly onSuspend: () => void;
  readonly onRedraw: () => void;
  readonly initial?: Partial<UiState> | undefined;
}

export class Ui {
  readonly #options: UiOptions;
  readonly #listeners = new Set<() => void>();
  #state: UiState;

  constructor(options: UiOptions) {
    this.#options = options;
    this.#state = { ...initialUi, ...options.initial };
  }

  get state(): UiState {
    return this.#state;
  }

  get desk(): Desk {
    return this.#options.desk;
  }

  get soak(): SoakSource | undefined {
    return this.#options.soak;
  }

  context(): UiContext {
    const { desk, soak, now, size } = this.#options;
    const { columns, rows } = size();
    return { view: desk.view(), now: now(), columns, rows, soak: soak?.view() };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  type(typed: readonly Typed[]): void {
    for (const event of typed) this.dispatch(event);
  }

  dispatch(event: UiEvent): void {
    const { state, commands } = this.#updated(event);
    if (state !== this.#state) {
      this.#state = state;
      for (const listener of this.#listeners) listener();
    }
    for (const command of commands) this.#perform(command);
  }

  /** A key that breaks something is told and does nothing: the boards are watched on. */
  #updated(event: UiEvent): ReturnType<typeof update> {
    try {
      return update(this.#state, event, this.context());
    } catch (error) {
      const text = `That key broke something: ${messageOf(error)}`;
      return { state: { ...this.#state, notice: { text, role: 'bad', t: this.#options.now() } }, commands: [] };
    }
  }

  #perform(command: Command): void {
    const { soak, onQuit, onSuspend, onRedraw } = this.#options;
    switch (command.do) {
      case 'quit':
        onQuit();
        break;
      case 'suspend':
        onSuspend();
        break;
      case 'redraw':
        onRedraw();
        break;
      case 'soak-start':
        soak?.start(command.board);
        break;
      case 'soak-stop':
        soak?.stop();
        break;
      case 'cancel':
        this.desk.cancel(command.board);
        break;
      default:
        this.#ask(command).catch((error: unknown) => {
          this.dispatch({ type: 'notice', text: messageOf(error), role: 'bad' });
        });
    }
  }

  async #ask(command: AskedCommand): Promise<void> {
    const { desk } = this;
    switch (command.do) {
      case 'add':
        await desk.add(command.name);
        this.dispatch({ type: 'added' });
        return;
      case 'remove':
        await desk.remove(command.board);
        this.dispatch({ type: 'removed', board: command.board });
        return;
      case 'reset':
        return desk.reset(command.board);
      case 'bootloader':
        return desk.enterBootloader(command.board);
      case 'detect':
        return desk.detect(command.board, command.reset);
      case 'switch':
        return desk.switchMode(command.board, command.to);
      case 'request':
        return desk.request(command.board, command.request);
      case 'send':
        return desk.send(command.board, command.text);
      case 'flash':
        return desk.flash(command.board, command.image);
      case 'load-images':
        this.dispatch({ type: 'images', board: command.board, images: await desk.images(command.board) });
        return;
      case 'browse': {
        const { folder } = command;
        this.dispatch({ type: 'entries', folder, entries: await desk.browse(folder) });
        return;
      }
      case 'inspect': {
        const { board, image } = command;
        this.dispatch({ type: 'facts', board, image, facts: await desk.inspect(image, board) });
        return;
      }
      case 'save': {
        const { ok, text } = await desk.saveLog(command.board, command.file);
        this.dispatch({ type: 'notice', text, role: ok ? 'ok' : 'bad' });
        return;
      }
    }
  }
}
