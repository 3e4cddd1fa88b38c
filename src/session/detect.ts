import { type Claim, claimedVias, crosscheck } from '../board/crosscheck.js';
import type { Mode, ProbeResult, ResetCause, Verdict } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import type { Broker } from '../netprobe/broker-url.js';
import type { BoardSession } from './session.js';

/** How the board can be asked over the network; secrets stay in here and in the probe. */
export interface NetworkAccess {
  readonly allowPublic: boolean;
  /** Asked instead of what the board announced; a port of null leaves the announced one. */
  readonly host: { readonly address: string; readonly port: number | null } | null;
  readonly broker: Broker | null;
  /** What the board asks for before it changes anything; null = nothing. */
  readonly configPassword: string | null;
  /** For one probe, ms. */
  readonly timeoutMs: number;
}

/** `detect --json` (a contract: a field that is not known is null, never left out). */
export interface DetectReport {
  readonly schema: 'espwatch.detect/1';
  readonly port: string;
  readonly mac: string | null;
  readonly reset: { readonly cause: ResetCause | null; readonly source: string | null };
  readonly mode: Mode;
  readonly ip: string | null;
  readonly httpPort: number | null;
  readonly serverType: string | null;
  readonly mqtt: { readonly rxTopic: string | null; readonly txTopic: string | null };
  readonly checks: readonly {
    readonly via: 'http' | 'mqtt';
    readonly target: string | null;
    readonly outcome: ProbeResult['outcome'];
    readonly rttMs: number | null;
    readonly evidence: string;
  }[];
  readonly verdict: Verdict;
}

/** Where a board was reached in an earlier mode; null = not known. */
export interface Reachable {
  readonly ip: string | null;
  readonly httpPort: number | null;
  readonly rxTopic: string | null;
  readonly txTopic: string | null;
}

export const NOWHERE: Reachable = { ip: null, httpPort: null, rxTopic: null, txTopic: null };

/** What is known after an announcement: what it says, and what was known of the rest. */
export function reachableBy({ ip, httpPort, rxTopic, txTopic }: BoardState['announced'], known: Reachable): Reachable {
  return {
    ip: ip ?? known.ip,
    httpPort: httpPort ?? known.httpPort,
    rxTopic: rxTopic ?? known.rxTopic,
    txTopic: txTopic ?? known.txTopic,
  };
}

/** After the first mode line a second one may follow (boards that serve both). */
const SECOND_MODE_MS = 600;
/** A ROM that found no image says no more; this long without another boot and we believe it. */
const NO_IMAGE_MS = 500;

/**
 * Waits until the board's mode is plain, or `timeoutMs` passed. Nothing is changed on the board.
 * The time that passed in vain is recorded; a board from which nothing came at all is silent by that.
 */
export async function identify(session: BoardSession, timeoutMs: number, signal: AbortSignal): Promise<Mode> {
  const found = await session.until(({ mode }) => mode !== 'unknown' && mode !== 'silent', timeoutMs, signal);
  if (!found) {
    session.flush();
    session.record({ type: 'silence', ms: timeoutMs }, 'tool');
    return session.state.mode;
  }
  const first = session.state.mode;
  if (first === 'web-server' || first === 'mqtt-client') {
    await session.until(({ mode }) => mode === 'web-server+mqtt-client', SECOND_MODE_MS, signal);
  } else if (first === 'no-firmware') {
    await session.until(({ mode }) => mode !== 'no-firmware', NO_IMAGE_MS, signal);
  }
  return session.state.mode;
}

/**
 * Asks the board over HTTP and MQTT, as far as there is something to ask, and holds the answers against what it
 * said on the serial line. `known` is where it was reached earlier: a board in MQTT mode announces no address, and
 * its web server must not answer there any more.
 */
export async function crossCheck(
  session: BoardSession,
  network: NetworkAccess,
  signal: AbortSignal,
  known: Reachable = NOWHERE,
): Promise<{ checks: readonly ProbeResult[]; verdict: Verdict; reasons: readonly string[] }> {
  const { state } = session;
  const checks = isRunning(state.mode)
    ? await Promise.all([askHttp(state, network, signal, known), askMqtt(state, network, signal, known)])
    : [];
  for (const result of checks) session.record({ type: 'probe', result }, result.via);
  const claim: Claim = { mode: session.state.mode };
  return { checks, ...crosscheck(claim, checks) };
}

export function detectReport(
  port: string,
  state: BoardState,
  checks: readonly ProbeResult[],
  verdict: Verdict,
): DetectReport {
  const { announced } = state;
  const claimed = claimedVias(state.mode) ?? [];
  return {
    schema: 'espwatch.detect/1',
    port,
    mac:
      state.mac ??
      checks.find((check) => check.outcome === 'answered' && check.identity.mac !== null)?.identity.mac ??
      null,
    reset: { cause: state.lastReset?.cause ?? null, source: state.lastReset?.source ?? null },
    mode: state.mode,
    ip: announced.ip,
    httpPort: announced.httpPort,
    serverType: announced.serverType,
    mqtt: { rxTopic: announced.rxTopic, txTopic: announced.txTopic },
    checks: checks
      .filter((check) => check.outcome !== 'not-configured' || claimed.includes(check.via))
      .map(({ via, target, outcome, rttMs, evidence }) => ({
        via,
        target,
        outcome,
        rttMs: rttMs === null ? null : Math.round(rttMs * 10) / 10,
        evidence,
      })),
    verdict,
  };
}

function isRunning(mode: Mode): boolean {
  return (
    mode === 'web-server' || mode === 'mqtt-client' || mode === 'web-server+mqtt-client' || mode === 'access-point'
  );
}

async function askHttp(
  state: BoardState,
  network: NetworkAccess,
  signal: AbortSignal,
  known: Reachable,
): Promise<ProbeResult> {
  const { probeHttp } = await import('../netprobe/http.js');
  return probeHttp({
    host: network.host?.address ?? state.announced.ip ?? known.ip ?? null,
    port: network.host?.port ?? state.announced.httpPort ?? known.httpPort,
    userGiven: network.host !== null,
    allowPublic: network.allowPublic,
    expect: { mac: state.mac, chipId: state.chipId },
    timeoutMs: network.timeoutMs,
    signal,
  });
}

async function askMqtt(
  state: BoardState,
  network: NetworkAccess,
  signal: AbortSignal,
  known: Reachable,
): Promise<ProbeResult> {
  const { probeMqtt } = await import('../netprobe/mqtt.js');
  return probeMqtt({
    broker: network.broker,
    rxTopic: state.announced.rxTopic ?? known.rxTopic,
    txTopic: state.announced.txTopic ?? known.txTopic,
    expect: { mac: state.mac, chipId: state.chipId },
    timeoutMs: network.timeoutMs,
    signal,
  });
}
