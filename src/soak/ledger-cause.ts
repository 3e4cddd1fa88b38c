/** Why a board restarted, and how that is known: from everything that was seen of one reset. */
import type { ResetRecord } from '../board/board-state.js';
import type { BoardEvent, BootMode, CrashKind, CrashReport, ResetCause } from '../board/events.js';
import { bootModeInWords, causeInWords, crashInWords } from '../board/wording.js';
import { reportable } from './ledger-context.js';
import type { LedgerCause } from './ledger-types.js';

type Fact<T extends BoardEvent['type']> = Extract<BoardEvent, { type: T }>;

/** What was seen of a reset. */
export interface ResetFacts {
  /** As the fold of board/ has it; null for a reset that it does not know of. */
  readonly record: ResetRecord | null;
  readonly command: Fact<'reset-commanded' | 'switch-commanded'> | null;
  readonly banner: Fact<'rom-banner'> | null;
  readonly bootMode: BootMode | null;
  readonly crash: CrashReport | null;
  readonly reason: Fact<'reset-reason'> | null;
  /** How it was found, where no boot was seen, and the sentence that says so. */
  readonly inferred: { readonly from: 'crash' | 'uptime' | 'unwatched'; readonly sentence: string } | null;
  /** What happened to the port around it. */
  readonly port: readonly string[];
}

export const NOTHING_KNOWN: ResetFacts = {
  record: null,
  command: null,
  banner: null,
  bootMode: null,
  crash: null,
  reason: null,
  inferred: null,
  port: [],
};

export interface CauseFinding {
  readonly cause: LedgerCause;
  readonly confidence: number;
}

const ROM_POWER_ON = 1;
const ROM_EXTERNAL = 2;
/** A crash that is not explained by these is what the banner below it restarts from. */
const NOT_A_CRASH: readonly number[] = [0, ROM_POWER_ON, 5, 6];

/** Whether a crash report that came before this banner may be the reason of its reset. */
export function followsCrash(banner: Fact<'rom-banner'> | null): boolean {
  return banner === null || banner.confidence < 1 || !NOT_A_CRASH.includes(banner.raw.cause);
}

export function causeOf(facts: ResetFacts): CauseFinding {
  const { record, banner, bootMode, crash, inferred } = facts;
  if (bootMode === 'uart-download' && !(facts.command?.type === 'reset-commanded' && facts.command.into === bootMode)) {
    return { cause: 'stuck-in-bootloader', confidence: banner?.confidence ?? 1 };
  }
  if (crash !== null) {
    const certainty = crash.complete ? 0.95 : 0.8;
    return { cause: causeOfReport(crash.kind), confidence: Math.max(record?.confidence ?? 0, certainty) };
  }
  if (inferred !== null && inferred.from !== 'crash') {
    return { cause: 'unknown', confidence: inferred.from === 'uptime' ? 0.4 : 0.3 };
  }
  if (record === null) return { cause: 'unknown', confidence: 0.3 };
  // The fold of board/ has blamed a crash that belongs to another reset.
  if (record.source === 'crash-report') return { cause: 'external', confidence: record.confidence * 0.5 };
  if (record.raw.cause === 0 && record.cause === 'unknown') {
    return { cause: 'power', confidence: record.confidence * 0.5 };
  }
  return { cause: ledgerCause(record.cause), confidence: record.confidence };
}

function ledgerCause(cause: ResetCause): LedgerCause {
  return cause === 'power-on' ? 'power' : cause;
}

function causeOfReport(kind: CrashKind): LedgerCause {
  switch (kind) {
    case 'software-watchdog':
    case 'hardware-watchdog':
    case 'out-of-memory':
      return kind;
    case 'abort':
    case 'panic':
    case 'assert':
    case 'cpp-exception':
    case 'stack-smashing':
    case 'stack-overflow':
      return 'panic';
    case 'exception':
    case 'rom-exception':
    case 'sdk-exception':
    case 'generic':
      return 'exception';
  }
}

/** One sentence for each thing that was seen, what says most first. */
export function evidenceOf(facts: ResetFacts): readonly string[] {
  const { command, banner, crash, reason, inferred, record, port } = facts;
  const sentences: string[] = [];
  if (command?.type === 'reset-commanded') sentences.push('Commanded: espwatch pulled EN.');
  if (command?.type === 'switch-commanded') {
    sentences.push(
      record?.commanded === true
        ? `Commanded: espwatch asked the board to switch to ${command.to}.`
        : `Espwatch had asked the board to switch to ${command.to}, but this restart is another one.`,
    );
  }
  if (crash !== null) {
    const broken = crash.complete ? '' : ' The report broke off.';
    sentences.push(`Crash report: ${reportable(crashInWords(crash))}.${broken}`);
  }
  if (banner !== null) sentences.push(...bannerSentences(banner, facts));
  if (reason !== null) sentences.push(`The sketch gave as reset reason: ${reportable(reason.text)}.`);
  if (inferred !== null) sentences.push(inferred.sentence);
  else if (banner === null && record?.source === 'sketch') {
    sentences.push("No ROM banner was readable: the sketch's own line shows the boot.");
  }
  sentences.push(...port);
  return sentences;
}

function bannerSentences({ raw, cause, bootMode, confidence }: Fact<'rom-banner'>, facts: ResetFacts): string[] {
  const numbers = `rst cause:${raw.cause}, boot mode:(${raw.mode},${raw.sdio})`;
  const said = `${numbers}: ${causeInWords(cause)}, ${bootModeInWords(bootMode)}`;
  const sentences = [
    confidence >= 1
      ? `The ROM said ${said}.`
      : `A ROM banner was recognised in bytes of another speed, confidence ${confidence.toFixed(2)}: ${said}.`,
  ];
  if (raw.cause === ROM_EXTERNAL && facts.crash === null && facts.reason === null && facts.command === null) {
    sentences.push('The ROM says the same of the reset pin and of restarts by software.');
  }
  return sentences;
}
