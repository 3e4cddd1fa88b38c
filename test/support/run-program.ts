import { spawn } from 'node:child_process';

export interface Finished {
  readonly code: number | null;
  /** stdout and stderr in the order in which they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Kills the program; take the test's own. */
  readonly signal: AbortSignal;
}

/** Runs a program to its end. Rejects when it cannot be started or the signal ends it. */
export function runProgram(path: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, [...args], {
      stdio: 'pipe',
      env: { ...process.env, ...options.env },
      signal: options.signal,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const add = (part: string): void => {
      output += part;
    };
    child.stdout.setEncoding('utf8').on('data', add);
    child.stderr.setEncoding('utf8').on('data', add);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
