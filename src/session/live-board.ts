import { initialState } from '../board/state.js';
import { type Clock, orAborted } from '../clock.js';
import { aborted, EspwatchError, messageOf } from '../errors.js';
import type { FlashPart } from '../flash/plan.js';
import { printable } from '../printable.js';
import { adapterFinder, keepOpen } from '../serial/reconnect.js';
import type { Activity, BoardView, DeskPort, Outcome, Problem } from './desk-types.js';
import type { DeskTarget, DeskWorld } from './desk-world.js';
import { type Bench, type Done, resetBoard } from './live-board-actions.js';
import { BackgroundCheck } from './live-board-check.js';
import { flashImage, leftMs } from './live-board-flash.js';
import { BoardRecord } from './live-board-record.js';
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
}

type Kind = Activity['kind'];

/** Work whose end needs no word when all went well. */
interface WorkOptions {
  readonly quiet?: true;
}

const DOING: Readonly<Record<Kind, string>> = {
  flash: 'is being flashed',
  detect: 'is being identified',
  reset: 'is being reset',
  bootloader: 'is being put into its bootloader',
  switch: 'is switching its mode',
  request: 'is being asked',
};

/** What is typed during these would not reach the sketch. */
const HOLDS_LINE: ReadonlySet<Kind> = new Set(['flash', 'reset', 'bootloader']);

