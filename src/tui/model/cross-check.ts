import { claimedVias } from '../../board/crosscheck.js';
import type { Mode, ProbeResult } from '../../board/events.js';
import { hintFor, modeInWords } from '../../board/wording.js';
import type { BoardView } from '../../session/desk-types.js';
import { type Line, lineWidth, span } from '../lines.js';
import { pad, shown, wrapWords } from '../text.js';
import type { Role } from '../theme.js';
import { PATIENCE_MS } from './activity.js';
import { agoText, currentCheck, type Judgement, judge, spanText } from './facts.js';

export interface WitnessRow {
  readonly who: 'serial' | 'HTTP' | 'MQTT';
  /** `claims MQTT client`, `answered in 12 ms`. */
  readonly says: string;
  /** What it is worth beside the claim. */
  readonly judgement: Judgement;
  /** The answer itself, safe to show. */
  readonly evidence: string;
}

const OUTCOMES: Readonly<Record<ProbeResult['outcome'], string>> = {
  answered: 'answered',
  'no-answer': 'no answer',
  refused: 'refused the connection',
  unreachable: 'cannot be reached',
  'not-this-device': 'another device answered',
  'not-configured': 'nothing to ask',
  error: 'could not be asked',
};

/** The three witnesses, the serial claim first. */
export function witnessRows(board: BoardView, now: number): readonly WitnessRow[] {
  const { mode } = board.state;
  const check = currentCheck(board);
  const since = board.runningSince === null ? '' : `, up ${spanText(now - board.runningSince)}`;
  const claims = claimedVias(mode) !== null;
  const serial: WitnessRow = {
    who: 'serial',
    says: claims ? `claims ${modeInWords(mode)}${since}` : noClaim(mode),
    judgement: claims ? { mark: '·', words: 'the claim', role: 'info' } : { mark: '·', words: 'no claim', role: 'dim' },
    evidence: evidenceOfClaim(board),
  };
  const witnesses = (['http', 'mqtt'] as const).map((via): WitnessRow => {
    const who = via === 'http' ? 'HTTP' : 'MQTT';
    const probe = check?.checks.findLast((result) => result.via === via);
    if (check === null || probe === undefined) {
      return { who, says: 'not asked', judgement: { mark: '·', words: '', role: 'dim' }, evidence: '' };
    }
    const rtt = probe.rttMs === null ? '' : ` in ${Math.round(probe.rttMs)} ms`;
    return {
      who,
      says: `${OUTCOMES[probe.outcome]}${rtt}, ${agoText(check.t, now)}`,
      judgement: weigh(mode, probe, check.checks),
      evidence: shown(probe.evidence),
    };
  });
  return [serial, ...witnesses];
}

function noClaim(mode: Mode): string {
  return mode === 'unknown' ? 'has not said a mode yet' : `shows: ${modeInWords(mode)}`;
}

const AGREES: Judgement = { mark: '✓', words: 'agrees', role: 'ok' };
const CONTRADICTS: Judgement = { mark: '✗', words: 'CONTRADICTS', role: 'bad' };
const OPEN: Judgement = { mark: '?', words: 'open', role: 'warn' };
const SILENT: Judgement = { mark: '·', words: '', role: 'dim' };

/** What one answer says about the claim; the same weights as the verdict on all of them (`crosscheck`). */
function weigh(mode: Mode, probe: ProbeResult, all: readonly ProbeResult[]): Judgement {
  const claimed = claimedVias(mode);
  if (claimed === null) return SILENT;
  const { outcome } = probe;
  if (!claimed.includes(probe.via)) {
    if (outcome === 'answered') return CONTRADICTS;
    return outcome === 'no-answer' || outcome === 'refused' || outcome === 'not-this-device' ? AGREES : SILENT;
  }
  if (outcome === 'answered') return AGREES;
  if (outcome === 'not-this-device') return CONTRADICTS;
  const other = all.some((result) => result.via !== probe.via && result.outcome === 'answered');
  return outcome === 'refused' && probe.via === 'http' && other ? CONTRADICTS : OPEN;
}

function evidenceOfClaim({ state: { announced } }: BoardView): string {
  const parts = [
    announced.ip === null
      ? null
      : announced.httpPort === null
        ? announced.ip
        : `http://${announced.ip}:${announced.httpPort}`,
    announced.serverType === null ? null : `type ${announced.serverType}`,
    announced.rxTopic === null ? null : `Rx ${announced.rxTopic}`,
    announced.txTopic === null ? null : `Tx ${announced.txTopic}`,
  ].filter((part) => part !== null);
  return shown(parts.join(' · '));
}

/** The panel in `columns` x `rows`: verdict and witnesses; with room for it evidence, reasons and what to do, wrapped. */
export function crossCheckLines(board: BoardView, now: number, columns: number, rows: number): readonly Line[] {
  const judgement = judge(board);
  const check = currentCheck(board);
  const witnesses = witnessRows(board, now);
  const detailed = rows >= 8;
  const verdict: Line = [
    { text: `${judgement.mark} ${judgement.words}`, role: judgement.role, bold: true },
    span(check === null ? ' · d checks it now' : ` ${agoText(check.t, now)}`, 'dim'),
  ];
  if (!detailed) {
    const reason = check === null ? '' : ` · ${shown(check.reasons[0] ?? '')}`;
    return [[...verdict, span(reason)], ...witnesses.map((row) => witnessLine(row, row.evidence))].slice(0, rows);
  }
  const advice = now - board.watchedSince < PATIENCE_MS ? null : hintFor(board.state);
  return [
    verdict,
    ...witnesses.flatMap((row) => witnessLines(row, columns)),
    ...(check?.reasons ?? []).flatMap((reason) => wrapped(shown(reason), '- ', columns, 'plain')),
    ...(advice === null ? [] : wrapped(advice, '→ ', columns, 'warn')),
  ].slice(0, rows);
}

function witnessLines(row: WitnessRow, columns: number): readonly Line[] {
  const evidence = wrapped(row.evidence, EVIDENCE, columns, 'dim');
  const line = witnessLine(row, '');
  if (lineWidth(line) <= columns) return [line, ...evidence];
  return [witnessLine({ ...row, says: '' }, ''), ...wrapped(row.says, EVIDENCE, columns, 'plain'), ...evidence];
}

/** Below the name of the witness. */
const EVIDENCE = ' '.repeat(9);

function wrapped(text: string, mark: string, columns: number, role: Role): readonly Line[] {
  if (text === '') return [];
  const indent = ' '.repeat(mark.length);
  return wrapWords(text, columns - mark.length).map((row, i) => [span((i === 0 ? mark : indent) + row, role)]);
}

function witnessLine(row: WitnessRow, evidence: string): Line {
  const { mark, words, role } = row.judgement;
  return [
    span(`${mark} `, role),
    { text: pad(row.who, 7), bold: true },
    ...(words === '' || row.who === 'serial'
      ? []
      : [{ text: row.says === '' ? words : `${words}: `, role, bold: true }]),
    span(row.says),
    ...(evidence === '' ? [] : [span(` · ${evidence}`, 'dim')]),
  ];
}
