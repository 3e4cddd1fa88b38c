import { type Command, InvalidArgumentError, Option } from 'commander';

export interface PortOptions {
  readonly port?: string;
  /** The sketch's speed in baud. */
  readonly baud: number;
  readonly fault: readonly string[];
}

export interface NetworkOptions {
  readonly allowPublic?: true;
  readonly host?: string;
  readonly broker?: string;
  readonly ca?: string;
  readonly mqttCredentials?: string;
}

export const PORT_HELP = 'serial port: /dev/ttyUSB0, COM5, rfc2217://HOST:PORT, sim: or sim:NAME';

export function jsonOption(command: Command): Command {
  return command.option('--json', 'one JSON document, or one object a line for streams, on stdout');
}

export function portOptions(command: Command): Command {
  return jsonOption(command)
    .option('-p, --port <port>', PORT_HELP)
    .addOption(new Option('-b, --baud <baud>', "the sketch's speed").argParser(wholeNumber).default(115200))
    .addOption(
      new Option('--fault <fault>', 'with sim: only: a fault to show, NAME[:ARG]')
        .argParser(collect)
        .default([], 'none'),
    );
}

export function networkOptions(command: Command): Command {
  return command
    .option('--host <address>', 'ask this address over HTTP instead of the announced one')
    .option('--allow-public', 'also ask an announced address that is not private')
    .option('--broker <url>', 'mqtt://, mqtts://, ws:// or wss:// URL of the broker that the board uses')
    .option('--ca <file>', "PEM file of the broker's CA")
    .option(
      '--mqtt-credentials <file>',
      'file with user:password (or set ESPWATCH_MQTT_USER and ESPWATCH_MQTT_PASSWORD)',
    );
}

export function reportOptions(command: Command): Command {
  return command
    .option('--html <file>', 'write the report as one self-contained page')
    .option('--junit <file>', 'write the verdict for CI')
    .option('--md <file>', 'write the report for a pull request')
    .option('--elf <file>', 'the firmware with its symbols, for the source lines of crashes');
}

export function factor(text: string): number {
  const value = /^\d{1,6}(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

export function wholeOrZero(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function percent(text: string): number {
  const value = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : 101;
  if (value > 100) throw new InvalidArgumentError('It must be from 0 to 100.');
  return value;
}

export function wholeNumber(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value === 0) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

/** Below this a flash takes hours; above it no bridge for these boards follows. */
export function flashSpeed(text: string): number {
  const value = wholeNumber(text);
  if (value < 9_600 || value > 3_000_000) throw new InvalidArgumentError('It must be from 9600 to 3000000.');
  return value;
}

/** Node's timers end at 2^31 ms and take more for "at once". */
export function seconds(text: string): number {
  const value = wholeNumber(text);
  if (value > 2_000_000) throw new InvalidArgumentError('It must be at most 2000000, which is 23 days.');
  return value;
}

export function collect(value: string, earlier: unknown): string[] {
  return [...(Array.isArray(earlier) ? (earlier as string[]) : []), value];
}
