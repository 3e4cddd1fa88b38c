import type { BoardLedger, Ledger } from '../../../src/soak/ledger-types.js';
import type { ExpectedBoard, ExpectedIncident, ExpectedLedger, ExpectedReset, Range } from './expected.js';

/** Of a loop so many resets are listed. */
const LISTED = 20;
const SLACK = 10;

/** In what a ledger differs from what is expected, one sentence each; none when it is right. */
export function differences(ledger: Ledger, expected: ExpectedLedger, origin: number): string[] {
  const found: string[] = [];
  const say = (text: string): void => {
    found.push(text);
  };
  if (ledger.ended !== 'done') say(`ended: ${ledger.ended}`);
  if (ledger.parts !== expected.parts) say(`parts: ${ledger.parts}, not ${expected.parts}`);
  pair('host', ledger.host, expected.host, say, ({ t, what, ms }, wanted, name) => {
    if (what !== wanted.what) say(`${name}: ${what}, not ${wanted.what}`);
    within(`${name}: t`, t - origin, wanted.t, say);
    within(`${name}: ms`, ms, [wanted.ms - SLACK, wanted.ms + SLACK], say);
  });
  pair('storage', ledger.storage, expected.storage, say, ({ from, to }, wanted, name) => {
    within(`${name}: from`, from - origin, wanted.from, say);
    within(`${name}: to`, to - origin, wanted.to, say);
  });
  pair('board', ledger.boards, expected.boards, say, (board, wanted, name) => {
    compareBoard(board, wanted, { origin, to: ledger.to, name, say });
  });
  return found;
}

interface Context {
  readonly origin: number;
  readonly to: number;
  readonly name: string;
  readonly say: (text: string) => void;
}

function compareBoard(board: BoardLedger, expected: ExpectedBoard, context: Context): void {
  const { origin, to, name, say } = context;
  compareResets(board, expected, context);
  pair(`${name} loop`, board.loops, expected.loops, say, (loop, wanted, which) => {
    within(`${which}: from`, loop.from - origin, wanted.from, say);
    within(`${which}: to`, loop.to - origin, wanted.to, say);
    if (loop.resets !== wanted.resets) say(`${which}: ${loop.resets} resets, not ${wanted.resets}`);
    if (loop.cause !== wanted.cause) say(`${which}: ${loop.cause}, not ${wanted.cause}`);
    if (loop.open) say(`${which} is open`);
  });
  compareIncidents(board, expected.incidents, context);
  pair(`${name} gap`, board.gaps, expected.gaps, say, (gap, wanted, which) => {
    if (gap.reason !== wanted.reason) say(`${which}: ${gap.reason}, not ${wanted.reason}`);
    within(`${which}: from`, gap.from - origin, wanted.from, say);
    within(`${which}: to`, gap.to - origin, wanted.to, say);
    const other = { seen: true, unknown: false };
    const isRight =
      typeof wanted.restarted === 'boolean'
        ? gap.restarted === wanted.restarted
        : gap.restarted === undefined || gap.restarted === other[wanted.restarted];
    if (!isRight) say(`${which}: restarted ${gap.restarted}, not ${wanted.restarted}`);
  });
  const away = board.gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const watched = to - origin - away;
  within(`${name}: watchedMs`, board.watchedMs, [watched - 1, watched + 1], say);
  const counts = board.crashGroups.map(({ count }) => count).sort((a, b) => a - b);
  const wanted = [...expected.crashes.values()].sort((a, b) => a - b);
  if (counts.join() !== wanted.join()) say(`${name}: crash groups of ${counts.join()}, not ${wanted.join()}`);
}

