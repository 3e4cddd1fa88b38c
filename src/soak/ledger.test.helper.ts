/** Nights for the tests of the ledger: facts with their times, as journal entries. */
import type {
  BoardEvent,
  BoardFact,
  CrashKind,
  CrashReport,
  EventSource,
  ProbeOutcome,
  ResetCause,
} from '../board/events.js';
import { bootModeOf, causeOfRom } from '../board/numbers.js';
import type { JournalEntry } from '../journal/entry.js';
import { LedgerFold } from './ledger.js';
import type { BoardLedger, Ledger } from './ledger-types.js';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export const begin = (t = 0, part = 1, boards: readonly string[] = ['ttyUSB0']): JournalEntry => ({
  kind: 'begin',
  t,
  part,
  boards: boards.map((name) => ({ name, seq: 0 })),
});
export const alive = (t: number): JournalEntry => ({ kind: 'alive', t });
export const end = (t: number): JournalEntry => ({ kind: 'end', t, why: 'done' });
export const slept = (t: number, ms: number): JournalEntry => ({ kind: 'host', t, what: 'suspended', ms });

/** A fact at `t`; its source follows from its type. */
export function at(t: number, fact: BoardFact, board = 0): JournalEntry {
  return { kind: 'event', board, event: { ...fact, seq: 1, t, source: sourceOf(fact) } };
}

function sourceOf(fact: BoardFact): EventSource {
  switch (fact.type) {
    case 'link':
      return 'link';
    case 'probe':
      return fact.result.via;
    case 'reset-commanded':
    case 'switch-commanded':
    case 'silence':
    case 'flash':
    case 'bootloader':
      return 'tool';
    default:
      return 'serial';
  }
}

export const open: BoardFact = { type: 'link', state: 'open', detail: null };
export const lost: BoardFact = { type: 'link', state: 'lost', detail: 'unplugged' };
export const back: BoardFact = { type: 'link', state: 'back', detail: null };
export const pullEn: BoardFact = { type: 'reset-commanded', into: 'flash' };
export const toMqtt: BoardFact = { type: 'switch-commanded', to: 'mqtt-client' };
export const web: BoardFact = { type: 'mode', mode: 'web-server', serverType: 'SDK API' };
export const mqtt: BoardFact = { type: 'mode', mode: 'mqtt-client', serverType: null };
export const accessPoint: BoardFact = { type: 'mode', mode: 'access-point', serverType: null };
export const silence = (ms: number): BoardFact => ({ type: 'silence', ms });
export const text = (line: string): BoardFact => ({ type: 'text', text: line, ended: true });
export const unparsed: BoardFact = { type: 'unparsed', bytes: Uint8Array.of(0x80, 0xfe, 0x80) };

export const banner = (cause: number, mode = 3, confidence = 1): BoardFact => ({
  type: 'rom-banner',
  cause: causeOfRom(cause),
  bootMode: bootModeOf(mode),
  raw: { cause, mode, sdio: 6 },
  confidence,
});

export const reason = (cause: ResetCause, atBoot = true): BoardFact => ({
  type: 'reset-reason',
  cause,
  raw: null,
  text: cause,
  atBoot,
});

export const report = (kind: CrashKind = 'exception', epc1 = 0x40201f40, words?: readonly number[]): CrashReport => ({
  kind,
  exception: kind === 'exception' ? { number: 28, name: 'LoadProhibited' } : null,
  registers: { epc1, epc2: 0, epc3: 0, excvaddr: 4, depc: 0 },
  detail: null,
  stack: {
    context: 'cont',
    sp: 0x3ffffd00,
    end: 0x3fffffc0,
    offset: 0x190,
    words: words ?? [0x3fff0000, 0x40201f40, 1, 0x40202a10, 0x40100f58],
  },
  otherStacks: [],
  failedAlloc: null,
  complete: true,
});
export const crash = (kind?: CrashKind, epc1?: number, words?: readonly number[]): BoardFact => ({
  type: 'crash',
  report: report(kind, epc1, words),
});

export const telemetry = (uptime: number, heap = 40_000, more: Record<string, number> = {}): BoardFact => ({
  type: 'telemetry',
  values: {
    uptime,
    freeHeap: heap,
    largestBlock: heap - 8_000,
    rssi: -60,
    wifiReconnects: 0,
    mqttReconnects: 0,
    ...more,
  },
});

export const probe = (outcome: ProbeOutcome, via: 'http' | 'mqtt' = 'http', rttMs = 12): BoardFact => ({
  type: 'probe',
  result: {
    via,
    target: null,
    outcome,
    rttMs: outcome === 'answered' ? rttMs : null,
    evidence: 'by test',
    identity: { mac: null, chipId: null },
  },
});

/** A board that was opened, reset by us, and serves the web from 1.5 s on. */
export const up: readonly JournalEntry[] = [
  begin(),
  at(10, open),
  at(1000, pullEn),
  at(1100, banner(2)),
  at(1300, reason('external')),
  at(1500, web),
];

/** Numbers the events of each board anew. */
export function numbered(entries: readonly JournalEntry[]): JournalEntry[] {
  const seqs = new Map<number, number>();
  return entries.map((entry) => {
    if (entry.kind !== 'event') return entry;
    const seq = (seqs.get(entry.board) ?? 0) + 1;
    seqs.set(entry.board, seq);
    return { ...entry, event: { ...entry.event, seq } };
  });
}

export function ledgerOf(entries: readonly JournalEntry[], now?: number): Ledger {
  const fold = new LedgerFold();
  for (const entry of numbered(entries)) fold.push(entry);
  return fold.ledger(now);
}

/** The only board of a night. */
export function boardOf(...entries: readonly JournalEntry[]): BoardLedger {
  const [board] = ledgerOf(entries).boards;
  if (board === undefined) throw new Error('the night has no board');
  return board;
}

/** Its own resets. */
export const own = (board: BoardLedger) => board.resets.filter((reset) => !reset.commanded);

/** Entries with what a journal drops left out: 12 pieces of output on each side of what matters are kept. */
export function journalled(entries: readonly JournalEntry[], isOutput: (event: BoardEvent) => boolean): JournalEntry[] {
  const kept: JournalEntry[] = [];
  const boards = new Map<number, { withheld: JournalEntry[]; after: number }>();
  for (const entry of entries) {
    if (entry.kind !== 'event') {
      // Another process: what the one before withheld is gone.
      if (entry.kind === 'begin') boards.clear();
      kept.push(entry);
      continue;
    }
    const { event, board } = entry;
    const side = boards.get(board) ?? { withheld: [], after: 0 };
    boards.set(board, side);
    const plain = event.type === 'telemetry' || (event.type === 'probe' && event.result.outcome === 'answered');
    if (!isOutput(event)) {
      if (!plain) {
        kept.push(...side.withheld);
        side.withheld = [];
        side.after = 12;
      }
      kept.push(entry);
    } else if (side.after > 0) {
      side.after -= 1;
      kept.push(entry);
    } else side.withheld = [...side.withheld, entry].slice(-12);
  }
  return kept;
}
