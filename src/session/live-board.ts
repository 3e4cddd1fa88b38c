import { type BoardState, initialState } from '../board/state.js';
import { type Clock, orAborted } from '../clock.js';
import { aborted, EspwatchError } from '../errors.js';
import type { FlashPart } from '../flash/plan.js';
import { printable } from '../printable.js';
import { problemOf } from './desk-problem.js';
import type { Activity, BoardView, DeskPort, Problem } from './desk-types.js';
import type { DeskTarget, DeskWorld } from './desk-world.js';
import { type Bench, type Done, resetBoard } from './live-board-actions.js';
import { BackgroundCheck } from './live-board-check.js';
import { flashImage } from './live-board-flash.js';
import { keepPort } from './live-board-port.js';
import { BoardRecord } from './live-board-record.js';
import { BoardWork } from './live-board-work.js';
import type { LogStore } from './log-store.js';
import { BoardSession } from './session.js';

/** What all boards of a desk share. */
export interface BoardRules {
  /** The sketch's speed in baud. */
  readonly appBaud: number;
  /** Baud to flash at. */
  readonly flashBaud: number;
  readonly clock: Clock;
  /** Host time in ms since 1970. */
  readonly now: () => number;
  /** For a mode to come up, ms. */
  readonly identifyMs: number;
  /** Between two cross-checks in the background, ms. */
  readonly checkEveryMs: number;
  /** Rows of the log that are kept. */
  readonly logRows?: number | undefined;
  /** What was known of a board when an earlier session with it ended. */
  readonly resume?: ((name: string) => BoardState | undefined) | undefined;
  /** A port that can't be opened is lost, not failed: who borrows the board opens it when it is there. */
  readonly patient?: boolean | undefined;
}

type Kind = Activity['kind'];

/** One board of the desk: its port, and what is being done with it. Nothing rejects: failures show in the view. */
export class LiveBoard {
  readonly name: string;
  readonly #world: DeskWorld;
  readonly #rules: BoardRules;
  readonly #onChange: () => void;
  readonly #record: BoardRecord;
  readonly #work: BoardWork;
  readonly #life = new AbortController();
  readonly #watchedSince: number;
  readonly #port: DeskPort;
  #device: string | null = null;
  #target: DeskTarget | null = null;
  #session: BoardSession | null = null;
  #checker: BackgroundCheck | null = null;
  #opening: Promise<void> = Promise.resolve();
  #closed: Promise<void> | null = null;
  #connection: BoardView['connection'] = 'opening';
  #problem: Problem | null = null;
  #view: BoardView | null = null;

