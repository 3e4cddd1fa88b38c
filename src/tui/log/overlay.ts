import { createContext } from 'react';

/** Noncharacters (Unicode 23.7): no text has them, and Ink gives each a cell. One stands for each pane. */
const FIRST_MARK = 0xfdd0;
const MARKS = 32;
const ANY_MARK = /[\ufdd0-\ufdef]/;
/** DECSC, DECRC and CUF (ECMA-48 8.3.20): after the line, on behind the pane, however wide the line came out. */
const SAVE = '\u001b7';
const RESTORE = '\u001b8';

interface Claimed {
  readonly width: number;
  readonly lines: readonly string[];
}

/**
 * Lines that reach the screen past Ink, which takes every cell apart and puts it together again: some 25 ms for a frame
 * of 200x50. Ink lays out a mark in the place of each line; `apply` puts the lines into the frame that it made.
 */
export class LineOverlay {
  readonly #panes = new Map<string, Claimed>();

  /** A mark for a pane; null when there are too many. */
  claim(): string | null {
    for (let i = 0; i < MARKS; i++) {
      const mark = String.fromCharCode(FIRST_MARK + i);
      if (this.#panes.has(mark)) continue;
      this.#panes.set(mark, { width: 0, lines: [] });
      return mark;
    }
    return null;
  }

  release(mark: string): void {
    this.#panes.delete(mark);
  }

  /** What the pane shows from the next frame on: `lines` fit into `width` cells. */
  set(mark: string, width: number, lines: readonly string[]): void {
    this.#panes.set(mark, { width, lines });
  }

  /** A frame of Ink's with the lines in the places of their marks, in their order from the top. */
  apply(frame: string): string {
    if (!ANY_MARK.test(frame)) return frame;
    const shown = new Map<string, number>();
    return frame.replace(/([\ufdd0-\ufdef])( *)/g, (_all, mark: string, blanks: string) => {
      const { width, lines } = this.#panes.get(mark) ?? { width: 1, lines: [] };
      const i = shown.get(mark) ?? 0;
      shown.set(mark, i + 1);
      const behind = blanks.slice(Math.max(0, width - 1));
      return `${SAVE}${lines[i] ?? ''}${RESTORE}\u001b[${width}C${behind}`;
    });
  }
}

/** Null: Ink writes the lines itself. */
export const OverlayContext = createContext<LineOverlay | null>(null);