function compareResets(board: BoardLedger, expected: ExpectedBoard, { origin, name, say }: Context): void {
  const inLoop = new Map<number, number>();
  const listed = expected.resets.filter(({ loop }) => {
    if (loop === null) return true;
    const nth = (inLoop.get(loop) ?? 0) + 1;
    inLoop.set(loop, nth);
    return nth <= LISTED;
  });
  const left = expected.resets.length - listed.length;
  if ((board.leftOut?.loopResets ?? 0) !== left) say(`${name}: ${board.leftOut?.loopResets} left out, not ${left}`);
  const signatures = new Map<string, string | null>();
  let before: { readonly t: number | null; readonly left: boolean } | null = null;
  pair(`${name} reset`, board.resets, listed, say, (reset, wanted, which) => {
    const { t, cause, commanded, uptimeMs, signature, loop } = reset;
    within(`${which}: t`, t - origin, wanted.t, say);
    if (!wanted.causes.includes(cause)) say(`${which}: ${cause}, not ${wanted.causes.join(' or ')}`);
    if (commanded !== wanted.commanded) say(`${which}: commanded ${commanded}`);
    if (loop !== (wanted.loop === null ? null : (board.loops[wanted.loop]?.number ?? -1)))
      say(`${which}: loop ${loop}`);
    if ((wanted.crash === null) !== (signature === null)) say(`${which}: crash ${signature}, not ${wanted.crash}`);
    if (wanted.crash !== null) {
      const known = signatures.get(wanted.crash) ?? signature;
      if (known !== signature) say(`${which}: signature ${signature}, not ${known}`);
      signatures.set(wanted.crash, signature);
    }
    const uptime = expectedUptime(wanted, t, before?.t ?? null, board);
    // Of a long loop not all resets are listed, so the one before may be none that is known here.
    const isKnown = before === null || !before.left;
    if (isKnown && !near(uptimeMs, uptime)) say(`${which}: uptime ${uptimeMs}, not ${uptime}`);
    // When a board started that nobody saw start is known too roughly to count from it.
    const isGuess = wanted.unseen && cause === 'unknown';
    before = { t: isGuess ? null : t, left: wanted.loop !== null && (inLoop.get(wanted.loop) ?? 0) > LISTED };
  });
}

/** Since the reset before, if all of that time was watched. */
function expectedUptime(wanted: ExpectedReset, t: number, before: number | null, board: BoardLedger): number | null {
  if (before === null || wanted.unseen) return null;
  return board.gaps.some(({ from, to }) => to > before && from < t) ? null : t - before;
}

function near(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) <= SLACK;
}

function compareIncidents(
  board: BoardLedger,
  expected: readonly ExpectedIncident[],
  { origin, to, name, say }: Context,
): void {
  const rest = [...board.incidents];
  for (const wanted of expected) {
    const at = rest.findIndex(({ kind, t }) => kind === wanted.kind && isWithin(t - origin, wanted.t));
    const [incident] = at < 0 ? [] : rest.splice(at, 1);
    if (incident === undefined) {
      say(`${name}: no ${wanted.kind} at ${time(wanted.t[0])} to ${time(wanted.t[1])}`);
      continue;
    }
    const which = `${name} ${wanted.kind} at ${time(incident.t - origin)}`;
    if (!wanted.detail.test(incident.detail)) say(`${which}: ${incident.detail}, not ${wanted.detail}`);
    if (wanted.until === null || wanted.until[0] > to - origin) {
      if (incident.until !== null) say(`${which}: ended at ${time(incident.until - origin)}, not at all`);
    } else if (incident.until === null) say(`${which}: did not end at ${time(wanted.until[0])}`);
    else within(`${which}: until`, incident.until - origin, wanted.until, say);
  }
  for (const { kind, t, until, detail } of rest) {
    say(
      `${name}: ${kind} from ${time(t - origin)} to ${until === null ? 'the end' : time(until - origin)} is too much: ${detail}`,
    );
  }
}

function pair<A, B>(
  name: string,
  are: readonly A[],
  wanted: readonly B[],
  say: (text: string) => void,
  compare: (a: A, b: B, which: string) => void,
): void {
  if (are.length !== wanted.length) say(`${name}: ${are.length}, not ${wanted.length}`);
  are.forEach((a, i) => {
    const b = wanted[i];
    if (b !== undefined) compare(a, b, `${name} ${i + 1}`);
  });
}

function within(what: string, value: number, wanted: Range, say: (text: string) => void): void {
  if (!isWithin(value, wanted)) say(`${what} is ${time(value)}, not ${time(wanted[0])} to ${time(wanted[1])}`);
}

function isWithin(value: number, [from, to]: Range): boolean {
  return value >= from && value <= to;
}

/** `2:13:00.000` */
function time(ms: number): string {
  if (!Number.isFinite(ms)) return 'never';
  const sign = ms < 0 ? '-' : '';
  const left = Math.abs(ms);
  const part = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0');
  return `${sign}${part(left / 3_600_000, 1)}:${part((left / 60_000) % 60, 2)}:${part((left / 1000) % 60, 2)}.${part(left % 1000, 3)}`;
}