/** One board of the desk: its port, and what is being done with it. Nothing rejects: failures show in the view. */
export class LiveBoard {
  readonly name: string;
  readonly #world: DeskWorld;
  readonly #rules: BoardRules;
  readonly #onChange: () => void;
  readonly #record: BoardRecord;
  readonly #life = new AbortController();
  readonly #watchedSince: number;
  readonly #port: DeskPort;
  #device: string | null = null;
  #target: DeskTarget | null = null;
  #session: BoardSession | null = null;
  #checker: BackgroundCheck | null = null;
  #opening: Promise<void> = Promise.resolve();
  #connection: BoardView['connection'] = 'opening';
  #problem: Problem | null = null;
  #activity: Activity | null = null;
  #control: AbortController | null = null;
  #work: Promise<void> = Promise.resolve();
  #outcome: Outcome | null = null;
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
    });
  }

  get failed(): boolean {
    return this.#connection === 'failed';
  }

  get virtual(): boolean {
    return this.#port.kind === 'virtual';
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
      activity: this.#activity,
      outcome: this.#outcome,
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
      const session = new BoardSession({ link, appBaud, clock, now });
      this.#session = session;
      this.#record.follow(session);
      const capture = await this.#world.capture(this.name);
      if (capture !== null) {
        capture.onFailure((error) => this.#fail(error));
        session.captureTo(capture);
      }
      await session.open(signal);
      this.#connection = 'open';
      this.#watch(session);
      await this.#keep(this.#target);
      if (kind === 'virtual' && !signal.aborted) {
        await this.#do('reset', 'first reset', (bench) => resetBoard(bench), { quiet: true });
      }
    } catch (error) {
      await this.#letGo();
      if (signal.aborted) return;
      this.#connection = 'failed';
      this.#fail(error);
    }
  }

  /** Does `work` unless something else is under way, and keeps how it ended. */
  do(kind: Kind, what: string, work: (bench: Bench) => Promise<Done>): Promise<void> {
    return this.#do(kind, what, work, {});
  }

  flash(what: string, read: () => Promise<readonly FlashPart[]>, done: () => Promise<void>): Promise<void> {
    return this.#do(
      'flash',
      what,
      async (bench) => {
        const parts = await orAborted(read(), bench.signal);
        const ended = await flashImage(bench, parts, this.#rules.flashBaud, (progress) => {
          if (this.#activity?.kind !== 'flash') return;
          this.#activity = { ...this.#activity, progress, leftMs: leftMs(progress) };
          this.#touch();
        });
        if (ended.ok) await done();
        return ended;
      },
      {},
    );
  }

  async send(text: string): Promise<void> {
    const session = this.#ready('request');
    if (session === null) return;
    if (this.#activity !== null && HOLDS_LINE.has(this.#activity.kind)) {
      this.#refuse('request', `Not sent: the board ${DOING[this.#activity.kind]}.`, 'Wait until that is over.');
      return;
    }
    try {
      await session.link.write(Buffer.from(`${text}\n`));
      this.#record.note(printable(text), 'sent');
    } catch (error) {
      this.#end('request', doneOf(error), {});
    }
  }

  cancel(): void {
    if (this.#activity !== null) this.#control?.abort(aborted(`What was under way (${this.#activity.what})`));
  }

  /** Ends what is under way and closes the port; a real board runs on. */
  async close(): Promise<void> {
    this.#life.abort(aborted('The board'));
    this.cancel();
    await this.#opening;
    await this.#work;
    await this.#letGo();
  }

  async #do(kind: Kind, what: string, work: (bench: Bench) => Promise<Done>, options: WorkOptions): Promise<void> {
    const session = this.#ready(kind);
    if (session === null) return;
    if (this.#activity !== null) {
      this.#refuse(kind, `The board ${DOING[this.#activity.kind]}.`, 'Wait until that is over, or cancel it.');
      return;
    }
    const since = this.#rules.now();
    this.#activity = kind === 'flash' ? { kind, since, what, progress: null, leftMs: null } : { kind, since, what };
    this.#control = new AbortController();
    this.#checker?.pause();
    this.#touch();
    this.#work = this.#carryOut(kind, work, this.#benchOf(session, this.#control.signal), options);
    await this.#work;
  }

  async #carryOut(
    kind: Kind,
    work: (bench: Bench) => Promise<Done>,
    bench: Bench,
    options: WorkOptions,
  ): Promise<void> {
    let done: Done;
    try {
      done = await work(bench);
    } catch (error) {
      done = doneOf(error);
      await this.#backToSketch(bench.session);
    }
    this.#activity = null;
    this.#control = null;
    this.#checker?.resume(this.#record.crossCheck !== null);
    this.#end(kind, done, options);
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
      } else if (event.state === 'back') {
        this.#connection = 'open';
        this.#problem = null;
        this.#touch();
        void this.#backToSketch(session);
      }
    });
  }

  async #keep({ link, device }: DeskTarget): Promise<void> {
    const { clock } = this.#rules;
    const { signal } = this.#life;
    const ports = device === null ? [] : await this.#world.listPorts().catch(() => []);
    const before = ports.find((port) => port.path === device);
    if (before === undefined) {
      keepOpen(link, { signal, clock });
      return;
    }
    const find = adapterFinder(before, () => this.#world.listPorts());
    keepOpen(link, {
      signal,
      clock,
      find: async () => {
        const path = await find();
        if (path !== null) this.#device = path;
        return path;
      },
    });
  }

  #ready(kind: Kind): BoardSession | null {
    if (this.#connection === 'open' && this.#session !== null && !this.#life.signal.aborted) return this.#session;
    this.#refuse(kind, 'The port is not open.', this.#problem?.hint ?? 'Wait until it is.');
    return null;
  }

  #refuse(kind: Kind, text: string, hint: string): void {
    this.#outcome = { kind, t: this.#rules.now(), ok: false, text, hint };
    this.#touch();
  }

  #end(kind: Kind, done: Done, { quiet }: WorkOptions): void {
    if (done.ok && quiet === true) {
      this.#touch();
      return;
    }
    const text = printable(done.text, 1000);
    const hint = done.hint === null ? null : printable(done.hint, 500);
    this.#outcome = { kind, t: this.#rules.now(), ok: done.ok, text, hint };
    this.#record.note(text, done.ok ? 'green' : 'red');
  }

  #fail(error: unknown): void {
    const known = error instanceof EspwatchError;
    this.#problem = {
      code: known ? error.code : 'UNEXPECTED',
      message: printable(messageOf(error), 500),
      hint: known ? printable(error.hint, 500) : 'This is a bug in espwatch: please report it.',
      t: this.#rules.now(),
    };
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

function doneOf(error: unknown): Done {
  if (error instanceof EspwatchError) return { ok: false, text: error.message, hint: error.hint };
  return { ok: false, text: messageOf(error), hint: null };
}
