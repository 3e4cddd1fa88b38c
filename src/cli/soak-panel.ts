import { isEspwatchError, messageOf } from '../errors.js';
import { RunFolder } from '../journal/run-folder.js';
import type { TimeBase } from '../journal/time-base.js';
import type { LendingDesk } from '../session/desk-types.js';
import type { Ledger } from '../soak/ledger-types.js';
import { ledgerCauseInWords, verdictInWords } from '../soak/report/words.js';
import type { SoakRun } from '../soak/run.js';
import { judge } from '../soak/verdict.js';
import type { SoakSource } from '../tui/ui.js';
import type { SoakSummary } from '../tui/ui-state.js';
import { clockTime, durationText } from '../units.js';
import { folderName, soakBoards } from './soak-live.js';
import { soakPlan } from './soak-plan.js';
import { newStart } from './soak-start.js';
import { boardText } from './soak-status.js';

const LOOK_MS = 1_000;
const RESETS_SHOWN = 8;
const NEWS_SHOWN = 4;

/** A soak as the terminal UI shows it: one that runs already, or one that is started from there. */
export class SoakPanel implements SoakSource {
  readonly #desk: LendingDesk;
  readonly #time: TimeBase;
  readonly #listeners = new Set<() => void>();
  #summary: SoakSummary | null = null;
  #timer: NodeJS.Timeout | null = null;
  #news: string[] = [];
  #stop = new AbortController();
  #own: Promise<void> = Promise.resolve();

  constructor(desk: LendingDesk, time: TimeBase) {
    this.#desk = desk;
    this.#time = time;
  }

  view(): SoakSummary | null {
    return this.#summary;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A line of news, such as a failed notification. */
  tell(news: string): void {
    this.#news = [...this.#news, `${clockTime(Date.now())} ${news}`].slice(-NEWS_SHOWN);
  }

  /** Shows a run from now on. */
  follow(run: SoakRun, board: string | null, folder: string): void {
    const look = (): void => {
      const head = `${durationText(run.remainingMs())} to go; kept in ${folder}`;
      this.#show({ running: true, board, lines: [head, ...this.#lines(run.ledger())] });
    };
    this.#timer = setInterval(look, LOOK_MS);
    look();
  }

  /** The run is over. */
  ended(ledger: Ledger, words: readonly string[], board: string | null): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#show({ running: false, board, lines: [...words, ...this.#lines(ledger)] });
  }

  start(board: string): void {
    if (this.#summary?.running === true) return;
    this.#stop = new AbortController();
    this.#show({ running: true, board, lines: ['Starting.'] });
    this.#own = this.#run(board).catch((error: unknown) => {
      if (this.#timer !== null) clearInterval(this.#timer);
      this.#timer = null;
      const hint = isEspwatchError(error) ? [error.hint] : [];
      this.#show({ running: false, board, lines: [`The soak broke off: ${messageOf(error)}`, ...hint] });
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Ends what was started from here; its folder is whole then. */
  async close(): Promise<void> {
    this.stop();
    await this.#own;
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #run(board: string): Promise<void> {
    const start = newStart(await soakPlan({ port: [board] }, async () => []));
    const folder = await RunFolder.create(folderName(new Date()), start.record);
    const { path } = folder;
    try {
      const ledger = await soakBoards({
        desk: this.#desk,
        names: [board],
        folder,
        start,
        time: this.#time,
        signal: this.#stop.signal,
        onRun: (run) => this.follow(run, board, path),
        onNews: (news) => this.tell(news),
        onReset: () => undefined,
      });
      const verdict = judge(ledger, start.record.plan.thresholds, { targetMtbfHours: null, probesWanted: true });
      const words = [
        `${verdictInWords(verdict, ledger).toUpperCase()}. ${verdict.proves}`,
        `Report: espwatch report ${path}`,
      ];
      this.ended(ledger, words, board);
    } finally {
      await folder.close();
    }
  }

  #lines(ledger: Ledger): readonly string[] {
    const resets = ledger.boards
      .flatMap(({ name, resets: all }) => all.filter(({ commanded }) => !commanded).map((one) => ({ name, ...one })))
      .sort((a, b) => b.t - a.t)
      .slice(0, RESETS_SHOWN)
      .map(({ name, t, cause, uptimeMs }) => {
        const after = uptimeMs === null ? '' : ` after ${durationText(uptimeMs)}`;
        return `! ${clockTime(t)} ${name}: ${ledgerCauseInWords(cause)}${after}`;
      });
    return [...ledger.boards.map(boardText), ...(resets.length === 0 ? ['No reset so far.'] : resets), ...this.#news];
  }

  #show(summary: SoakSummary): void {
    this.#summary = summary;
    for (const listener of this.#listeners) listener();
  }
}
