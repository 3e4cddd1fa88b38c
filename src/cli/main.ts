import { readFileSync } from 'node:fs';
import { aborted, EspwatchError } from '../errors.js';
import { printable } from '../printable.js';
import { errorJson, exitCodeOf } from './exit.js';
import { Output } from './output.js';

// React's development build costs half as much again for each frame.
process.env['NODE_ENV'] ??= 'production';

const argv = process.argv.slice(2);
const json = argv.includes('--json');
const output = new Output(json, process.stdout, process.stderr, process.env);

/** For the commands to end in order after a bug has shown. */
const CRASH_MS = 5_000;

/** Asks for an orderly end: the port is given back, and the board left running, before the process goes. */
const stop = new AbortController();
/** What went wrong outside the command; the first counts. */
let trouble: unknown = null;

let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The third means it now.
    signals += 1;
    if (signals >= 3) process.exit(130);
    stop.abort(aborted('The command'));
  });
}

process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  // `| head` has seen enough: no failure, but a flash must not be left half done with the board in its loader.
  if (cause.code !== 'EPIPE') trouble ??= outputLost(cause);
  stop.abort(trouble ?? aborted('The command, whose output nobody reads any more,'));
});
// Nobody is left who could be told.
process.stderr.on('error', () => undefined);

process.on('uncaughtException', (error) => {
  trouble ??= error;
  stop.abort(error);
  setTimeout(() => {
    fail(trouble);
    process.exit();
  }, CRASH_MS).unref();
});

function outputLost(cause: Error): EspwatchError {
  return new EspwatchError('UNEXPECTED', `The output can't be written: ${cause.message}.`, 'Make room for it.', {
    cause,
  });
}

function fail(error: unknown): void {
  const shown = errorJson(error);
  // One line: it may be the last object of a stream.
  output.record({ schema: 'espwatch.error/1', error: shown });
  output.note(`${output.style('red', 'error', 'err')} ${shown.code}: ${printable(shown.message)}`);
  output.note(`      ${printable(shown.hint)}`);
  if (process.env['ESPWATCH_DEBUG'] === '1' && error instanceof Error) {
    for (const line of (error.stack ?? '').split('\n')) output.note(printable(line));
  }
  process.exitCode = exitCodeOf(error);
}

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // Read here, not through the command parser: this is the start-up path that is measured.
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  output.print(manifest.version);
} else {
  try {
    const { run } = await import('./program.js');
    process.exitCode = await run(argv, { output, signal: stop.signal });
    // A write that failed says so a moment later.
    await new Promise((resolve) => setImmediate(resolve));
    if (trouble !== null) fail(trouble);
  } catch (error) {
    fail(trouble ?? error);
  }
  // Open sockets and timers have been closed by the commands; what a library left behind must not hold the process.
  setTimeout(() => process.exit(), 2000).unref();
}
