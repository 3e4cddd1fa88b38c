import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EspwatchError } from '../errors.js';
import { CONTROL_KINDS } from '../sim/control.js';
import type { BuildCommandOptions } from './commands/build.js';
import type { ReplayOptions } from './commands/replay.js';
import type { ReportOptions } from './commands/report.js';
import type { SettingsSetOptions } from './commands/settings.js';
import type { SoakOptions } from './commands/soak.js';
import type { UiOptions } from './commands/ui.js';
import { EXIT } from './exit.js';
import type { Output } from './output.js';

/** What every command gets: where to write, and the signal that Ctrl-C raises. */
export interface Context {
  readonly output: Output;
  readonly signal: AbortSignal;
}

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

const PORT_HELP = 'serial port: /dev/ttyUSB0, COM5, rfc2217://HOST:PORT, sim: or sim:NAME';

/** Parses the command line and runs the command; resolves to its exit code. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command('espwatch')
    .description('Flashes ESP8266 boards, watches them boot, and checks which mode they are really in.')
    .version(
      (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string })
        .version,
    )
    .helpCommand(true)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const runs = (work: () => Promise<number>) => async (): Promise<void> => {
    exitCode = await work();
  };

  jsonOption(
    program.command('ports').description('list serial ports: adapter, VID:PID, serial number, who holds them'),
  ).action(runs(async () => (await import('./commands/ports.js')).ports(context)));

  const flash = portOptions(
    program.command('flash').description('write, verify, reset, and prove that the board booted'),
  )
    .argument('[images...]', 'IMAGE[@OFFSET]; without an image the virtual board gets its own sketch')
    .addOption(
      new Option('--flash-baud <baud>', 'speed while writing; falls back by itself')
        .argParser(flashSpeed)
        .default(460800),
    );
  flash.action(
    runs(async () =>
      (await import('./commands/flash.js')).flash(context, {
        ...flash.opts<PortOptions & { flashBaud: number }>(),
        images: flash.args,
      }),
    ),
  );

  const monitor = portOptions(
    program.command('monitor').description('live output with timestamps, decoded events between the lines'),
  )
    .option('--reset', 'reset the board first (sim: does so anyway)')
    .option('--capture <file>', 'keep every byte from the board in FILE')
    .addOption(new Option('--for <seconds>', 'end after this time').argParser(seconds));
  monitor.action(
    runs(async () =>
      (await import('./commands/monitor.js')).monitor(
        context,
        monitor.opts<PortOptions & { reset?: true; capture?: string; for?: number }>(),
      ),
    ),
  );

  const detect = networkOptions(
    portOptions(
      program.command('detect').description('reset the board, identify its mode, cross-check it over the network'),
    ),
  )
    .option('--no-reset', 'only listen: the board is not reset')
    .option('--deep', 'also read the stored settings: do store, boot output and network agree?')
    .addOption(new Option('--timeout <seconds>', 'time to identify the mode').argParser(seconds).default(30));
  detect.action(
    runs(async () =>
      (await import('./commands/detect.js')).detect(
        context,
        detect.opts<PortOptions & NetworkOptions & { reset: boolean; timeout: number; deep?: true }>(),
      ),
    ),
  );

  const check = networkOptions(
    portOptions(
      program
        .command('check')
        .description(
          'acceptance test: flash, detect, cross-check, switch to MQTT, cross-check, switch back, cross-check',
        ),
    ),
  )
    .argument('[images...]', 'IMAGE[@OFFSET] to flash first; the virtual board gets its own sketch')
    .option('--plain-mqtt', 'virtual board only: MQTT without TLS, where web server and MQTT client run at once')
    .addOption(new Option('--timeout <seconds>', 'time for each mode to come up').argParser(seconds).default(30));
  check.action(
    runs(async () =>
      (await import('./commands/check.js')).check(context, {
        ...check.opts<PortOptions & NetworkOptions & { plainMqtt?: true; timeout: number }>(),
        images: check.args,
      }),
    ),
  );

  const settings = program.command('settings').description("reads and writes the settings of the board's sketch");
  const settingsGet = portOptions(
    settings.command('get').description('show what is stored; secrets as set or not set'),
  );
  settingsGet.action(
    runs(async () => (await import('./commands/settings.js')).settingsGet(context, settingsGet.opts<PortOptions>())),
  );
  const settingsSet = portOptions(
    settings.command('set').description('change settings, verify them, restart the board; secrets never as arguments'),
  )
    .argument('[key=value...]', 'settings as "settings get" names them; ip=dhcp ends a static address')
    .option('--from <file>', 'JSON file with settings, such as "settings get --json" prints')
    .option('--ca <file>', "the broker's CA certificate, PEM or DER")
    .option('--remove-ca', 'take the stored CA certificate away')
    .addOption(
      new Option('--ask <secret>', 'ask for wifiPassword, mqttPassword or configPassword, without echo')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--force', 'overwrite a sector that holds something else');
  settingsSet.action(
    runs(async () =>
      (await import('./commands/settings.js')).settingsSet(context, {
        ...settingsSet.opts<PortOptions & Omit<SettingsSetOptions, 'assignments'>>(),
        assignments: settingsSet.args,
      }),
    ),
  );

  const build = jsonOption(
    program
      .command('build')
      .description('compile the sketch with arduino-cli or PlatformIO (or for the virtual board)'),
  )
    .option('--board <name>', 'what to build for; --boards lists them', 'd1_mini')
    .addOption(
      new Option('--target <target>', 'a real chip, or the virtual board')
        .choices(['esp8266', 'sim'])
        .default('esp8266'),
    )
    .addOption(new Option('--tool <tool>', 'default: whichever is on PATH').choices(['arduino-cli', 'platformio']))
    .option('--out <folder>', 'where .bin and .elf go (default: build/firmware)')
    .option('--any-version', 'take a core or library of another version')
    .option('--verbose', 'show all that the tool says')
    .option('--boards', 'list the boards');
  build.action(
    runs(async () => (await import('./commands/build.js')).build(context, build.opts<BuildCommandOptions>())),
  );

  const decode = jsonOption(
    program.command('decode').description('crash reports of a saved log with functions, files and lines'),
  )
    .argument('<file>', 'a log, also one copied from a forum post; - reads stdin')
    .option('--elf <file>', 'ELF of the firmware that crashed (default: the remembered one)')
    .option('--image <file>', 'the .bin that was flashed: proves that the ELF is the right one');
  decode.action(
    runs(async () =>
      (await import('./commands/decode.js')).decode(context, {
        ...decode.opts<{ elf?: string; image?: string }>(),
        file: decode.args[0] ?? '-',
      }),
    ),
  );

  const soak = networkOptions(
    jsonOption(program.command('soak').description('watch boards for hours: ledger of resets, verdict, report')),
  )
    .addOption(
      new Option('-p, --port <port>', `${PORT_HELP}; may be repeated`)
        .argParser(collect)
        .default([], 'the one USB board'),
    )
    .addOption(new Option('-b, --baud <baud>', "the sketch's speed (115200)").argParser(wholeNumber))
    .addOption(
      new Option('--fault <fault>', 'a fault for virtual boards, NAME[:ARG]').argParser(collect).default([], 'none'),
    )
    .option('--for <time>', 'how long, such as 8h or 90m (8h)')
    .option('--plan <file>', 'JSON file with all that the options say (docs/schemas/soak-plan.schema.json)')
    .option('--out <folder>', 'where the run is kept (soak-DATE)')
    .option('--resume <folder>', 'go on with a run that was cut short')
    .option('--probe-every <time>', 'between two probes over HTTP or MQTT, or "none" (60s)')
    .option('--cycle-modes <time>', 'change the mode so often')
    .option('--silence <time>', 'nothing printed for longer is a failure; "none" (5m where telemetry is printed)')
    .addOption(new Option('--max-resets <n>', 'uncommanded resets of one board that pass (0)').argParser(wholeOrZero))
    .addOption(new Option('--max-probe-failures <percent>', 'of the probes (1)').argParser(percent))
    .addOption(new Option('--max-heap-loss <bytes>', 'of free heap an hour (500)').argParser(wholeOrZero))
    .addOption(new Option('--min-heap <bytes>', 'free heap that must never be less').argParser(wholeOrZero))
    .option('--target-mtbf <time>', 'say how long a soak must be to show one reset in this time at most')
    .option('--on-reset <command>', 'run this when a board resets by itself, once a minute at most')
    .option('--notify <url>', 'POST a JSON body there when a board resets by itself, once a minute at most')
    .option('--no-awake', 'let the computer go to sleep');
  reportOptions(soak).action(
    runs(async () => (await import('./commands/soak.js')).soak(context, soak.opts<SoakOptions>())),
  );

  const report = jsonOption(
    program.command('report').description('a soak: verdict, ledger, crash groups; two soaks: which one is better'),
  ).argument('<folders...>', 'the folder of a run, or of two');
  reportOptions(report).action(
    runs(async () =>
      (await import('./commands/report.js')).report(context, {
        ...report.opts<Omit<ReportOptions, 'folders'>>(),
        folders: report.args,
      }),
    ),
  );

  const replay = jsonOption(
    program.command('replay').description('what was captured, once more through the parsers: no board is needed'),
  )
    .argument('<path>', 'a capture of "monitor", any saved log, or the folder of a soak')
    .addOption(new Option('-b, --baud <baud>', "the sketch's speed").argParser(wholeNumber).default(115200))
    .addOption(new Option('--speed <factor>', 'so many times as fast as it was').argParser(factor));
  replay.action(
    runs(async () =>
      (await import('./commands/replay.js')).replay(context, {
        ...replay.opts<Omit<ReplayOptions, 'path'>>(),
        path: replay.args[0] ?? '',
      }),
    ),
  );

  const sim = jsonOption(program.command('sim').description('serve a virtual ESP8266 over RFC 2217 to any client'))
    .option('--rfc2217 <host:port>', 'where to listen', '127.0.0.1:0')
    .option('--name <name>', 'a board that starts blank and keeps its flash under NAME')
    .option('--blank', 'start with an erased flash')
    .option('--fault <fault>', 'a fault to show, NAME[:ARG]; may be repeated', collect, [])
    .option('--untimed', 'as fast as the computer can: no UART or flash timing')
    .addHelpText(
      'after',
      () => `\nCommands on stdin, one a line; each is answered by a line of JSON:\n${simCommands()}`,
    );
  sim.action(
    runs(async () =>
      (await import('./commands/sim.js')).sim(
        context,
        sim.opts<{ rfc2217: string; name?: string; blank?: true; fault: string[]; untimed?: true }>(),
      ),
    ),
  );

  const ui = networkOptions(
    program.command('ui', { hidden: true }).description('the terminal UI, which espwatch without a command is'),
  )
    .addOption(
      new Option('-p, --port <port>', `${PORT_HELP}; may be repeated`).argParser(collect).default([], 'all USB'),
    )
    .addOption(new Option('-b, --baud <baud>', "the sketch's speed").argParser(wholeNumber).default(115200))
    .addOption(new Option('--fault <fault>', 'a fault for virtual boards, NAME[:ARG]').argParser(collect).default([]))
    .option('--capture <folder>', 'keep every byte from each board in FOLDER')
    .option('--screen-reader', 'plain text in reading order');
  ui.action(runs(async () => (await import('./commands/ui.js')).ui(context, ui.opts<UiOptions>())));

  try {
    const terminal = context.output.interactive && process.stdin.isTTY;
    if (argv.length === 0 && !terminal) {
      program.outputHelp();
      return EXIT.usage;
    }
    await program.parseAsync(argv.length === 0 ? ['ui'] : [...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    throw new EspwatchError('USAGE', sentence(error.message), 'See "espwatch --help" or "espwatch help COMMAND".', {
      cause: error,
    });
  }
  return exitCode;
}

function simCommands(): string {
  const width = Math.max(...CONTROL_KINDS.map(({ usage }) => usage.length)) + 2;
  return CONTROL_KINDS.map(({ usage, help }) => `  ${usage.padEnd(width)}${help}`).join('\n');
}

function jsonOption(command: Command): Command {
  return command.option('--json', 'one JSON document, or one object a line for streams, on stdout');
}

function portOptions(command: Command): Command {
  return jsonOption(command)
    .option('-p, --port <port>', PORT_HELP)
    .addOption(new Option('-b, --baud <baud>', "the sketch's speed").argParser(wholeNumber).default(115200))
    .addOption(
      new Option('--fault <fault>', 'with sim: only: a fault to show, NAME[:ARG]')
        .argParser(collect)
        .default([], 'none'),
    );
}

function networkOptions(command: Command): Command {
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

function reportOptions(command: Command): Command {
  return command
    .option('--html <file>', 'write the report as one self-contained page')
    .option('--junit <file>', 'write the verdict for CI')
    .option('--md <file>', 'write the report for a pull request')
    .option('--elf <file>', 'the firmware with its symbols, for the source lines of crashes');
}

function factor(text: string): number {
  const value = /^\d{1,6}(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function wholeOrZero(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function percent(text: string): number {
  const value = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : 101;
  if (value > 100) throw new InvalidArgumentError('It must be from 0 to 100.');
  return value;
}

function wholeNumber(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value === 0) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

/** Below this a flash takes hours; above it no bridge for these boards follows. */
function flashSpeed(text: string): number {
  const value = wholeNumber(text);
  if (value < 9_600 || value > 3_000_000) throw new InvalidArgumentError('It must be from 9600 to 3000000.');
  return value;
}

/** Node's timers end at 2^31 ms and take more for "at once". */
function seconds(text: string): number {
  const value = wholeNumber(text);
  if (value > 2_000_000) throw new InvalidArgumentError('It must be at most 2000000, which is 23 days.');
  return value;
}

function collect(value: string, earlier: unknown): string[] {
  return [...(Array.isArray(earlier) ? (earlier as string[]) : []), value];
}

function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
