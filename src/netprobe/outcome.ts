import type { BoardIdentity, ProbeOutcome, ProbeResult } from '../board/events.js';
import { EspwatchError } from '../errors.js';
import { evidenceLine } from './evidence.js';
import { NO_IDENTITY } from './identity.js';

/** What came of one request: the outcome, and the reply's own text where there was one. */
export interface Reply {
  readonly outcome: ProbeOutcome;
  /** URL asked, without credentials; null when there was nothing to ask. */
  readonly target: string | null;
  /** From the request's last byte written to the reply's end; null without a reply. */
  readonly rttMs: number | null;
  /** Printable, capped, without secrets. */
  readonly evidence: string;
  /** The reply as it came: not evidenceLine, not safe to show. */
  readonly text: string | null;
}

export function noReply(outcome: ProbeOutcome, target: string | null, evidence: string): Reply {
  return { outcome, target, rttMs: null, evidence: evidenceLine(evidence), text: null };
}

export function toProbe(via: 'http' | 'mqtt', reply: Reply, identity: BoardIdentity = NO_IDENTITY): ProbeResult {
  const { outcome, target, rttMs, evidence } = reply;
  return { via, target, outcome, rttMs: rttMs === null ? null : Math.round(rttMs), evidence, identity };
}

/** The text of a reply that a command waited for. Throws `NET_NOT_ASKED` when there was none. */
export function textOf(reply: Reply, via: 'HTTP' | 'MQTT'): string {
  if (reply.outcome === 'answered' && reply.text !== null) return reply.text;
  const at = reply.target === null ? '' : ` at ${evidenceLine(reply.target)}`;
  throw new EspwatchError(
    'NET_NOT_ASKED',
    `The board did not take the request over ${via}${at}: ${reply.evidence}.`,
    HINTS[reply.outcome],
  );
}

const HINTS: Readonly<Record<ProbeOutcome, string>> = {
  answered: 'Run it again.',
  'no-answer': 'Look with espwatch monitor whether the board is running, then run it again.',
  refused: 'Check the address and that the server there is running.',
  unreachable: 'Check that this computer and the board are in the same network.',
  'not-this-device': 'Check the address, or the topics: they lead to something else.',
  'not-configured': 'Give the address with --host, or the broker with --broker.',
  error: 'Correct that and run it again.',
};

/** A network error's code, also of the several attempts that Node makes for a name with several addresses. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  return Array.isArray(errors) && errors.length > 0 ? errorCode(errors[0]) : '';
}

/** What a failure to connect means; null when it is not that kind of failure. */
export function connectFailure(error: unknown): { outcome: ProbeOutcome; evidence: string } | null {
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
      return { outcome: 'refused', evidence: 'nothing listens there (connection refused)' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return { outcome: 'unreachable', evidence: 'no way to that host' };
    case 'ETIMEDOUT':
      return { outcome: 'unreachable', evidence: 'no connection in time' };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return { outcome: 'unreachable', evidence: 'no address is known for that name' };
    default:
      return null;
  }
}
