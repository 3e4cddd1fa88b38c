import type { BoardEvent, BoardFact, EventSource } from '../board/events.js';
import { type BoardState, initialState, reduce } from '../board/state.js';
import { type Clock, orAborted, realClock, type Timer, wait } from '../clock.js';
import type { ParserStep } from '../journal/entry.js';
import { type Chunk, LINES_RELEASED, type SerialLink, type Unsubscribe } from '../serial/link.js';
import type { Line } from '../serial/monitor-lines.js';
import { BANNER_TIMEOUT_MS, followStep, ROM_BAUD, ROM_MAX_MS, ROM_QUIET_MS } from './follow.js';
import { Interpreter } from './interpreter.js';
import type { Recorder } from './recorder.js';

/** A line without an end is taken as it is when nothing followed for this long. */
const UNENDED_LINE_MS = 200;
/** A crash report that went silent this long will not go on; a stalled USB bus is quicker. */
const BROKEN_REPORT_MS = 1_000;
const RESET_MS = 100;
/** For a port that is closed to give the lines back. */
const RELEASE_MS = 500;

export interface SessionOptions {
  readonly link: SerialLink;
  /** The sketch's speed in baud. */
  readonly appBaud: number;
  readonly clock?: Clock;
  /** Host time in ms since 1970; where it is given, it also stamps what comes from the port. */
  readonly now?: () => number;
  /** What an earlier session knew of the board: this one goes on from there. */
  readonly resume?: BoardState;
}

type EventListener = (event: BoardEvent, state: BoardState) => void;
type LineListener = (line: Line) => void;

/**
 * One live board: bytes become lines, lines become events, events become state. The session owns every timer and
 * every change of speed; what it hears is the same whether the bytes come live or from a capture.
 */
export class BoardSession {
  readonly link: SerialLink;
  readonly appBaud: number;
  readonly #clock: Clock;
  readonly #now: () => number;
  #state: BoardState;
  #seq: number;
  readonly #interpreter: Interpreter;
  readonly #recorders = new Set<Recorder>();
  #quiet: Timer | null = null;
  /** True while the flasher owns the port: bytes are its protocol, not text. */
  #leased = false;
  #lineListeners = new Set<LineListener>();
  #eventListeners = new Set<EventListener>();
  #unsubscribe: Unsubscribe[];

  constructor(options: SessionOptions) {
    this.link = options.link;
    this.appBaud = options.appBaud;
    this.#state = options.resume ?? initialState;
    this.#seq = this.#state.seq;
    this.#clock = options.clock ?? realClock;
    this.#now = options.now ?? (() => performance.timeOrigin + performance.now());
    this.#interpreter = new Interpreter(options.appBaud, {
      onLine: (line) => {
        for (const listener of this.#lineListeners) listener(line);
      },
      onFact: (fact, t) => this.record(fact, 'serial', t),
    });
    this.#unsubscribe = [
      this.link.onData((raw) => {
        const chunk = options.now === undefined ? raw : { ...raw, t: options.now() };
        for (const recorder of this.#recorders) recorder.add(chunk);
        if (!this.#leased) this.ingest(chunk);
      }),
      this.link.onLost((error) => this.record({ type: 'link', state: 'lost', detail: error.message }, 'link')),
      this.link.onBack(() => this.record({ type: 'link', state: 'back', detail: null }, 'link')),
    ];
  }

  get state(): BoardState {
    return this.#state;
  }

  onEvent(listener: EventListener): Unsubscribe {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Each line before the events that it gave. */
  onLine(listener: LineListener): Unsubscribe {
    this.#lineListeners.add(listener);
    return () => this.#lineListeners.delete(listener);
  }

  /** Until the session is closed, or what is returned is called. */
  captureTo(recorder: Recorder): Unsubscribe {
    this.#recorders.add(recorder);
    return () => this.#recorders.delete(recorder);
  }

  /** A remote port may take seconds to answer or not: `signal` ends the wait, `close` then what is left of it. */
  async open(signal?: AbortSignal): Promise<void> {
    await orAborted(this.link.open({ baud: this.appBaud }), signal);
    this.record({ type: 'link', state: 'open', detail: null }, 'link');
  }

  /** Leaves the port free and the board running. */
  async close(): Promise<void> {
    this.#quiet?.cancel();
    this.flush();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#release();
    await this.link.close();
    await Promise.all([...this.#recorders].map((recorder) => recorder.close()));
  }

  /** A reset that was cut short must not leave the board in it: what a closed port does to the lines is up to its driver. */
  async #release(): Promise<void> {
    const { isOpen, lines } = this.link;
    if (!isOpen || (!lines.dtr && !lines.rts)) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(RELEASE_MS, resolve);
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      this.link.setLines(LINES_RELEASED).then(done, done);
    });
  }

