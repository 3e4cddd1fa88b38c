/** Rows of probes without an answer, from what the network saw. */
import type { Asked } from './board.js';
import type { Seen } from './expect.js';
import type { ExpectedIncident, Range } from './expected.js';
import { type BoardScript, type HostEvent, SECOND } from './script.js';

type Via = Asked['via'];

interface Row {
  readonly from: number;
  readonly outcome: string;
}

/** While the access point is up only HTTP is due, whatever the board serves otherwise. */
const PATIENCE = 20 * SECOND;
const REJOIN = 30 * SECOND;
/** Until the line with the mode is through, and until an MQTT client that has its network back has come to it. */
const PRINTED = 12;
const CONNECTED = 1_306;
/** After a request of ours to restart, failures are its consequence: until so long after the mode came up, at most. */
const EXCUSED = 30 * SECOND;

export function failedProbes(script: BoardScript, host: readonly HostEvent[], seen: Seen): ExpectedIncident[] {
  const found: ExpectedIncident[] = [];
  const rows = new Map<Via, Row>();
  const stops = host.filter((event) => event.do === 'kill').map(({ at }) => at);
  const end = (via: Via, until: Range): void => {
    const row = rows.get(via);
    if (row === undefined) return;
    rows.delete(via);
    const t: Range = [row.from - 10, row.from + 10];
    found.push({ kind: 'probe-failed', t, until, detail: new RegExp(`^${via.toUpperCase()}: ${row.outcome}`) });
  };
  let last = 0;
  for (const { via, to, outcome } of seen.asked) {
    for (const stop of stops) {
      if (stop > last && stop <= to) for (const open of [...rows.keys()]) end(open, [stop - 8 * SECOND, stop]);
    }
    last = to;
    if (outcome === 'not-configured') continue;
    if (outcome === 'answered' || !isDue(via, to, script, seen)) end(via, [to - 10, to + 10]);
    else if (!isExcused(to, seen) && !rows.has(via)) rows.set(via, { from: to, outcome });
  }
  for (const via of [...rows.keys()]) end(via, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  return found;
}

function isExcused(t: number, { switched }: Seen): boolean {
  return t < EXCUSED || switched.some(({ at, done }) => done && t >= at && t < at + EXCUSED);
}

function isDue(via: Via, t: number, script: BoardScript, { switched }: Seen): boolean {
  const mode = switched.filter(({ at, done }) => done && at < t).at(-1)?.to ?? script.mode;
  for (const event of script.events) {
    if (event.do !== 'wifi-away' || event.forMs < PATIENCE) continue;
    const from = event.at + PATIENCE;
    const back = from + Math.ceil((event.forMs - PATIENCE) / REJOIN) * REJOIN;
    if (t > from + PRINTED && t < back + (mode === 'web-server' ? PRINTED : CONNECTED)) return via === 'http';
  }
  return via === (mode === 'web-server' ? 'http' : 'mqtt');
}
