/** What is in the run's folder, held against what the night was. */
import assert from 'node:assert/strict';
import { readCapture } from '../../../src/journal/read-capture.js';
import { readEntries } from '../../../src/journal/read-entries.js';
import { LedgerFold } from '../../../src/soak/ledger.js';
import type { Ledger } from '../../../src/soak/ledger-types.js';
import { type ReplayTally, replayRun } from '../../../src/soak/replay.js';
import type { Played } from './play.js';
import { type Night, SECOND } from './script.js';
import { BAUD } from './watcher.js';

/** A killed process loses what came in its last moments; a power cut what was not synced. */
const LOST_MS = { kill: 500, 'power-cut': 3 * SECOND } as const;

/** The run lived through again from its captures. */
export async function replayed(folder: string): Promise<{ readonly ledger: Ledger; readonly tally: ReplayTally }> {
  const tally: ReplayTally = { alike: 0, different: 0, notInCapture: 0 };
  const source = {
    entries: () => readEntries(folder),
    capture: (board: number) => readCapture(folder, board),
    baud: BAUD,
  };
  const fold = new LedgerFold();
  for await (const entry of replayRun(source, tally)) fold.push(entry);
  return { ledger: fold.ledger(), tally };
}

/** The ledger of the journal as it stands in the files. */
export async function journalled(folder: string): Promise<Ledger> {
  const fold = new LedgerFold();
  for await (const entry of readEntries(folder)) fold.push(entry);
  return fold.ledger();
}

/** Every byte that the port gave is in the capture, but for those that a kill may take. */
export async function assertCaptured(night: Night, { folder, boards, ledger, origin }: Played): Promise<void> {
  const kills = night.host.filter((event) => event.do === 'kill');
  for (const [number, { deliveries }] of boards.entries()) {
    const parts: Uint8Array[][] = [];
    for await (const item of readCapture(folder, number)) {
      if ('bytes' in item) parts.at(-1)?.push(item.bytes);
      else if ('do' in item && item.do === 'begin') parts.push([]);
    }
    assert.equal(parts.length, kills.length + 1, 'parts of the capture');
    parts.forEach((pieces, part) => {
      const from = kills[part - 1]?.at ?? Number.NEGATIVE_INFINITY;
      const kill = kills[part];
      const to = kill?.at ?? ledger.to - origin;
      const came = deliveries.filter(({ t }) => t > from && t <= to);
      const kept = Buffer.concat(pieces);
      const whole = Buffer.concat(came.map(({ bytes }) => bytes));
      assert.ok(whole.subarray(0, kept.length).equals(kept), `part ${part + 1} of board ${number + 1} differs`);
      const lost = kill === undefined ? 0 : LOST_MS[kill.how];
      const safe = came.filter(({ t }) => kill === undefined || t < kill.at - lost);
      const least = safe.reduce((sum, { bytes }) => sum + bytes.length, 0);
      assert.ok(kept.length >= least, `part ${part + 1} of board ${number + 1}: ${kept.length} bytes of ${least} kept`);
    });
  }
}
