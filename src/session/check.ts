import { claimedVias } from '../board/crosscheck.js';
import type { Mode, ProbeResult } from '../board/events.js';
import { causeInWords, hintFor } from '../board/wording.js';
import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';
import type { FlashProgress, FlashReport } from '../flash/flash.js';
import { crossCheck, identify, type NetworkAccess, NOWHERE, reachableBy } from './detect.js';
import type { BoardSession } from './session.js';
import { switchMode } from './switch-mode.js';

export type StepStatus = 'waiting' | 'running' | 'passed' | 'failed' | 'skipped';

/** One line of the acceptance test's table. */
export interface Step {
  readonly name: string;
  readonly status: StepStatus;
  readonly detail: string;
  /** Which exit code a failure means (DESIGN.md). */
  readonly failure: 'flash' | 'mode' | 'contradiction' | 'network' | null;
}

export interface CheckPlan {
  /** What to flash first; null leaves the board's firmware alone. */
  readonly flash: ((onProgress: (progress: FlashProgress) => void) => Promise<FlashReport>) | null;
  readonly network: NetworkAccess;
  /** For each mode to come up, ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface CheckEvents {
  onSteps(steps: readonly Step[]): void;
  onProgress(progress: FlashProgress): void;
}

const WEB = 'web server';
const MQTT = 'MQTT client';

const NAMES = [
  'flash and verify',
  'boot',
  `identify ${WEB}`,
  `cross-check ${WEB}`,
  'switch to MQTT',
  `identify ${MQTT}`,
  `cross-check ${MQTT}`,
  'switch back',
  `identify ${WEB} again`,
  `cross-check ${WEB} again`,
] as const;
type StepName = (typeof NAMES)[number];

/** Thrown inside a step to fail it without an error report of its own. */
class StepFailed extends Error {
  readonly failure: NonNullable<Step['failure']>;

  constructor(failure: NonNullable<Step['failure']>, detail: string) {
    super(detail);
    this.failure = failure;
  }
}

/**
 * The acceptance test of a board (DESIGN.md, `check`). Steps run in order; after one that failed the rest is skipped,
 * for they would only repeat its failure. Rejects when cancelled or when the port fails.
 */
export async function runCheck(session: BoardSession, plan: CheckPlan, events: CheckEvents): Promise<readonly Step[]> {
  const table = new StepTable(events);
  let known = NOWHERE;
  const remember = (): void => {
    known = reachableBy(session.state.announced, known);
  };
  const expectMode = async (wanted: readonly Mode[]): Promise<string> => {
    const mode = await identify(session, plan.timeoutMs, plan.signal);
    remember();
    if (wanted.includes(mode)) return announced(session, mode);
    throw new StepFailed(
      'mode',
      [`the board came up as ${mode}`, hintFor(session.state)].filter((text) => text !== null).join(': '),
    );
  };
  const confirm = async (): Promise<string> => {
    const { checks, verdict, reasons } = await crossCheck(session, plan.network, plan.signal, known);
    if (verdict === 'confirmed') return confirmedText(session.state.mode, checks);
    const why = `${reasons.join(' ')} ${checks.map(probeText).join('; ')}`;
    throw new StepFailed(verdict === 'contradicted' ? 'contradiction' : 'network', `${verdict}: ${why}`);
  };
  const change = async (to: 'web-server' | 'mqtt-client'): Promise<string> => {
    const resets = session.state.resets.commanded;
    const via = await switchMode(session, to, { network: plan.network, known, signal: plan.signal });
    const restarted = await session.until((state) => state.resets.commanded > resets, plan.timeoutMs, plan.signal);
    if (!restarted) throw new StepFailed('mode', `the board took the request over ${via} but did not restart`);
    return `asked over ${via}; the board restarted`;
  };

  const { flash } = plan;
  if (flash === null) table.skip('flash and verify', 'no image given: the firmware on the board stays');
  else {
    await table.run('flash and verify', 'flash', async () => flashText(await flash(events.onProgress)));
  }
  await table.run('boot', 'mode', async () => {
    await session.resetAndFollow(plan.signal);
    const { lastReset } = session.state;
    if (lastReset === null || lastReset.cause === 'unknown') return 'no ROM banner was heard; the sketch decides';
    return `${causeInWords(lastReset.cause)}${lastReset.commanded ? ', commanded by espwatch' : ''}`;
  });
  await table.run(`identify ${WEB}`, 'mode', () => expectMode(['web-server', 'web-server+mqtt-client']));
  await table.run(`cross-check ${WEB}`, 'network', confirm);
  if (session.state.mode === 'web-server+mqtt-client' && table.passed(`cross-check ${WEB}`)) {
    for (const name of NAMES.slice(4)) table.skip(name, 'both run at once: there is nothing to switch');
    return table.steps;
  }
  await table.run('switch to MQTT', 'network', () => {
    // Without a broker nobody could tell the board to switch back.
    if (plan.network.broker !== null) return change('mqtt-client');
    throw new StepFailed('network', 'no broker is known: give the one that the board uses with --broker');
  });
  const switched = table.passed('switch to MQTT');
  await table.run(`identify ${MQTT}`, 'mode', () => expectMode(['mqtt-client', 'web-server+mqtt-client']));
  await table.run(`cross-check ${MQTT}`, 'network', confirm);
  await table.run('switch back', 'network', () => change('web-server'));
  if (switched && !table.passed('switch back')) await leaveAsFound(session);
  await table.run(`identify ${WEB} again`, 'mode', () => expectMode(['web-server']));
  await table.run(`cross-check ${WEB} again`, 'network', confirm);
  return table.steps;
}

/**
 * A board whose check failed in MQTT mode goes back to the mode it was found in: our sketch also takes requests as a
 * typed line, which needs no network. Boards that do not are left as they are.
 */
async function leaveAsFound(session: BoardSession): Promise<void> {
  session.record({ type: 'switch-commanded', to: 'web-server' }, 'tool');
  await session.link.write(new TextEncoder().encode('/?request=HttpOn\n'));
}

class StepTable {
  steps: readonly Step[] = NAMES.map((name) => ({ name, status: 'waiting', detail: '', failure: null }));
  readonly #events: CheckEvents;
  #failed = false;

