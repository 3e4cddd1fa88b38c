import { readFileSync } from 'node:fs';
import { EXIT, errorJson, exitCodeOf } from './exit.js';
import { Output, printable } from './output.js';

const argv = process.argv.slice(2);
const json = argv.includes('--json');
const output = new Output(json, process.stdout, process.stderr, process.env);

// `espwatch ports | head` must not end in a stack trace.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
}

const stop = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The first asks for an orderly end (port free, board running); a third means it now.
    signals += 1;
    if (signals >= 3) process.exit(130);
    void import('../errors.js').then(({ aborted }) => stop.abort(aborted('The command')));
  });
}

function fail(error: unknown): void {
  const shown = errorJson(error);
  // One line: it may be the last object of a stream.
  output.record({ schema: 'espwatch.error/1', error: shown });
  output.note(`${output.style('red', 'error', 'err')} ${shown.code}: ${printable(shown.message)}`);
  output.note(`      ${printable(shown.hint)}`);
  if (process.env['ESPWATCH_DEBUG'] === '1' && error instanceof Error) output.note(error.stack ?? '');
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
  } catch (error) {
    fail(error);
  }
  // Open sockets and timers have been closed by the commands; what a library left behind must not hold the process.
  setTimeout(() => process.exit(), 2000).unref();
}
