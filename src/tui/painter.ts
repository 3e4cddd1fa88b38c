/**
 * Puts frames on a terminal, row by row at absolute places, and only rows that changed. Ink's own writer counts lines
 * upwards from the cursor, which a resize or a character of unexpected width upsets; this one cannot be upset.
 */
export interface PaintTarget {
  /** False: more than the terminal takes now, wait for `drain`. */
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

const ESC = '\u001b[';
// Synchronized update (DEC mode 2026): unknown to a terminal, it is ignored. Autowrap off: what is too wide is cut at the edge.
const BEGIN = `${ESC}?2026h${ESC}?7l`;
const END = `${ESC}?7h${ESC}?2026l`;

export class Painter {
  readonly #target: PaintTarget;
  /** What the terminal shows; null when that is not known. */
  #shown: readonly string[] | null = null;
  #wanted: readonly string[] = [];
  #waiting = false;
  #active = false;

  constructor(target: PaintTarget) {
    this.#target = target;
  }

  /** The screen is ours from here on. */
  start(): void {
    this.#active = true;
    this.#shown = null;
    this.#target.write(`${ESC}?25l`);
  }

  /** Paints nothing more and gives the cursor back, in the row below the frame. */
  stop(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#target.write(`${ESC}0m${ESC}${this.#wanted.length + 1};1H${ESC}?25h`);
  }

  /** The next frame is painted whole: after a resize, or when another program wrote to the screen. */
  invalidate(): void {
    this.#shown = null;
  }

  /** The first `rows` rows of it: below the last one of the terminal there is no place. Frames that come while it is slow replace each other. */
  paint(frame: string, rows = Number.MAX_SAFE_INTEGER): void {
    this.#wanted = frame.split('\n').slice(0, rows);
    this.#flush();
  }

  repaint(): void {
    this.invalidate();
    this.#flush();
  }

  #flush(): void {
    if (!this.#active || this.#waiting) return;
    const changes = changedRows(this.#shown, this.#wanted);
    if (changes === '') return;
    this.#shown = this.#wanted;
    if (this.#target.write(BEGIN + changes + END)) return;
    this.#waiting = true;
    this.#target.once('drain', () => {
      this.#waiting = false;
      this.#flush();
    });
  }
}

function changedRows(shown: readonly string[] | null, wanted: readonly string[]): string {
  let out = shown === null ? `${ESC}0m${ESC}2J` : '';
  const count = Math.max(shown?.length ?? 0, wanted.length);
  for (let i = 0; i < count; i++) {
    const row = wanted[i] ?? '';
    if (shown !== null && shown[i] === row) continue;
    // Erased first: erasing after the text would take the last character of a full row along.
    out += `${ESC}${i + 1};1H${ESC}0m${ESC}2K${row}`;
  }
  return out;
}
