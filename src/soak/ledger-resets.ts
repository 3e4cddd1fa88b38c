/** Every reset of one board, with what tells its cause. */
import type { ResetRecord } from '../board/board-state.js';
import type { BoardEvent, CrashReport, Mode } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import { durationText } from '../units.js';
import { type CauseFinding, causeOf, followsCrash, NOTHING_KNOWN, type ResetFacts } from './ledger-cause.js';
import { CONTEXT_LINES, type ContextRing, isNearby, reportable } from './ledger-context.js';
import { crashOfReset } from './ledger-crashes.js';
import {
  type Draft,
  entryOf,
  isCommanded,
  isGarbage,
  isSubstantial,
  isVague,
  type LeftOutResets,
  leftOutWith,
  PortNews,
  recordOfReason,
} from './ledger-draft.js';
import { Kept } from './ledger-kept.js';
import { BootLoops, NO_LOOP } from './ledger-loops.js';
import type { ContextLine, LeftOut, LoopEntry, ResetEntry } from './ledger-types.js';

const RESETS = 2000;
/** Of one loop. */
const LOOP_RESETS = 20;
/** A garbage banner is noticed before the lines that came in the same piece: its crash report may follow it, ms. */
const LATE_CRASH_MS = 5_000;
/** Two reports of one crash come closer together than any restart, ms. */
const SAME_CRASH_MS = 250;
/** A banner so soon after a boot that was found without one is that boot's, ms. */
const SAME_BOOT_MS = 1_000;
/** What the board had sent before EN was pulled may still come, ms. */
const IN_FLIGHT_MS = 250;
/** A switch that we asked for is done by then, ms. */
const SWITCH_MS = 30_000;

/** What a sketch prints only when it runs. */
const LIFE: ReadonlySet<BoardEvent['type']> = new Set(['mode', 'ip', 'topic', 'http-port', 'telemetry']);

interface PendingCrash {
  readonly t: number;
  readonly report: CrashReport;
  readonly before: readonly ContextLine[];
}

export class ResetWatch {
  readonly #context: ContextRing;
  readonly #kept = new Kept<ResetEntry>(RESETS);
  readonly #loops = new BootLoops();
  #draft: Draft | null = null;
  /** The entry of the draft in the list is not up to date. */
  #stale = false;
  #count = 0;
  /** When the board started, if all has been watched since. */
  #runningSince: number | null = null;
  /** A crash whose reset has not been seen yet. */
  #crash: PendingCrash | null = null;
  #switch: Extract<BoardEvent, { type: 'switch-commanded' }> | null = null;
  readonly #port = new PortNews();
  #leftOut: LeftOutResets = { resets: 0, commandedResets: 0, loopResets: 0 };

  constructor(context: ContextRing) {
    this.#context = context;
  }

  /** When the latest reset was; null before the first. */
  get lastT(): number | null {
    return this.#draft?.t ?? null;
  }

  get count(): number {
    return this.#count;
  }

  /** Output of the board; `text` null for what is not shown. */
  output(t: number, text: string | null): void {
    const draft = this.#draft;
    if (draft === null || draft.place === null || draft.inferred !== null) return;
    if (!isNearby(draft.t, t, draft.outputs)) return;
    const after = text === null ? draft.after : [...draft.after, { t, text: reportable(text) }];
    this.#change({ after, outputs: draft.outputs + 1 });
  }

  fold(event: BoardEvent, before: BoardState, state: BoardState): void {
    if (event.type === 'link') this.#link(event);
    if (event.type === 'switch-commanded') this.#switch = event;
    if (event.type === 'crash') this.#crashed(event.t, event.report, before.mode);
    const counted = before.resets.own + before.resets.commanded < state.resets.own + state.resets.commanded;
    if (counted) this.#began(event, before, state);
    else if (state.lastReset !== before.lastReset || event.type === 'reset-reason')
      this.#refine(event, before.mode, state);
    if (LIFE.has(event.type)) this.#spoke(event, before.mode);
    if (event.type === 'mode') this.#loops.cameUp();
  }

  /** A restart that only the uptime shows. */
  unseen(t: number, mode: Mode, watched: boolean, uptimeS: number): void {
    const told = `an uptime of ${durationText(uptimeS * 1000)}`;
    const sentence = watched
      ? `No boot was seen: the board told ${told}, less than it must have had.`
      : `Reset while not watched: the board told ${told}, less than before.`;
    this.#begin(t, mode, { inferred: { from: watched ? 'uptime' : 'unwatched', sentence } }, []);
    if (!watched) this.#runningSince = null;
  }