  record(fact: BoardFact, source: EventSource, t: number = this.#now()): void {
    this.#seq += 1;
    const event: BoardEvent = { ...fact, seq: this.#seq, t, source };
    this.#state = reduce(this.#state, event);
    for (const listener of this.#eventListeners) listener(event, this.#state);
  }

  /** The way of every byte that is the board's own output. */
  ingest(chunk: Chunk): void {
    this.#interpreter.push(chunk);
    this.#quiet?.cancel();
    this.#quiet = this.#clock.after(UNENDED_LINE_MS, () => {
      const t = this.#step('flush-lines');
      this.#interpreter.flushLines(t);
      this.#quiet = this.#clock.after(BROKEN_REPORT_MS - UNENDED_LINE_MS, () => this.flush());
    });
  }

  /** Takes what is pending as it is: a line that never ended, a report that broke off. */
  flush(): void {
    this.#interpreter.flush(this.#step('flush'));
  }

  /** Gives the port to `work`; meanwhile bytes go to the capture only, unless `work` passes them to `ingest`. */
  async lease<T>(work: () => Promise<T>): Promise<T> {
    this.flush();
    this.#leased = true;
    try {
      return await work();
    } finally {
      this.#leased = false;
    }
  }

  /**
   * Resets the board through EN with GPIO0 high, listens to the ROM at 74880 and follows to the sketch's speed.
   * Resolves when the port is at the speed of whatever speaks next.
   */
  async resetAndFollow(signal: AbortSignal): Promise<void> {
    this.flush();
    await this.link.setBaud(ROM_BAUD);
    await this.link.setLines({ dtr: false, rts: true });
    try {
      await wait(this.#clock, RESET_MS, signal);
      await this.link.discard();
    } finally {
      // What came while EN was being pulled belongs to the boot that ends here.
      this.flush();
      this.record({ type: 'reset-commanded', into: 'flash' }, 'tool');
      await this.link.setLines(LINES_RELEASED);
    }
    await this.followRom(signal);
  }

  /** Listens at the ROM's speed until it is done, then changes to the sketch's. */
  async followRom(signal: AbortSignal): Promise<void> {
    const decision = await this.#romDecision(signal);
    if (decision === 'switch') await this.link.setBaud(this.appBaud);
  }

  /**
   * Waits until `done(state)` holds, also right now. False when `ms` passed first.
   * Rejects when cancelled, and with the link's error when the port is lost.
   */
  until(done: (state: BoardState) => boolean, ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const ends: Unsubscribe[] = [];
      const end = (settle: () => void): void => {
        for (const unsubscribe of ends) unsubscribe();
        settle();
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      if (done(this.#state)) {
        resolve(true);
        return;
      }
      const timer = this.#clock.after(ms, () => end(() => resolve(false)));
      const onAbort = (): void => end(() => reject(signal.reason as Error));
      signal.addEventListener('abort', onAbort);
      ends.push(
        () => timer.cancel(),
        () => signal.removeEventListener('abort', onAbort),
        this.onEvent((_event, state) => {
          if (done(state)) end(() => resolve(true));
        }),
        this.link.onLost((error) => end(() => reject(error))),
      );
    });
  }

  #step(step: ParserStep): number {
    const t = this.#now();
    for (const recorder of this.#recorders) recorder.step({ t, do: step });
    return t;
  }

  #romDecision(signal: AbortSignal): Promise<'switch' | 'stay'> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const latest = this.#clock.now() + ROM_MAX_MS;
      const ends: Unsubscribe[] = [];
      const end = (settle: () => void): void => {
        timer.cancel();
        for (const unsubscribe of ends) unsubscribe();
        settle();
      };
      const arm = (ms: number): Timer =>
        this.#clock.after(Math.max(0, Math.min(ms, latest - this.#clock.now())), () => end(() => resolve('switch')));
      let timer = arm(BANNER_TIMEOUT_MS);
      const onAbort = (): void => end(() => reject(signal.reason as Error));
      signal.addEventListener('abort', onAbort);
      ends.push(
        () => signal.removeEventListener('abort', onAbort),
        this.link.onLost((error) => end(() => reject(error))),
        this.onEvent((event) => {
          if (event.source !== 'serial') return;
          const step = followStep(event);
          if (step !== null) {
            end(() => resolve(step));
            return;
          }
          timer.cancel();
          timer = arm(ROM_QUIET_MS);
        }),
      );
    });
  }
}
