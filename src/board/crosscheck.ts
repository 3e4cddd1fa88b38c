/** The board's claim on the serial line against what it answered over the network (DESIGN.md, `detect --json`). */
import type { Mode, ProbeOutcome, ProbeResult, Verdict } from './events.js';

/** What the serial line says: only the mode is weighed, so a whole `BoardState` can be given. */
export interface Claim {
  readonly mode: Mode;
}

export interface CrosscheckResult {
  readonly verdict: Verdict;
  /** One sentence for each thing that was weighed, the deciding one first. */
  readonly reasons: readonly string[];
}

type Via = ProbeResult['via'];

const NAMES: Readonly<Record<Via, string>> = { http: 'the web server', mqtt: 'the MQTT client' };

/** The ways in which a board in this mode must answer; null where it offers none. */
export function claimedVias(mode: Mode): readonly Via[] | null {
  switch (mode) {
    case 'web-server':
    case 'access-point':
      return ['http'];
    case 'mqtt-client':
      return ['mqtt'];
    case 'web-server+mqtt-client':
      return ['http', 'mqtt'];
    case 'no-firmware':
    case 'bootloader':
    case 'boot-loop':
    case 'silent':
    case 'unknown':
      return null;
  }
}

/**
 * Weighs a claim. Several probes by one way count as one: an answer outweighs a failure of another attempt.
 * A foreign answer contradicts the claim only on the way that was claimed; on the other it merely shows that
 * this board is not there (an old address may belong to another device by now).
 */
export function crosscheck(claim: Claim, probes: readonly ProbeResult[]): CrosscheckResult {
  const claimed = claimedVias(claim.mode);
  if (claimed === null) {
    return { verdict: 'unknown', reasons: [`In mode ${claim.mode} a board offers nothing that could be asked.`] };
  }
  const outcomes: Record<Via, ProbeOutcome | null> = {
    http: strongest(probes, 'http'),
    mqtt: strongest(probes, 'mqtt'),
  };
  const against: string[] = [];
  const open: string[] = [];
  const support: string[] = [];
  for (const via of ['http', 'mqtt'] as const) {
    const outcome = outcomes[via];
    if (claimed.includes(via)) {
      const otherAnswered = outcomes[via === 'http' ? 'mqtt' : 'http'] === 'answered';
      if (outcome === 'answered') support.push(`${cap(via)} answered, as the board claims.`);
      else if (outcome === 'not-this-device') against.push(`Another device answered in place of ${NAMES[via]}.`);
      // A refused connection proves that no web server runs; a broker that refuses proves nothing about the board.
      else if (outcome === 'refused' && via === 'http' && otherAnswered)
        against.push(`${cap(via)} refused the connection while the MQTT client answered.`);
      else open.push(`${cap(via)} ${inWords(via, outcome)}.`);
    } else if (outcome === 'answered') {
      against.push(`${cap(via)} answered, which the board does not claim to run.`);
    } else if (outcome === 'not-this-device') {
      support.push(`Another device answers where ${NAMES[via]} could be.`);
    } else if (outcome === 'no-answer' || outcome === 'refused') {
      support.push(`${cap(via)} ${inWords(via, outcome)}, as expected.`);
    }
  }
  if (against.length > 0) return { verdict: 'contradicted', reasons: [...against, ...open, ...support] };
  if (open.length > 0) return { verdict: 'unconfirmed', reasons: [...open, ...support] };
  return { verdict: 'confirmed', reasons: support };
}

// From the most telling outcome to the least.
const RANK: readonly ProbeOutcome[] = [
  'answered',
  'not-this-device',
  'refused',
  'no-answer',
  'unreachable',
  'error',
  'not-configured',
];

function strongest(probes: readonly ProbeResult[], via: Via): ProbeOutcome | null {
  let best: ProbeOutcome | null = null;
  for (const probe of probes) {
    if (probe.via !== via) continue;
    if (best === null || RANK.indexOf(probe.outcome) < RANK.indexOf(best)) best = probe.outcome;
  }
  return best;
}

function cap(via: Via): string {
  return NAMES[via].replace('the', 'The');
}

function inWords(via: Via, outcome: ProbeOutcome | null): string {
  switch (outcome) {
    case null:
      return 'was not asked';
    case 'answered':
      return 'answered';
    case 'no-answer':
      return 'gave no answer';
    case 'refused':
      return 'refused the connection';
    case 'unreachable':
      return 'could not be reached';
    case 'not-this-device':
      return 'was another device';
    case 'not-configured':
      return via === 'http'
        ? 'could not be asked: no address is known'
        : 'could not be asked: no broker or no topics are known';
    case 'error':
      return 'could not be asked because of an error';
  }
}
