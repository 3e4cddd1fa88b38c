import type { BoardFact } from '../board/events.js';
import { BootLog } from '../bootlog/bootlog.js';
import { BannerMatcher } from '../bootlog/garbage.js';
import type { Chunk } from '../serial/link.js';
import { type Line, MonitorLines } from '../serial/monitor-lines.js';
import { ROM_BAUD } from './follow.js';

export interface Findings {
  /** Each line before the facts that it gave. */
  onLine(line: Line): void;
  onFact(fact: BoardFact, t: number): void;
}

/**
 * Chunks to lines to facts, without a clock: whoever owns the time says when the board has gone quiet. The same
 * chunks and flushes give the same facts, live or from a capture.
 */
export class Interpreter {
  readonly #appBaud: number;
  readonly #findings: Findings;
  readonly #lines = new MonitorLines();
  readonly #bootLog = new BootLog();
  readonly #garbage: BannerMatcher;

  /** @param appBaud the sketch's speed in baud. */
  constructor(appBaud: number, findings: Findings) {
    this.#appBaud = appBaud;
    this.#findings = findings;
    this.#garbage = new BannerMatcher(appBaud);
  }

  push(chunk: Chunk): void {
    if (chunk.baud === this.#appBaud && this.#appBaud !== ROM_BAUD) {
      for (const banner of this.#garbage.push(chunk.bytes)) this.#findings.onFact(banner, chunk.t);
    }
    for (const line of this.#lines.push(chunk)) this.#take(line);
  }

  /** Takes an unfinished line as it is; `t` is host time now. */
  flushLines(t: number): void {
    for (const fact of this.#garbage.flush()) this.#findings.onFact(fact, t);
    for (const line of this.#lines.flush()) this.#take(line);
  }

  /** Takes all that is pending as it is: a line that never ended, a report that broke off. */
  flush(t: number): void {
    this.flushLines(t);
    for (const fact of this.#bootLog.flush()) this.#findings.onFact(fact, t);
  }

  #take(line: Line): void {
    this.#findings.onLine(line);
    for (const fact of this.#bootLog.push(line)) this.#findings.onFact(fact, line.t);
  }
}