  constructor(events: CheckEvents) {
    this.#events = events;
    events.onSteps(this.steps);
  }

  passed(name: StepName): boolean {
    return this.steps.some((step) => step.name === name && step.status === 'passed');
  }

  skip(name: StepName, detail: string): void {
    this.#set(name, { status: 'skipped', detail });
  }

  async run(name: StepName, failure: NonNullable<Step['failure']>, work: () => Promise<string>): Promise<void> {
    if (this.#failed) {
      this.skip(name, 'an earlier step failed');
      return;
    }
    this.#set(name, { status: 'running' });
    try {
      this.#set(name, { status: 'passed', detail: await work() });
    } catch (error) {
      this.#failed = true;
      const fatal = isEspwatchError(error) && (error.code === 'ABORTED' || error.code.startsWith('PORT_'));
      this.#set(name, {
        status: 'failed',
        detail: error instanceof EspwatchError ? `${error.code}: ${error.message} ${error.hint}` : messageOf(error),
        failure: error instanceof StepFailed ? error.failure : failure,
      });
      if (fatal || !(error instanceof StepFailed || error instanceof EspwatchError)) throw error;
    }
  }

  #set(name: StepName, change: Partial<Step>): void {
    this.steps = this.steps.map((step) => (step.name === name ? { ...step, ...change } : step));
    this.#events.onSteps(this.steps);
  }
}

function announced(session: BoardSession, mode: Mode): string {
  const { ip, httpPort, serverType, rxTopic, txTopic } = session.state.announced;
  const topics = `Rx ${rxTopic ?? 'not announced'}, Tx ${txTopic ?? 'not announced'}`;
  if (mode === 'mqtt-client') return topics;
  const page = `${ip ?? 'address not announced'}:${httpPort ?? '?'}, type ${serverType ?? 'not announced'}`;
  return mode === 'web-server' ? page : `${page}; ${topics}`;
}

/** What answered first, then what rightly did not. */
function confirmedText(mode: Mode, checks: readonly ProbeResult[]): string {
  const claimed = claimedVias(mode) ?? [];
  const others = checks.filter(({ via }) => !claimed.includes(via));
  return [
    ...checks.filter(({ via }) => claimed.includes(via)).map(probeText),
    ...others.map((check) =>
      check.outcome === 'not-configured'
        ? probeText(check)
        : `${check.via.toUpperCase()} does not, as it should be (${check.outcome})`,
    ),
  ].join('; ');
}

/** `HTTP answered in 12 ms`; short, for a table. */
export function probeText({ via, outcome, rttMs, evidence }: ProbeResult): string {
  if (outcome === 'answered') return `${via.toUpperCase()} answered in ${Math.round(rttMs ?? 0)} ms`;
  if (outcome === 'not-configured') return `${via.toUpperCase()} not asked (${evidence})`;
  return `${via.toUpperCase()} ${outcome}: ${evidence}`;
}

function flashText(report: FlashReport): string {
  const bytes = report.parts.reduce((sum, part) => sum + part.bytes, 0);
  return `${bytes} bytes in ${(report.wireMs / 1000).toFixed(1)} s at ${report.baudUsed} baud, MD5 verified, ${report.chip} ${report.mac}`;
}
