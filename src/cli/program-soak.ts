import { type Command, Option } from 'commander';
import type { ReplayOptions } from './commands/replay.js';
import type { ReportOptions } from './commands/report.js';
import type { SoakOptions } from './commands/soak.js';
import {
  collect,
  factor,
  jsonOption,
  networkOptions,
  PORT_HELP,
  percent,
  reportOptions,
  wholeNumber,
  wholeOrZero,
} from './options.js';
import type { Context } from './program.js';

/** The commands about soaks and what they leave behind. */
export function soakCommands(
  program: Command,
  context: Context,
  runs: (work: () => Promise<number>) => () => Promise<void>,
): void {
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
}
