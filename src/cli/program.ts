import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { EspwatchError } from '../errors.js';
import { capital } from '../printable.js';
import { CONTROL_KINDS } from '../sim/control.js';
import type { BuildCommandOptions } from './commands/build.js';
import type { SettingsSetOptions } from './commands/settings.js';
import type { UiOptions } from './commands/ui.js';
import { EXIT } from './exit.js';
import {
  collect,
  flashSpeed,
  jsonOption,
  type NetworkOptions,
  networkOptions,
  PORT_HELP,
  type PortOptions,
  portOptions,
  seconds,
  wholeNumber,
} from './options.js';
import type { Output } from './output.js';
import { soakCommands } from './program-soak.js';

/** What every command gets: where to write, and the signal that Ctrl-C raises. */
export interface Context {
  readonly output: Output;
  readonly signal: AbortSignal;
}

export type { NetworkOptions, PortOptions } from './options.js';

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

  soakCommands(program, context, runs);

  const sim = jsonOption(program.command('sim').description('serve a virtual ESP8266 over RFC 2217 to any client'))
    .option('--rfc2217 <host:port>', 'where to listen', '127.0.0.1:0')
    .option('--name <name>', 'a board that starts blank and keeps its flash under NAME')
    .option('--blank', 'start with an erased flash')
    .option('--fault <fault>', 'a fault to show, NAME[:ARG]; may be repeated', collect, [])
    .option('--untimed', 'as fast as the computer can: no UART or flash timing')
    .option('--control', 'take commands from a terminal too')
    .addHelpText(
      'after',
      () =>
        `\nCommands on stdin (a pipe, or with --control a terminal), one a line; each is answered by a line of JSON:\n${simCommands()}`,
    );
  sim.action(
    runs(async () =>
      (await import('./commands/sim.js')).sim(
        context,
        sim.opts<{ rfc2217: string; name?: string; blank?: true; fault: string[]; untimed?: true; control?: true }>(),
      ),
    ),
  );

  const ui = networkOptions(program.command('ui').description('the terminal UI: what espwatch does without a command'))
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
    await program.parseAsync(isUi(argv) ? ['ui', ...argv] : [...argv], { from: 'user' });
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

/** `espwatch`, and `espwatch --port sim:`. */
function isUi([first]: readonly string[]): boolean {
  return first === undefined || (first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first));
}

function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return `${capital(text)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