  /** The board was not watched for a while: its uptime is not known any more. */
  unwatched(from: number, to: number): void {
    if (this.#runningSince !== null && this.#runningSince < to) this.#runningSince = null;
    const draft = this.#draft;
    if (draft !== null) {
      const late = draft.uptimeMs !== null && draft.t > from && draft.t - draft.uptimeMs < to;
      this.#change({ outputs: CONTEXT_LINES, uptimeMs: late ? null : draft.uptimeMs });
    }
    this.#loops.stop(this.#loopCause());
  }

  all(): readonly ResetEntry[] {
    this.#write();
    return this.#kept.all();
  }

  loops(to: number): readonly LoopEntry[] {
    return this.#loops.all(to, this.#loopCause());
  }

  get leftOut(): LeftOutResets & Pick<LeftOut, 'loops'> {
    const draft = this.#draft;
    const resets = draft === null || draft.place !== null ? this.#leftOut : leftOutWith(this.#leftOut, draft);
    return { ...resets, loops: this.#loops.leftOut };
  }

  #loopCause(): CauseFinding['cause'] | null {
    return this.#draft === null || this.#draft.loop === null ? null : causeOf(this.#draft).cause;
  }

  #link(event: Extract<BoardEvent, { type: 'link' }>): void {
    this.#port.fold(event);
    const draft = this.#draft;
    if (draft === null || event.state !== 'lost' || isCommanded(draft)) return;
    const sentence = this.#port.after(draft.t);
    if (sentence !== null) this.#change({ port: [...draft.port, sentence].slice(-4) });
  }

