import type { Mode, Verdict } from '../../board/events.js';
import { causeInWords, hintFor, modeInWords } from '../../board/wording.js';
import { probeText } from '../../session/check.js';
import { crossCheck, detectReport, identify } from '../../session/detect.js';
import { BoardSession } from '../../session/session.js';
import { EXIT, type ExitCode } from '../exit.js';
import { networkAccess } from '../network.js';
import { printable, table } from '../output.js';
import type { Context, NetworkOptions, PortOptions } from '../program.js';
import { openTarget } from '../target.js';

export interface DetectOptions extends PortOptions, NetworkOptions {
  readonly reset: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** `espwatch detect`. */
export async function detect({ output, signal }: Context, options: DetectOptions): Promise<number> {
  const network = await networkAccess(options);
  const target = await openTarget(options, output);
  const session = new BoardSession({ link: target.link, appBaud: options.baud });
  try {
    await session.open(signal);
    if (options.reset) {
      output.progress(`${target.name}: reset, waiting for the board to say its mode`);
      await session.resetAndFollow(signal);
    }
    const mode = await identify(session, options.timeout * 1000, signal);
    output.progress(`${target.name}: ${mode}; asking over the network`);
    const { checks, verdict, reasons } = await crossCheck(session, network, signal);
    const report = detectReport(target.name, session.state, checks, verdict);
    output.result(report);
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