  constructor(port: DeskPort, world: DeskWorld, rules: BoardRules, onChange: () => void) {
    this.name = port.name;
    this.#port = port;
    this.#world = world;
    this.#rules = rules;
    this.#onChange = onChange;
    this.#watchedSince = rules.now();
    this.#record = new BoardRecord({
      now: rules.now,
      touched: () => this.#touch(),
      inBackground: () => this.#checker?.asking ?? false,
      logRows: rules.logRows,
    });
    this.#work = new BoardWork({
      now: rules.now,
      note: (text, tone) => this.#record.note(text, tone),
      touched: () => this.#touch(),
    });
  }

  get failed(): boolean {
    return this.#connection === 'failed';
  }

  /** The device file that it has now, which changes when the adapter is renumbered; null where there is none. */
  get device(): string | null {
    return this.#device;
  }

  get log(): LogStore {
    return this.#record.log;
  }

  /** The same object until something changes. */
  view(): BoardView {
    this.#view ??= {
      name: this.name,
      port: this.#port,
      connection: this.#connection,
      problem: this.#problem,
      state: this.#session?.state ?? initialState,
      bytes: this.#record.bytes,
      runningSince: this.#record.runningSince,
      watchedSince: this.#watchedSince,
      activity: this.#work.activity,
      outcome: this.#work.outcome,
      crossCheck: this.#record.crossCheck,
      trends: this.#record.trends,
      alerts: this.#record.alerts,
      log: this.#record.log,
    };
    return this.#view;
  }

  /** Opens the port; a virtual board is reset, so that its boot is seen. Resolves when that is done. */
  open(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { appBaud, clock, now } = this.#rules;
    const { signal } = this.#life;
    this.#connection = 'opening';
    this.#problem = null;
    this.#touch();
    try {
      this.#target = await this.#world.open(this.name);
      signal.throwIfAborted();
      const { link, device, kind } = this.#target;
      this.#device = device;
      const resume = this.#rules.resume?.(this.name);
      const session = new BoardSession({ link, appBaud, clock, now, ...(resume === undefined ? {} : { resume }) });
      this.#session = session;
      this.#record.follow(session);
      const capture = await this.#world.capture(this.name);
      if (capture !== null) {
        capture.onFailure((error) => this.#fail(error));
        session.captureTo(capture);
      }
      // Both before the port is open: it may be lost at once.
      this.#watch(session);
      await this.#keep(this.#target);
      if (!(await this.#openPort(session, signal))) return;
      if (kind === 'virtual' && !signal.aborted) {
        await this.do('reset', 'first reset', resetBoard, true);
      }
    } catch (error) {
      await this.#letGo();
      if (signal.aborted) return;
      this.#connection = 'failed';
      this.#fail(error);
    }
  }

  /** False when the port is not there and may come later. */
  async #openPort(session: BoardSession, signal: AbortSignal): Promise<boolean> {
    try {
      await session.open(signal);
      return true;
    } catch (error) {
      if (signal.aborted || this.#rules.patient !== true) throw error;
      this.#connection = 'lost';
      this.#fail(error);
      return false;
    }
  }

  /** Does `work` unless something else is under way, and keeps how it ended; `quiet`: only if it failed. */
  async do(kind: Kind, what: string, work: (bench: Bench) => Promise<Done>, quiet = false): Promise<void> {
    const session = this.#ready(kind);
    if (session === null) return;
    await this.#work.run(
      kind,
      what,
      async (signal) => {
        this.#checker?.pause();
        try {
          return await work(this.#benchOf(session, signal));
        } catch (error) {
          await this.#backToSketch(session);
          throw error;
        } finally {
          this.#checker?.resume(this.#record.crossCheck !== null);
        }
      },
      quiet,
    );
  }

  /** For other work until `until` settles; `begun` resolves to null when the board can't be had. */
  lend(until: Promise<unknown>): { readonly begun: Promise<Bench | null>; readonly ended: Promise<void> } {
    let begin: (bench: Bench | null) => void = () => undefined;
    const begun = new Promise<Bench | null>((resolve) => {
      begin = resolve;
    });
    const ended = this.do('soak', 'soak', async (bench) => {
      begin(bench);
      await until;
      return { ok: true, text: 'The soak has ended.', hint: null };
    }).finally(() => begin(null));
    return { begun, ended };
  }

  flash(what: string, read: () => Promise<readonly FlashPart[]>, done: () => Promise<void>): Promise<void> {
    return this.do('flash', what, async (bench) => {
      const parts = await orAborted(read(), bench.signal);
      bench.note(printable(`espwatch flashes ${what}`, 300), 'cyan');
      const ended = await flashImage(bench, parts, this.#rules.flashBaud, (step) => this.#work.progress(step));
      if (ended.ok) await done();
      return ended;
    });
  }

  async send(text: string): Promise<void> {
    const session = this.#ready('request');
    if (session === null) return;
    const { holdsLine } = this.#work;
    if (holdsLine !== null) {
      this.#work.refuse('request', `Not sent: the board ${holdsLine}.`, 'Wait until that is over.');
      return;
    }
    try {
      await session.link.write(Buffer.from(`${text}\n`));
      this.#record.note(printable(text), 'sent');
    } catch (error) {
      this.#work.failed('request', error);
    }
  }

  cancel(): void {
    this.#work.cancel();
  }

  /** Ends what is under way and closes the port; a real board runs on. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#life.abort(aborted('The board'));
    this.cancel();
    await this.#opening;
    await this.#work.settled();
    await this.#letGo();
  }

  /** Work that was cut short may have left the port at the ROM's speed. */
  async #backToSketch({ link, appBaud }: BoardSession): Promise<void> {
    if (link.isOpen && link.baud !== appBaud) await link.setBaud(appBaud).catch(() => undefined);
  }

  #benchOf(session: BoardSession, signal: AbortSignal): Bench {
    const { clock, now, identifyMs } = this.#rules;
    return {
      session,
      clock,
      now,
      signal,
      identifyMs,
      network: () => this.#world.network(this.name),
      known: () => this.#record.known,
      note: (text, tone) => this.#record.note(text, tone),
      checked: (check) => this.#record.checked(check),
    };
  }

  /** Asks in the background, and follows the port's coming and going. */
  #watch(session: BoardSession): void {
    const { clock, now, checkEveryMs } = this.#rules;
    const checker = new BackgroundCheck({
      session,
      network: () => this.#world.network(this.name),
      known: () => this.#record.known,
      clock,
      now,
      everyMs: checkEveryMs,
      onResult: (check) => this.#record.checked(check),
    });
    this.#checker = checker;
    session.onEvent((event) => {
      checker.hear(event);
      if (event.type !== 'link') return;
      if (event.state === 'lost') {
        this.#connection = 'lost';
        this.#fail(new EspwatchError('PORT_LOST', event.detail ?? 'The port is gone.', 'Waiting for it to come back.'));
      } else if (event.state !== 'closed') {
        this.#connection = 'open';
        this.#problem = null;
        this.#touch();
        if (event.state === 'back') void this.#backToSketch(session);
      }
    });
  }

  #keep(target: DeskTarget): Promise<void> {
    return keepPort(target, {
      listPorts: () => this.#world.listPorts(),
      clock: this.#rules.clock,
      signal: this.#life.signal,
      onFound: (path) => {
        this.#device = path;
        this.#touch();
      },
    });
  }

  #ready(kind: Kind): BoardSession | null {
    const usable = this.#connection === 'open' || (kind === 'soak' && this.#rules.patient === true && !this.failed);
    if (usable && this.#session !== null && !this.#life.signal.aborted) return this.#session;
    this.#work.refuse(kind, 'The port is not open.', this.#problem?.hint ?? 'Wait until it is.');
    return null;
  }

  #fail(error: unknown): void {
    this.#problem = problemOf(error, this.#rules.now());
    this.#touch();
  }

  async #letGo(): Promise<void> {
    this.#checker?.close();
    const [session, target] = [this.#session, this.#target];
    this.#target = null;
    await session?.close().catch(() => undefined);
    await target?.dispose().catch(() => undefined);
  }

  #touch(): void {
    this.#view = null;
    this.#onChange();
  }
}
