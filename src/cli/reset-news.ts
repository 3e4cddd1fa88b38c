/** So many resets in a row are told, each so soon after the one before, ms. */
const TOLD = 3;
const WITHIN_MS = 15_000;

/** Resets as lines for people: a board in a boot loop would fill the screen. */
export class ResetNews {
  readonly #rows = new Map<string, { readonly t: number; readonly n: number }>();

  /** The line to show for a reset of `board` at `t`, ms; null when enough has been said. */
  line(board: string, t: number, text: string): string | null {
    const row = this.#rows.get(board);
    const n = row !== undefined && t - row.t <= WITHIN_MS ? row.n + 1 : 1;
    this.#rows.set(board, { t, n });
    if (n <= TOLD) return text;
    return n === TOLD + 1 ? `${board} resets again and again: this goes on without a line for each.` : null;
  }
}
