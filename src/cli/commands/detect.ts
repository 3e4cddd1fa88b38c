import type { Mode, Verdict } from '../../board/events.js';
import { causeInWords, hintFor, modeInWords } from '../../board/wording.js';
import { EspwatchError } from '../../errors.js';
import { printable } from '../../printable.js';
import { probeText } from '../../session/check.js';
import { crossCheck, detectReport, identify } from '../../session/detect.js';
import { BoardSession } from '../../session/session.js';
import { type BoardStore, readStore } from '../../session/store.js';
import { awaitsBroker, compareWitnesses, type StoreReport, storedClaim } from '../../session/witnesses.js';
import { EXIT, type ExitCode } from '../exit.js';
import { networkAccess } from '../network.js';
import { table } from '../output.js';
import type { Context, NetworkOptions, PortOptions } from '../program.js';
import { type OpenTarget, openTarget } from '../target.js';

export interface DetectOptions extends PortOptions, NetworkOptions {
  readonly reset: boolean;
  /** Seconds. */
  readonly timeout: number;
  /** Also reads the stored settings, which resets the board twice. */
  readonly deep?: true;
}

/** For a board that serves the web already to reach its broker too. */
const BROKER_MS = 5_000;

/** `espwatch detect`. */
export async function detect({ output, signal }: Context, options: DetectOptions): Promise<number> {
  if (options.deep === true && !options.reset) {
    throw new EspwatchError('USAGE', '--deep resets the board to read its flash.', 'Leave out --no-reset or --deep.');
  }
  const network = await networkAccess(options);
  const target = await openTarget(options, output);
  const store = options.deep === true ? await storeOf(target, options, { output, signal }) : null;
  const claim = store === null ? null : storedClaim(store);
  const session = new BoardSession({ link: target.link, appBaud: store?.settings?.serialBaud ?? options.baud });
  try {
    await session.open(signal);
    if (options.reset) {
      output.progress(`${target.name}: reset, waiting for the board to say its mode`);
      await session.resetAndFollow(signal);
    }
    let mode = await identify(session, options.timeout * 1000, signal);
    if (claim !== null && awaitsBroker(claim, session.state)) {
      await session.until((state) => !awaitsBroker(claim, state), BROKER_MS, signal);
      mode = session.state.mode;
    }
    output.progress(`${target.name}: ${mode}; asking over the network`);
    const asked = await crossCheck(session, network, signal, claim ?? undefined);
    const { checks } = asked;
    const deep =
      store === null || claim === null ? null : compareWitnesses(store, claim, session.state, checks, asked.verdict);
    const verdict = deep?.verdict ?? asked.verdict;
    const reasons = [...(deep?.reasons ?? []), ...asked.reasons];
    const report = detectReport(target.name, session.state, checks, verdict);
    output.result(options.deep === true ? { ...report, store: deep?.report ?? null } : report);
    const rows: [string, string][] = [
      ['board', `${report.mac ?? 'MAC not known'} on ${target.name}`],
      [
        'reset',
        report.reset.cause === null ? 'none seen' : `${causeInWords(report.reset.cause)} (${report.reset.source})`,
      ],
      ['mode', output.style('bold', modeInWords(mode))],
      [
        'address',
        report.ip === null
          ? '-'
          : printable(`${report.ip}:${report.httpPort ?? '?'}, type ${report.serverType ?? '-'}`),
      ],
      [
        'topics',
        report.mqtt.rxTopic === null ? '-' : printable(`Rx ${report.mqtt.rxTopic}, Tx ${report.mqtt.txTopic ?? '-'}`),
      ],
      ...report.checks.map(({ via }): [string, string] => [via, checkLine(checks.find((check) => check.via === via))]),
      ...(options.deep === true ? [['store', storeLine(deep?.report ?? null)] as [string, string]] : []),
      [
        'verdict',
        `${output.style(verdictStyle(verdict), verdict)}${verdict === 'confirmed' ? '' : `: ${reasons.join(' ')}`}`,
      ],
    ];
    for (const line of table(rows.map(([name, text]) => [output.style('dim', name), text]))) output.print(line);
    const hint = hintFor(session.state);
    if (hint !== null) output.note(hint);
    return exitOf(mode, verdict);
  } finally {
    await session.close();
    await target.dispose();
  }
}

/** Leaves the port closed and the board running. */
async function storeOf(target: OpenTarget, options: DetectOptions, { output, signal }: Context): Promise<BoardStore> {
  try {
    output.progress(`${target.name}: reading the stored settings`);
    const store = await readStore(target.link, { signal, appBaud: options.baud });
    await target.link.close();
    return store;
  } catch (error) {
    await target.link.close();
    await target.dispose();
    throw error;
  }
}

function storeLine(report: StoreReport | null): string {
  if (report === null) return 'no settings of our sketch';
  const { mqttEnabled, tlsEnabled, witnesses, version, from } = report;
  const flags = `MQTT ${mqttEnabled ? 'on' : 'off'}, TLS ${tlsEnabled ? 'on' : 'off'}`;
  return `${witnesses.store} (${flags}; version ${version}, ${from === 'scratch' ? 'scratch sector' : `slot ${from}`})`;
}

function checkLine(check: Parameters<typeof probeText>[0] | undefined): string {
  if (check === undefined) return '-';
  const text =
    check.outcome === 'answered' ? `${probeText(check)}: ${check.target ?? ''} ${check.evidence}` : probeText(check);
  return printable(text, 400);
}

function verdictStyle(verdict: Verdict): 'green' | 'red' | 'yellow' {
  if (verdict === 'confirmed') return 'green';
  return verdict === 'contradicted' ? 'red' : 'yellow';
}

/** The contract's exit codes for what was found. */
export function exitOf(mode: Mode, verdict: Verdict): ExitCode {
  switch (verdict) {
    case 'confirmed':
      return EXIT.ok;
    case 'contradicted':
      return EXIT.contradiction;
    case 'unconfirmed':
      return EXIT.network;
    case 'unknown':
      return claimsNothing(mode) ? EXIT.mode : EXIT.network;
  }
}

function claimsNothing(mode: Mode): boolean {
  return (
    mode === 'unknown' || mode === 'silent' || mode === 'no-firmware' || mode === 'bootloader' || mode === 'boot-loop'
  );
}