  #crashed(t: number, report: CrashReport, mode: Mode): void {
    const draft = this.#draft;
    const belongsBefore = draft !== null && draft.crash === null && !isCommanded(draft) && t - draft.t <= LATE_CRASH_MS;
    if (report.kind === 'hardware-watchdog') {
      // An HWDT build reports below the banner of the boot that followed.
      if (belongsBefore) this.#attach(report);
      return;
    }
    if (belongsBefore && isVague(draft)) {
      this.#attach(report);
      return;
    }
    const pending = this.#crash;
    if (pending !== null && t - pending.t <= SAME_CRASH_MS) return;
    if (pending !== null) this.#restartAfterCrash(pending, mode);
    this.#crash = isSubstantial(report) ? { t, report, before: this.#context.before(t) } : null;
  }

  /** The board runs: a crash before that ended in a restart, even if no banner was readable. */
  #spoke(event: BoardEvent, mode: Mode): void {
    if (this.#crash !== null && event.t >= this.#crash.t) this.#restartAfterCrash(this.#crash, mode);
    const draft = this.#draft;
    if (draft !== null && !draft.spoke && event.t - draft.t > IN_FLIGHT_MS) this.#draft = { ...draft, spoke: true };
  }

  #restartAfterCrash({ t, report, before }: PendingCrash, mode: Mode): void {
    const sentence = 'No boot was readable: the board went on after its crash report.';
    this.#begin(t, mode, { crash: crashOfReset(report), inferred: { from: 'crash', sentence } }, before);
  }

  #began(event: BoardEvent, before: BoardState, state: BoardState): void {
    const draft = this.#draft;
    const record = state.lastReset;
    if (record === null) return;
    const banner = event.type === 'rom-banner' ? event : null;
    const late = banner !== null && banner.confidence < 1 && draft !== null && draft.banner === null;
    if (late && !isCommanded(draft) && event.t - draft.t <= SAME_BOOT_MS) {
      this.#change({ banner });
      return;
    }
    const crash = record.commanded || !followsCrash(banner) ? null : (this.#crash?.report ?? null);
    this.#begin(event.t, before.mode, {
      record,
      banner,
      command: event.type === 'reset-commanded' ? event : record.commanded ? this.#switch : null,
      bootMode: banner?.bootMode ?? null,
      crash: crash === null ? null : crashOfReset(crash),
      reason: event.type === 'reset-reason' ? event : null,
    });
  }

  #refine(event: BoardEvent, mode: Mode, state: BoardState): void {
    const draft = this.#draft;
    const { lastReset } = state;
    if (event.type === 'reset-reason' && (draft === null || draft.spoke) && (event.atBoot || this.#crash !== null)) {
      // The sketch says why it starts, and it had spoken since the boot before.
      const crash = this.#crash === null ? null : crashOfReset(this.#crash.report);
      this.#begin(event.t, mode, { record: recordOfReason(event), crash, reason: event });
      return;
    }
    if (draft === null || lastReset === null) return;
    // A reset that the fold of board/ does not know of is none that it could refine.
    if (draft.record === null && draft.inferred?.from !== 'crash') return;
    if (event.type === 'rom-banner') this.#change({ record: lastReset, banner: event, bootMode: event.bootMode });
    else if (event.type === 'reset-reason') this.#explain(draft, event, lastReset);
  }

  #explain(draft: Draft, event: Extract<BoardEvent, { type: 'reset-reason' }>, last: ResetRecord): void {
    const asked = this.#switch !== null && event.t - this.#switch.t <= SWITCH_MS && draft.t >= this.#switch.t;
    // A garbage banner gave a wrong cause, so that its reset did not look like the answer to our request.
    const commanded = last.commanded || (asked && event.cause === 'software' && isGarbage(draft));
    const crash = this.#crash;
    const ended = event.cause !== 'external' && event.cause !== 'power-on' && event.cause !== 'deep-sleep-wake';
    // Its report came after the banner that it led to.
    if (crash !== null && crash.t >= draft.t && draft.crash === null && !commanded && ended) this.#attach(crash.report);
    this.#crash = null;
    this.#change({
      record: draft.record === null ? null : { ...last, commanded },
      command: commanded ? (draft.command ?? this.#switch) : draft.command,
      reason: draft.reason ?? event,
      // A sketch that speaks was booted from flash.
      bootMode: isGarbage(draft) ? 'flash' : draft.bootMode,
    });
  }

  #attach(report: CrashReport): void {
    this.#change({ crash: crashOfReset(report) });
  }

  #begin(t: number, mode: Mode, facts: Partial<ResetFacts>, before = this.#context.before(t)): void {
    this.#close();
    this.#count += 1;
    this.#crash = null;
    const since = this.#runningSince;
    const hasPort = facts.record?.commanded !== true && facts.inferred?.from !== 'unwatched';
    this.#place({
      ...NOTHING_KNOWN,
      port: hasPort ? this.#port.before(t) : [],
      ...facts,
      number: this.#count,
      t,
      uptimeMs: since === null ? null : Math.max(0, t - since),
      loop: null,
      mode,
      before,
      after: [],
      outputs: 0,
      place: null,
      spoke: false,
    });
    this.#runningSince = t;
  }

  #place(draft: Draft): void {
    const next = this.#kept.length < RESETS ? this.#kept.length : null;
    const commanded = isCommanded(draft);
    if (commanded) this.#loops.stop(null);
    const { loop, nth, joined } = commanded ? NO_LOOP : this.#loops.own(draft.t, next);
    for (const { place } of joined) {
      const entry = place === null ? undefined : this.#kept.at(place);
      if (entry === undefined) {
        const { resets, loopResets } = this.#leftOut;
        this.#leftOut = { ...this.#leftOut, resets: resets - 1, loopResets: loopResets + 1 };
      } else {
        this.#kept.replace(place, (reset) => ({ ...reset, loop }));
        this.#loops.settled(entry.cause);
      }
    }
    this.#draft = { ...draft, loop, place: nth > LOOP_RESETS ? null : next };
    this.#stale = false;
    if (this.#draft.place !== null) this.#kept.push(entryOf(this.#draft));
  }

  #change(facts: Partial<Draft>): void {
    if (this.#draft === null) return;
    this.#draft = { ...this.#draft, ...facts };
    this.#stale = true;
  }

  #write(): void {
    const draft = this.#draft;
    if (draft === null || !this.#stale) return;
    this.#stale = false;
    this.#kept.replace(draft.place, () => entryOf(draft));
  }

  /** Nothing more will be known of the latest reset. */
  #close(): void {
    const draft = this.#draft;
    if (draft === null) return;
    this.#write();
    if (draft.loop !== null) this.#loops.settled(causeOf(draft).cause);
    if (draft.place === null) this.#leftOut = leftOutWith(this.#leftOut, draft);
  }
}
